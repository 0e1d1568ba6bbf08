"""Writing a file so that, whatever happens, either the old or the new one is there, whole."""

from __future__ import annotations

import os
from pathlib import Path
from uuid import uuid4


def write_whole(path: Path, data: bytes) -> None:
    """Write `data` to `path` by way of a file beside it; raises OSError, and then the old file stands untouched."""
    path = path.resolve()  # a link stays a link: what it points to is replaced
    aside = path.with_name(f".{path.name}.{uuid4().hex[:8]}")
    try:
        with open(aside, "xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        if path.exists():
            os.chmod(aside, path.stat().st_mode & 0o777)
        os.replace(aside, path)
    except BaseException:
        aside.unlink(missing_ok=True)
        raise

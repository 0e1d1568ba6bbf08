"""One row of a submenu that is filled when it opens."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Choice:
    """One row of a submenu that is filled when it opens."""

    text: str
    run: Callable[[], object]
    checked: bool | None = None  # None: no tick

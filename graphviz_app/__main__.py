"""The entry of `graphviz-app` and of `python -m graphviz_app`, installed or straight from a checkout."""

import sys
from collections.abc import Sequence
from pathlib import Path


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line on `argv` (without the program's name; None: the process's own); return the exit status."""
    models = Path(__file__).resolve().parents[1] / "models"
    if (models / "graphviz_models" / "__init__.py").is_file():  # a checkout: models/ is a source root beside us
        sys.path.insert(0, str(models))
    from graphviz_app import cli

    return cli.main(list(sys.argv[1:] if argv is None else argv))


if __name__ == "__main__":
    sys.exit(main())

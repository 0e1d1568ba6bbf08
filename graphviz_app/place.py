"""The folders of one user, where what this program remembers lies."""

from __future__ import annotations

import os
from pathlib import Path

from PySide6.QtCore import QStandardPaths

CONFIG = QStandardPaths.StandardLocation.GenericConfigLocation
DATA = QStandardPaths.StandardLocation.GenericDataLocation
CACHE = QStandardPaths.StandardLocation.GenericCacheLocation


def place(kind: QStandardPaths.StandardLocation) -> Path:
    """The folder of that kind; GRAPHVIZ_APP_SETTINGS names another one for all of them."""
    folder = os.environ.get("GRAPHVIZ_APP_SETTINGS")
    return Path(folder) if folder else Path(QStandardPaths.writableLocation(kind)) / "graphviz-app"

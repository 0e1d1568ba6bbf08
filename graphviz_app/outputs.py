"""What leaves the program: pictures as files and on the clipboard, formulas as LaTeX, versions for a report."""

from __future__ import annotations

import platform
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PySide6 import __version__ as pyside_version
from PySide6.QtCore import QMimeData, QObject, qVersion
from PySide6.QtGui import QGuiApplication, QImage
from PySide6.QtWidgets import QApplication, QFileDialog

from graphviz_app.background import Background
from graphviz_app.saving import write_whole
from graphviz_app.session import reason
from graphviz_models import __version__
from graphviz_models.derivation import derivation
from graphviz_models.problem import Problems

if TYPE_CHECKING:
    from graphviz_app.window import Window


class Outputs(QObject):
    """Writes what the window shows."""

    def __init__(self, window: Window) -> None:
        super().__init__(window)
        self._window = window
        self._writing = Background(self)

    def ask_export(self) -> None:
        """Ask for a file and write the picture to it, in the format of its suffix."""
        from graphviz_app.export import FORMATS  # a start does without

        state = self._window.session.state
        formats = tuple(dict.fromkeys(FORMATS.values()))
        filters = [f"{f.name} ({' '.join('*' + s for s in f.suffixes)})" for f in formats]
        dialog = QFileDialog(self._window, self.tr("Export the picture"), str(Path.home()), ";;".join(filters))
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.selectFile(f"{Path(state.name or 'graph').stem}-{state.at}{formats[0].suffixes[0]}")
        dialog.setDefaultSuffix(formats[0].suffixes[0].lstrip("."))
        dialog.fileSelected.connect(lambda path: self.export(Path(path)))
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def export(self, path: Path) -> None:
        """Write the picture that is shown to `path`; what stood there stays whole where that fails."""
        from graphviz_app.export import FORMATS  # a start does without

        format_ = FORMATS.get(path.suffix.lower())
        session = self._window.session
        if format_ is None:
            known = ", ".join(FORMATS)
            session.tell(
                self.tr("No format has the suffix {0}: use {1}.")
                .replace("{0}", path.suffix or "–")
                .replace("{1}", known)
            )
            return
        shown = self._window.picture()

        def work() -> str:
            try:
                write_whole(path, format_.write(shown))
            except OSError as error:
                return reason(error)
            except Problems as error:
                return error.problems[0].message
            return ""

        def then(complaint: str) -> None:
            if complaint:
                said = self.tr("{0} was not written: {1}.").replace("{0}", path.name).replace("{1}", complaint)
                session.tell(
                    said,
                    "error",
                    (self.tr("Retry"), lambda: self.export(path)),
                    (self.tr("Elsewhere…"), self.ask_export),
                )
            else:
                session.tell(self.tr("{0} is written.").replace("{0}", path.name), "info")

        self._writing.submit(work, then)

    def copy_picture(self) -> None:
        """Put the picture on the clipboard, as SVG and as an image."""
        from graphviz_app.export import FORMATS  # a start does without

        shown = self._window.picture()

        def work() -> dict[str, bytes]:
            return {suffix: FORMATS[suffix].write(shown) for suffix in (".svg", ".png")}

        def then(made: dict[str, bytes]) -> None:
            data = QMimeData()
            data.setData("image/svg+xml", made[".svg"])
            data.setImageData(QImage.fromData(made[".png"]))
            QGuiApplication.clipboard().setMimeData(data)
            self._window.session.tell(self.tr("The picture is on the clipboard."), "info")

        self._writing.submit(work, then)

    def copy_latex(self) -> None:
        """Put the derivation of the step on the clipboard."""
        state = self._window.session.state
        if state.trace is not None and state.at > 0:
            line = derivation(state.trace, state.at - 1, state.digits).line
            QApplication.clipboard().setText(line)
            self._window.session.tell(self.tr("The derivation is on the clipboard as LaTeX."), "info")

    def copy_diagnostics(self) -> None:
        """Put versions and settings on the clipboard; no path and no name of a user is among them."""
        QApplication.clipboard().setText(self.diagnostics())
        self._window.session.tell(self.tr("The diagnostics are on the clipboard."), "info")

    def diagnostics(self) -> str:
        """Versions and settings, one a line."""
        state = self._window.session.state
        screen = self._window.screen()
        rows = {
            "graphviz-app": __version__,
            "Python": platform.python_version(),
            "system": platform.platform(terse=True),
            "Qt": f"{qVersion()}, PySide6 {pyside_version}, {QGuiApplication.platformName()}",
            "NumPy": np.__version__,
            "screen": f"{screen.size().width()}×{screen.size().height()} at {screen.devicePixelRatio():g}",
            "theme": f"{state.theme_choice} ({state.theme})",
            "level": state.level,
            "nodes": str(len(state.program.names)) if state.program is not None else "none",
            "steps": f"{state.at} of {len(state.steps)}",
            "problems": str(len(state.problems)),
        }
        return "\n".join(f"{name}: {value}" for name, value in rows.items()) + "\n"

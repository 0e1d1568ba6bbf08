"""Opening, saving and reloading the model, with a question only where typed text could be lost."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from PySide6.QtCore import QFileSystemWatcher, QObject
from PySide6.QtWidgets import QFileDialog, QMessageBox, QWidget

from graphviz_app.choice import Choice
from graphviz_app.session import Session, State, reason
from graphviz_app.settings import Settings
from graphviz_models.problem import Problems
from graphviz_models.sheet import exercises, source


class Documents(QObject):
    """The file behind the session."""

    def __init__(self, session: Session, settings: Settings, window: QWidget) -> None:
        super().__init__(window)
        self._session = session
        self._settings = settings
        self._window = window
        self._watcher = QFileSystemWatcher(self)
        self._watcher.fileChanged.connect(self._changed_outside)

    def open(self, model: str) -> None:
        """Open a file or a built-in exercise, after asking about typed text."""
        self.leaving(lambda: self._open(model))

    def ask_open(self) -> None:
        """Ask for a file and open it."""
        dialog = QFileDialog(
            self._window, self.tr("Open a model"), str(self._folder()), self.tr("Models (*.toml);;All files (*)")
        )
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.fileSelected.connect(self.open)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def save(self, then: Callable[[], object] | None = None) -> None:
        """Write the text to its file; without one, ask where to."""
        if self._session.state.path is None:
            self.ask_save(then)
        elif self._write(self._session.state.path) and then is not None:
            then()

    def ask_save(self, then: Callable[[], object] | None = None) -> None:
        """Ask where to write the text, and write it."""
        state = self._session.state
        name = state.name if state.path is not None else f"{state.name or 'model'}.toml"
        dialog = QFileDialog(self._window, self.tr("Save the model"), str(self._folder()), self.tr("Models (*.toml)"))
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setDefaultSuffix("toml")
        dialog.selectFile(name)

        def chosen(path: str) -> None:
            if self._write(Path(path)) and then is not None:
                then()

        dialog.fileSelected.connect(chosen)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def reload(self) -> None:
        """Read the file again."""
        state = self._session.state
        model = str(state.path) if state.path is not None else state.name
        if model:
            self.open(model)

    def exercise_choices(self) -> list[Choice]:
        """The rows of Open exercise."""
        state = self._session.state
        return [
            Choice(f"{where} · {title}", partial(self.open, id_), state.path is None and state.name == id_)
            for id_, title, where in exercises()
        ]

    def recent_choices(self) -> list[Choice]:
        """The rows of Open recent."""
        return [Choice(Path(path).name, partial(self.open, path)) for path in self._settings.preferences.recent]

    def leaving(self, go: Callable[[], object]) -> None:
        """Run `go` unless typed text would be lost and the user wants to keep it."""
        if not self._session.state.unsaved:
            go()
            return
        box = self._question()

        def answered(button: int) -> None:
            if button == QMessageBox.StandardButton.Discard:
                go()
            elif button == QMessageBox.StandardButton.Save:
                self.save(then=go)

        box.finished.connect(lambda _: answered(box.standardButton(box.clickedButton()) if box.clickedButton() else 0))
        box.open()

    def may_close(self) -> bool:
        """Ask, and wait for the answer, whether the window may close."""
        if not self._session.state.unsaved:
            return True
        button = self._question().exec()
        if button == QMessageBox.StandardButton.Save:
            state = self._session.state
            path = state.path
            if path is None:
                chosen, _ = QFileDialog.getSaveFileName(
                    self._window, self.tr("Save the model"), str(self._folder() / f"{state.name}.toml"), "*.toml"
                )
                path = Path(chosen) if chosen else None
            return path is not None and self._write(path)
        return button == QMessageBox.StandardButton.Discard

    def show_state(self, state: State) -> None:
        """Watch the file that is open."""
        wanted = [str(state.path)] if state.path is not None else []
        watched = self._watcher.files()
        if watched != wanted:
            if watched:
                self._watcher.removePaths(watched)
            if wanted:
                self._watcher.addPaths(wanted)

    def _question(self) -> QMessageBox:
        name = self._session.state.name
        buttons = QMessageBox.StandardButton
        box = QMessageBox(
            QMessageBox.Icon.Question,
            self.tr("Unsaved changes"),
            self.tr("{0} has changes that are not saved.").replace("{0}", name),
            buttons.Save | buttons.Discard | buttons.Cancel,
            self._window,
        )
        box.setDefaultButton(buttons.Save)
        return box

    def _open(self, model: str) -> None:
        if self._session.open(model) and self._session.state.path is not None:
            self._settings.remember_file(self._session.state.path)

    def _write(self, path: Path) -> bool:
        if not self._session.save(path):
            return False
        self._settings.remember_file(path)
        return True

    def _folder(self) -> Path:
        path = self._session.state.path
        recent = self._settings.preferences.recent
        near = path.parent if path is not None else Path(recent[0]).parent if recent else Path.home()
        return near if near.is_dir() else Path.home()

    def _changed_outside(self, path: str) -> None:
        self._watcher.addPath(path)  # a file that was replaced is no longer watched
        state = self._session.state
        try:
            text, _ = source(path)
        except OSError as error:
            self._session.tell(self.tr("{0}: {1}.").replace("{0}", state.name).replace("{1}", reason(error)))
            return
        except Problems:
            text = ""
        if text != state.saved and str(state.path) == path:
            said = self.tr("{0} was changed by another program.").replace("{0}", state.name)
            self._session.tell(said, "info", (self.tr("Reload"), self.reload))

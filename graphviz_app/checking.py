"""The gradient check of F8: every gradient of what is given against finite differences, off the window's thread."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from graphviz_app.background import Background
from graphviz_models.check import NodeCheck, gradients

if TYPE_CHECKING:
    from graphviz_app.session import Session


def verdict(check: NodeCheck) -> str:
    """One node's check in a few words."""
    if check.wrong:
        entry = check.wrong[0]
        return f"✗ {entry.gradient:.6g} ≠ {entry.difference:.6g}".replace("-", "−")
    if check.checked and len(check.doubtful) == check.checked:
        entry = check.doubtful[0]
        slopes = f"{entry.left:.4g} | {entry.right:.4g}".replace("-", "−")
        return f"? {entry.doubt}: {slopes}"
    return f"✓ {check.deviation:.0e}".replace("-", "−")


class Checking(QObject):
    """Runs the check at the values that are shown, and puts its findings into the state."""

    def __init__(self, session: Session, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._work = Background(self)

    def run(self) -> None:
        """Check now."""
        trace = self._session.state.trace
        if trace is None:
            return

        def then(found: tuple[NodeCheck, ...]) -> None:
            if self._session.state.trace is not trace:
                return
            wrong = [c.node for c in found if not c.passed]
            checked = {c.node: verdict(c) for c in found}
            if wrong:
                said = self.tr("The gradient check fails for {0}.").replace("{0}", ", ".join(wrong))
                self._session.apply(checked=checked)
                self._session.tell(said, "error")
            else:
                said = self.tr("The gradients of {0} nodes agree with finite differences.").replace(
                    "{0}", str(len(found))
                )
                self._session.apply(checked=checked)
                self._session.tell(said, "info")

        self._work.submit(lambda: gradients(trace), then)

    def close(self) -> None:
        """Forget a check that still runs."""
        self._work.drop(2.0)

"""The binding of Qt: PySide6 6.12.0 let CPython 3.11 abort after some thousand calls that return None."""

import subprocess
import sys

CALLS = """
from PySide6.QtWidgets import QApplication, QWidget
application = QApplication([])
widget = QWidget()
for _ in range(20_000):
    widget.update()
print("alive")
"""


def test_twenty_thousand_calls_that_return_none_leave_the_process_alive() -> None:
    done = subprocess.run([sys.executable, "-c", CALLS], capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout, done.stderr) == (0, "alive\n", "")

"""How long a start takes until the graph is painted, against a window with nothing in it: both in new processes."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from statistics import median

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from graphviz_app import opening
from graphviz_app.opening import Look, Opening
from graphviz_models.picture import picture
from graphviz_models.sheet import load, source
from graphviz_models.trace import run

ROOT = Path(__file__).parents[2]
MODEL = "sheet9-ex1"
ROUNDS = 6

REPORT = """
import os, sys, time

def report():
    since = int(open("/proc/self/stat").read().rsplit(")", 1)[1].split()[19]) / os.sysconf("SC_CLK_TCK")
    print(time.process_time(), time.clock_gettime(time.CLOCK_BOOTTIME) - since, flush=True)
    os._exit(0)
"""
EMPTY = """
from PySide6.QtWidgets import QApplication, QMainWindow
from PySide6.QtCore import QTimer

class Window(QMainWindow):
    def paintEvent(self, event):
        super().paintEvent(event)
        QTimer.singleShot(0, report)

app = QApplication([])
window = Window()
window.resize(1440, 900)
window.show()
app.exec()
"""
OURS = """
class Wrap:
    def find_spec(self, name, path, target=None):
        if name != "graphviz_app.canvas":
            return None
        sys.meta_path.remove(self)
        from importlib.util import find_spec
        spec = find_spec(name)
        load = spec.loader.exec_module

        def loaded(module):
            load(module)
            paint = module.Canvas.paintEvent

            def painted(self, event):
                paint(self, event)
                if self.scene.picture is not None:
                    from PySide6.QtCore import QTimer
                    QTimer.singleShot(0, report)

            module.Canvas.paintEvent = painted

        spec.loader.exec_module = loaded
        return spec

sys.meta_path.insert(0, Wrap())
from graphviz_app.__main__ import main
main([MODEL])
"""


def started(script: str, home: Path) -> tuple[float, float]:
    """The seconds of processor time and of time until the graph was painted, from the start of the process."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    environment |= {
        "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'models'}",
        "PYTHONPYCACHEPREFIX": str(home / "compiled"),
        "GRAPHVIZ_APP_SETTINGS": str(home),
        "QT_QPA_PLATFORM": "offscreen",
    }
    code = f"MODEL = {MODEL!r}\n{REPORT}{script}"
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    cpu, wall = done.stdout.split()
    return float(cpu), float(wall)


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="the start of a process is read from /proc")
def test_until_the_graph_is_painted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, benchmark: BenchmarkFixture
) -> None:
    """Goal: 1.5 times an empty window. The first start of all has no graph to show before the engine is there."""
    again, first = tmp_path / "again", tmp_path / "first"
    again.mkdir()
    first.mkdir()
    monkeypatch.setenv("GRAPHVIZ_APP_SETTINGS", str(again))
    sheet = load(MODEL)
    drawn = picture(run(sheet.program, sheet.notation), 0)
    assert opening.keep(MODEL, source(MODEL)[0], Opening(drawn, Look("light", 4, "right"), (200, 60, 300, 150)))
    kinds = {"empty": (EMPTY, again), "ours": (OURS, again), "ours, the first time": (OURS, first)}
    taken: dict[str, list[tuple[float, float]]] = {name: [] for name in kinds}
    for _ in range(ROUNDS):
        for name, (script, home) in kinds.items():
            taken[name].append(started(script, home))
    cpu = {name: median(row[0] for row in rows[1:]) for name, rows in taken.items()}
    wall = {name: median(row[1] for row in rows[1:]) for name, rows in taken.items()}
    for name in kinds:
        benchmark.extra_info |= {
            f"{name}: milliseconds": 1e3 * wall[name],
            f"{name}, over an empty window": wall[name] / wall["empty"],
            f"{name}, over an empty window, processor time": cpu[name] / cpu["empty"],
        }
    benchmark.pedantic(started, (OURS, again))

"""The real window on a real X server, driven by real key presses: what a user does in the first two minutes."""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import numpy as np
import pytest
from PySide6.QtGui import QImage

T = TypeVar("T")
ROOT = Path(__file__).resolve().parents[2]
WIDTH, HEIGHT, TITLE_BAR = 1280, 720, 20  # pixels
PATIENCE = 30.0  # seconds, on a machine that does much else
TOOLS = ("Xvfb", "openbox", "xdotool")

pytestmark = [
    pytest.mark.window,
    pytest.mark.skipif(not all(map(shutil.which, TOOLS)), reason=f"needs {', '.join(TOOLS)}"),
]


def until(ask: Callable[[], T], what: str) -> T:
    """The first answer that is true; fails after PATIENCE seconds."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        if answer := ask():
            return answer
        time.sleep(0.05)
    raise AssertionError(f"waited {PATIENCE:.0f} s in vain for {what}")


@dataclass(frozen=True)
class Screen:
    """A virtual X server with a window manager: its display's name and the file in which it keeps its pixels."""

    display: str
    file: Path

    def pixels(self) -> np.ndarray:
        """The pixels now, (HEIGHT, WIDTH, 3) of 0 to 255, from the server's X window dump of 32 bits a pixel."""
        data = self.file.read_bytes()
        header = np.frombuffer(data, ">u4", 25)
        size, byte_order, row, colours = (int(header[i]) for i in (0, 7, 12, 19))
        packed = np.frombuffer(data, ">u4" if byte_order else "<u4", row // 4 * HEIGHT, size + 12 * colours)
        rows = packed.reshape(HEIGHT, -1)[:, :WIDTH, None]
        return (rows >> np.array([16, 8, 0]) & 255).astype(np.uint8)

    def settled(self) -> np.ndarray:
        """The pixels once they have been the same for 0.3 s."""
        frames = [self.pixels()]

        def same() -> bool:
            time.sleep(0.3)
            frames.append(self.pixels())
            return bool(np.array_equal(frames[-1], frames[-2]))

        until(same, "the picture to come to rest")
        return frames[-1]

    def xdotool(self, *arguments: str) -> str:
        """What xdotool answers; empty where it finds nothing."""
        env = os.environ | {"DISPLAY": self.display}
        command = ["xdotool", *arguments]
        return subprocess.run(command, env=env, capture_output=True, text=True, timeout=PATIENCE).stdout.strip()

    def size(self, window: str) -> tuple[int, int]:
        """Width and height of a window in pixels, without its frame."""
        lines = self.xdotool("getwindowgeometry", "--shell", window).splitlines()
        shell = dict(line.split("=") for line in lines)
        return int(shell.get("WIDTH", 0)), int(shell.get("HEIGHT", 0))


@dataclass(frozen=True)
class Run:
    """The running program: its process, the screen that it is on, its window, and where its pictures are kept."""

    process: subprocess.Popen[str]
    screen: Screen
    window: str
    folder: Path

    def press(self, key: str, what: str, least: int = 50) -> np.ndarray:
        """Press a key; the picture that follows. It must differ from the one before in `least` pixels."""
        before = self.screen.settled()
        self.screen.xdotool("key", key)
        until(lambda: changed(before, self.screen.pixels()) >= least, f"{what} after {key}")
        after = self.screen.settled()
        image = QImage(after.tobytes(), WIDTH, HEIGHT, 3 * WIDTH, QImage.Format.Format_RGB888)
        assert image.save(str(self.folder / f"{what.replace(' ', '-')}.png"))
        return after

    def ended(self) -> tuple[int, str, str]:
        """Exit status, standard output and standard error, once it has ended."""
        out, err = self.process.communicate(timeout=PATIENCE)
        return self.process.returncode, out, err


def changed(before: np.ndarray, after: np.ndarray) -> int:
    """How many pixels differ."""
    return int(np.any(before != after, axis=-1).sum())


@contextmanager
def ending(process: subprocess.Popen[str]) -> Iterator[subprocess.Popen[str]]:
    """The process, which does not outlive the test."""
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


@pytest.fixture
def screen(tmp_path: Path) -> Iterator[Screen]:
    """A screen of WIDTH by HEIGHT on a display that nobody uses, with a window manager that answers."""
    read, write = os.pipe()
    mode = f"{WIDTH}x{HEIGHT}x24"
    command = ["Xvfb", "-displayfd", str(write), "-screen", "0", mode, "-fbdir", str(tmp_path)]
    command += ["-nolisten", "tcp", "-noreset"]  # or it starts anew when nobody is connected for a moment
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    with ending(subprocess.Popen(command, pass_fds=[write], text=True, **quiet)):
        os.close(write)
        with os.fdopen(read) as answer:
            display = f":{answer.readline().strip()}"
        manager = subprocess.Popen(["openbox"], env=os.environ | {"DISPLAY": display}, text=True, **quiet)
        with ending(manager):
            screen = Screen(display, tmp_path / "Xvfb_screen0")
            until(lambda: int(screen.xdotool("get_num_desktops") or 0), "the window manager")
            yield screen
            assert manager.poll() is None, "the window manager has ended during the test"


@pytest.fixture
def run(screen: Screen, tmp_path: Path) -> Iterator[Run]:
    """The program on sheet 9, exercise 1, painted and with the keyboard."""
    env = {name: value for name, value in os.environ.items() if name not in ("QT_QPA_PLATFORM", "WAYLAND_DISPLAY")}
    command = [sys.executable, "-m", "graphviz_app", "sheet9-ex1"]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    empty = screen.pixels()
    with ending(
        subprocess.Popen(command, cwd=ROOT, env=env | {"DISPLAY": screen.display}, text=True, **pipes)
    ) as process:

        def window() -> str:
            assert process.poll() is None, process.communicate()
            return screen.xdotool("search", "--onlyvisible", "--pid", str(process.pid), "--name", "graphviz-app")

        found = until(window, "the window").splitlines()[0]
        until(lambda: changed(empty, screen.pixels()) > WIDTH * HEIGHT // 4, "the first picture")
        screen.xdotool("windowactivate", "--sync", found)
        until(lambda: screen.xdotool("getactivewindow") == found, "the window manager to have it for the active one")
        screen.settled()
        yield Run(process, screen, found, tmp_path)


def test_a_lecture_from_the_first_step_to_the_last_key(run: Run) -> None:
    steps = [run.screen.settled(), *(run.press("Right", f"step {i}") for i in range(1, 8))]
    assert all(changed(a, b) for i, a in enumerate(steps) for b in steps[:i])
    run.press("Left", "one step back")
    run.press("End", "the last step")
    first = run.press("Home", "the first step")
    assert changed(first, steps[0]) < changed(first, steps[1])

    normal = run.screen.size(run.window)
    assert normal[0] <= WIDTH
    assert normal[1] <= HEIGHT - TITLE_BAR
    run.press("F11", "full screen")
    until(lambda: run.screen.size(run.window) == (WIDTH, HEIGHT), "a window as large as the screen")
    run.press("F11", "a window again")
    until(lambda: run.screen.size(run.window) == normal, "the window's size from before")

    run.press("F5", "the presentation", least=WIDTH * HEIGHT // 50)
    run.press("Right", "a step presented")
    run.press("Escape", "the window after the presentation", least=WIDTH * HEIGHT // 50)

    run.press("space", "playing")
    run.screen.xdotool("key", "ctrl+q")
    assert run.ended() == (0, "", "")


def test_closing_the_window_ends_the_program(run: Run) -> None:
    run.screen.xdotool("key", "alt+F4")  # the window manager asks the window to close
    assert run.ended() == (0, "", "")

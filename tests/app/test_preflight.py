"""What is said before Qt starts: the library, its package, the display; and what works without."""

import ctypes
import ctypes.util
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import PySide6
import pytest

from graphviz_app import preflight

ROOT = Path(__file__).resolve().parents[2]
PLUGINS = Path(PySide6.__path__[0]) / "Qt" / "plugins" / "platforms"
LINUX = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux lacks libraries")

Load = Callable[[str], ctypes.CDLL]


def without(*missing: str) -> Load:
    """A dynamic loader that does not find the `missing` libraries, nor what needs them; as glibc, it names one."""

    def load(name: str) -> ctypes.CDLL:
        if name in missing or Path(name).parent == PLUGINS:
            library = name if name in missing else missing[0]
            raise OSError(f"{library}: cannot open shared object file: No such file or directory")
        return ctypes.CDLL(name)

    return load


@LINUX
def test_without_any_display_the_headless_commands_are_named() -> None:
    sentence = preflight.window({}, "linux")
    assert sentence is not None
    assert "neither DISPLAY nor WAYLAND_DISPLAY is set" in sentence
    assert sentence.endswith("graphviz-app list, evaluate, trace, train, check, jacobian, cost and export.")


@LINUX
def test_one_missing_library_is_named_with_its_package() -> None:
    sentence = preflight.window({"DISPLAY": ":0"}, "linux", without("libxcb-cursor.so.0"))
    assert sentence == (
        "no window can be opened: libxcb-cursor.so.0 is missing "
        "(on Debian or Ubuntu: sudo apt install libxcb-cursor0). "
        "Without a display work: graphviz-app list, evaluate, trace, train, check, jacobian, cost and export to SVG."
    )


@LINUX
def test_all_missing_libraries_are_named_at_once() -> None:
    sentence = preflight.window({"DISPLAY": ":0"}, "linux", without("libEGL.so.1", "libxcb-cursor.so.0"))
    assert sentence is not None
    assert "libEGL.so.1 and libxcb-cursor.so.0 are missing" in sentence
    assert "sudo apt install libegl1 libxcb-cursor0)" in sentence


@LINUX
def test_of_a_bare_system_every_package_is_named_once() -> None:
    for environ in ({}, {"DISPLAY": ":0"}):
        sentence = preflight.window(environ, "linux", without(*preflight.X11))
        assert sentence is not None
        named = sentence.partition("apt install ")[2].partition(")")[0].split()
        assert named == list(dict.fromkeys(preflight.X11.values()))
        assert f"and {len(preflight.X11) - 3} other libraries are missing" in sentence


@LINUX
def test_a_library_that_no_table_knows_is_named_too() -> None:
    sentence = preflight.window({"DISPLAY": ":0"}, "linux", without("libnovel-2.so.5"))
    assert sentence is not None
    assert "libnovel-2.so.5 is missing (ask your system's packages)" in sentence


@LINUX
def test_a_library_that_is_there_but_cannot_be_loaded_gives_the_reason() -> None:
    def load(name: str) -> ctypes.CDLL:
        if Path(name).parent == PLUGINS:
            raise OSError(f"{name}: version `GLIBC_2.99' not found")
        return ctypes.CDLL(name)

    sentence = preflight.window({"DISPLAY": ":0"}, "linux", load)
    assert sentence is not None
    assert "libqxcb.so cannot be loaded" in sentence
    assert "GLIBC_2.99" in sentence


@LINUX
@pytest.mark.parametrize(
    ("environ", "variable"),
    [
        ({"DISPLAY": ":64999"}, "DISPLAY"),
        ({"WAYLAND_DISPLAY": "/nowhere/wayland-7"}, "WAYLAND_DISPLAY"),
        ({"DISPLAY": ":64999", "QT_QPA_PLATFORM": "xcb"}, "DISPLAY"),
    ],
)
def test_a_display_that_does_not_answer_is_named(environ: dict[str, str], variable: str) -> None:
    if variable == "WAYLAND_DISPLAY" and not ctypes.util.find_library("wayland-cursor"):
        pytest.skip("libwayland-cursor0 is not installed")
    sentence = preflight.window(environ, "linux")
    assert sentence is not None
    assert f"the display {environ[variable]!r} that {variable} names does not answer" in sentence


@LINUX
def test_a_platform_that_qt_lacks_is_named() -> None:
    sentence = preflight.window({"QT_QPA_PLATFORM": "holodeck"}, "linux")
    assert sentence is not None
    assert "'holodeck', which QT_QPA_PLATFORM names" in sentence


@LINUX
@pytest.mark.parametrize("platform", ["offscreen", "offscreen:enable_fonts", "minimal"])
def test_a_platform_without_a_display_needs_none(platform: str) -> None:
    assert preflight.window({"QT_QPA_PLATFORM": platform}, "linux") is None


@LINUX
def test_the_second_platform_of_a_list_is_tried() -> None:
    assert preflight.window({"QT_QPA_PLATFORM": "xcb;offscreen", "DISPLAY": ":64999"}, "linux") is None


@pytest.mark.parametrize("system", ["darwin", "win32"])
def test_other_systems_are_not_looked_at(system: str) -> None:
    assert preflight.window({}, system, without("libEGL.so.1")) is None
    assert preflight.drawing(system, without("libEGL.so.1")) is None


@LINUX
def test_drawing_needs_the_headless_libraries_only() -> None:
    assert preflight.drawing("linux") is None
    sentence = preflight.drawing("linux", without("libEGL.so.1"))
    assert sentence is not None
    assert "libEGL.so.1 is missing (on Debian or Ubuntu: sudo apt install libegl1)" in sentence
    assert sentence.endswith("Without Qt works: export to SVG.")


@LINUX
@pytest.mark.parametrize("platform", preflight.LIBRARIES)
def test_tables_hold_all_that_this_qt_needs(platform: str) -> None:
    libraries = Path(PySide6.__path__[0]) / "Qt" / "lib"
    base = {"libc.so.6", "libm.so.6", "libgcc_s.so.1", "libstdc++.so.6", "libpthread.so.0", "libdl.so.2", "librt.so.1"}
    seen: set[str] = set()
    files = [PLUGINS / f"libq{platform}.so", libraries / "libQt6Widgets.so.6"]
    while files:
        names = re.findall(rb"\0(lib[\w.+-]+\.so\.[.\d]*)(?=\0)", files.pop().read_bytes())
        new = {name.decode() for name in names} - seen
        seen |= new
        files += [libraries / name for name in new if (libraries / name).is_file()]
    needed = {name for name in seen if not (libraries / name).exists()} - base
    known = preflight.LIBRARIES[platform]
    assert "libEGL.so.1" in needed
    assert needed - known.keys() == set()


@LINUX
@pytest.mark.parametrize("display", [None, ":64999"])
def test_command_ends_with_status_two_before_qt_can_abort(display: str | None) -> None:
    hidden = ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM", "PYTHONPATH")
    env = {name: value for name, value in os.environ.items() if name not in hidden}
    env |= {"DISPLAY": display} if display else {}
    command = [sys.executable, "-m", "graphviz_app", "sheet9-ex1"]
    done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, encoding="utf-8", timeout=60)
    assert (done.returncode, done.stdout) == (2, "")
    assert "no window can be opened" in done.stderr
    assert done.stderr.count("\n") == 1

"""What Qt needs before it starts: its shared libraries and a display.

Qt names one missing library at a time, or none, and then aborts the process. So this looks first, and says in one
sentence what is missing, which packages bring it, and what works without. Only Linux is looked at: elsewhere Qt's
wheels bring all they need. Nothing here imports Qt.
"""

import ctypes
import importlib.util
import os
import re
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

# Shared library -> the Debian and Ubuntu package that brings it: what every picture needs, then what a window adds.
HEADLESS = {
    "libEGL.so.1": "libegl1",
    "libGL.so.1": "libgl1",
    "libX11.so.6": "libx11-6",
    "libdbus-1.so.3": "libdbus-1-3",
    "libfontconfig.so.1": "libfontconfig1",
    "libfreetype.so.6": "libfreetype6",
    "libglib-2.0.so.0": "libglib2.0-0",
    "libgthread-2.0.so.0": "libglib2.0-0",
    "libxkbcommon.so.0": "libxkbcommon0",
    "libz.so.1": "zlib1g",
    "libzstd.so.1": "libzstd1",
}
X11 = HEADLESS | {
    "libX11-xcb.so.1": "libx11-xcb1",
    "libxcb.so.1": "libxcb1",
    "libxcb-cursor.so.0": "libxcb-cursor0",
    "libxcb-icccm.so.4": "libxcb-icccm4",
    "libxcb-image.so.0": "libxcb-image0",
    "libxcb-keysyms.so.1": "libxcb-keysyms1",
    "libxcb-randr.so.0": "libxcb-randr0",
    "libxcb-render.so.0": "libxcb-render0",
    "libxcb-render-util.so.0": "libxcb-render-util0",
    "libxcb-shape.so.0": "libxcb-shape0",
    "libxcb-shm.so.0": "libxcb-shm0",
    "libxcb-sync.so.1": "libxcb-sync1",
    "libxcb-util.so.1": "libxcb-util1",
    "libxcb-xfixes.so.0": "libxcb-xfixes0",
    "libxcb-xkb.so.1": "libxcb-xkb1",
    "libxkbcommon-x11.so.0": "libxkbcommon-x11-0",
}
WAYLAND = HEADLESS | {
    "libwayland-client.so.0": "libwayland-client0",
    "libwayland-cursor.so.0": "libwayland-cursor0",
}
LIBRARIES = {"xcb": X11, "wayland": WAYLAND, "offscreen": HEADLESS}
DISPLAYS = {"wayland": "WAYLAND_DISPLAY", "xcb": "DISPLAY"}  # in the order in which Qt tries them

Load = Callable[[str], ctypes.CDLL]


def window(environ: Mapping[str, str] = os.environ, system: str = sys.platform, load: Load = ctypes.CDLL) -> str | None:
    """One sentence on why no window can be opened here, and what helps; None where one can.

    `environ`, `system` and `load` stand for the process's environment, `sys.platform` and the dynamic loader, which
    raises OSError for a library that it does not find.
    """
    if not system.startswith("linux"):
        return None
    platforms = _platforms(environ)
    reasons = [_fault(platform, environ, load) for platform in platforms]
    if None in reasons:
        return None
    if not platforms:
        reasons = ["neither DISPLAY nor WAYLAND_DISPLAY is set: start it from a desktop session", _lacking("xcb", load)]
    why = "; ".join(reason for reason in dict.fromkeys(reasons) if reason)
    formats = " to SVG" if _lacking("offscreen", load) else ""
    return (
        f"no window can be opened: {why}. "
        f"Without a display work: graphviz-app list, evaluate, trace, train, check, jacobian, cost and export{formats}."
    )


def drawing(system: str = sys.platform, load: Load = ctypes.CDLL) -> str | None:
    """One sentence on why Qt cannot draw here, not even without a display (PNG, PDF); None where it can.

    Parameters as in `window`.
    """
    reason = _lacking("offscreen", load) if system.startswith("linux") else None
    return f"this picture is drawn by Qt: {reason}. Without Qt works: export to SVG." if reason else None


def _platforms(environ: Mapping[str, str]) -> list[str]:
    """Qt's platforms that would be tried in this environment, in Qt's order; empty without any display."""
    named = [name.partition(":")[0] for name in environ.get("QT_QPA_PLATFORM", "").split(";") if name]
    return [name for name in named or DISPLAYS if name not in DISPLAYS or environ.get(DISPLAYS[name])]


def _fault(platform: str, environ: Mapping[str, str], load: Load) -> str | None:
    """What keeps Qt's `platform` from starting: a library that is missing, or a display that does not answer."""
    return _lacking(platform, load) or _silent(platform, environ, load)


def _lacking(platform: str, load: Load) -> str | None:
    """The libraries that Qt's `platform` lacks, with the packages that bring them; None where all are there."""
    spec = importlib.util.find_spec("PySide6")
    if spec is None or spec.origin is None:
        return "PySide6 is missing (pip install PySide6-Essentials)"
    plugins = Path(spec.origin).parent / "Qt" / "plugins" / "platforms"
    if not plugins.is_dir():  # a distribution's own PySide6: its package manager has seen to the libraries
        return None
    plugin = plugins / f"libq{platform}.so"
    if not plugin.is_file():
        return f"Qt has no platform {platform!r}, which QT_QPA_PLATFORM names: unset it"
    try:
        load(str(plugin))
    except OSError as error:
        known = LIBRARIES.get(platform, HEADLESS)
        missing = [library for library in known if not _loads(library, load)]
        named = re.search(r"lib[\w.+-]+?\.so[.\d]*", str(error))
        if named and named[0] not in known and named[0] != plugin.name:
            missing.append(named[0])
        return _missing(missing, known) if missing else f"Qt's {plugin.name} cannot be loaded ({error})"
    return None


def _loads(library: str, load: Load) -> bool:
    try:
        load(library)
    except OSError:
        return False
    return True


def _missing(libraries: Sequence[str], packages: Mapping[str, str]) -> str:
    """The clause that names the `libraries` (not all of many) and the packages, each once."""
    shown = list(libraries if len(libraries) <= 4 else libraries[:3])
    others = len(libraries) - len(shown)
    shown += [f"{others} other libraries"] if others else []
    listed = f"{', '.join(shown[:-1])} and {shown[-1]}" if len(shown) > 1 else shown[0]
    wanted = dict.fromkeys(packages[library] for library in libraries if library in packages)
    install = f"on Debian or Ubuntu: sudo apt install {' '.join(wanted)}" if wanted else "ask your system's packages"
    return f"{listed} {'are' if len(libraries) > 1 else 'is'} missing ({install})"


def _silent(platform: str, environ: Mapping[str, str], load: Load) -> str | None:
    """A display that is named in `environ` but does not answer: Qt would abort on it."""
    if platform not in DISPLAYS:
        return None
    name = environ[DISPLAYS[platform]]
    if platform == "xcb":
        library = load("libxcb.so.1")
        library.xcb_connect.restype = ctypes.c_void_p
        connection = ctypes.c_void_p(library.xcb_connect(os.fsencode(name), None))
        answers = not library.xcb_connection_has_error(connection)
        library.xcb_disconnect(connection)
    else:
        library = load("libwayland-client.so.0")
        library.wl_display_connect.restype = ctypes.c_void_p
        connection = ctypes.c_void_p(library.wl_display_connect(os.fsencode(name)))
        answers = connection.value is not None
        if answers:
            library.wl_display_disconnect(connection)
    return None if answers else f"the display {name!r} that {DISPLAYS[platform]} names does not answer"

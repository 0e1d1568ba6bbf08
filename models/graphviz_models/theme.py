"""Themes: the colours, line widths and dashes of a picture and of the window around it, by role and by phase.

The hues are those of Okabe and Ito (Color Universal Design, 2008). Fills and phases keep apart for colour-blind eyes as
well, and no meaning hangs on a colour alone: a role also has its shape, a phase its dashes, a verdict its sign.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from types import MappingProxyType

Dash = tuple[float, ...]  # on, off, ... in points; empty is solid

ROLES = ("input", "target", "parameter", "activation", "output", "loss", "operation", "constant")
PHASES = ("forward", "backward", "update")


@dataclass(frozen=True)
class Theme:
    """One look. Colours are "#rrggbb", lengths points; what ends in `_text` can be read as small letters on all fills.

    `fills` and `hatches` are by role; a hatch is "", "horizontal", "vertical", "rising", "falling", "grid" or "dots",
    drawn in `hatch_ink`. `heat` runs in equal steps from −1 over 0 to 1. `plate` lies behind labels on edges.
    """

    name: str
    title: str
    dark: bool
    background: str
    surface: str
    text: str
    muted: str
    forward: str
    forward_text: str
    backward: str
    backward_text: str
    update: str
    update_text: str
    right: str
    wrong: str
    wrong_text: str
    edge: str
    plate: str
    rim: str
    selection: str
    fills: Mapping[str, str]
    heat: tuple[str, ...]
    rim_width: float = 1.25
    active_width: float = 2.75
    edge_width: float = 1.25
    forward_dash: Dash = ()
    backward_dash: Dash = (6.0, 3.5)
    update_dash: Dash = (1.5, 2.5)
    target_dash: Dash = (4.0, 3.0)
    hatches: Mapping[str, str] = field(default_factory=lambda: MappingProxyType(dict.fromkeys(ROLES, "")))
    hatch_ink: str = "#000000"

    def phase(self, phase: str) -> str:
        """The colour of lines in the phase "forward", "backward" or "update"."""
        return {"forward": self.forward, "backward": self.backward, "update": self.update}[phase]

    def phase_text(self, phase: str) -> str:
        """The colour of letters in the phase "forward", "backward" or "update"."""
        return {"forward": self.forward_text, "backward": self.backward_text, "update": self.update_text}[phase]

    def phase_dash(self, phase: str) -> Dash:
        """The dashes of lines in the phase "forward", "backward" or "update"."""
        return {"forward": self.forward_dash, "backward": self.backward_dash, "update": self.update_dash}[phase]

    def heat_colour(self, value: float) -> str:
        """The colour of `value` on the heat scale, which ends at −1 and 1."""
        place = (min(max(value, -1.0), 1.0) + 1.0) / 2.0 * (len(self.heat) - 1)
        i = min(int(place), len(self.heat) - 2)
        return mixed(self.heat[i], self.heat[i + 1], place - i)

    def ink_on(self, fill: str) -> str:
        """Black or white, whichever can be read better on `fill`."""
        return max(("#000000", "#ffffff"), key=lambda ink: contrast(ink, fill))


@lru_cache(maxsize=1024)
def mixed(first: str, second: str, share: float) -> str:
    """The colour between two, `share` (0 to 1) of the way to the second."""
    pairs = zip(_channels(first), _channels(second), strict=True)
    return "#" + "".join(f"{round(a + (b - a) * share):02x}" for a, b in pairs)


def luminance(colour: str) -> float:
    """Relative luminance of "#rrggbb", 0 to 1 (WCAG 2.2)."""
    linear = [v / 12.92 if v <= 0.04045 else ((v + 0.055) / 1.055) ** 2.4 for v in (c / 255 for c in _channels(colour))]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(first: str, second: str) -> float:
    """Contrast ratio of two colours, 1 to 21 (WCAG 2.2)."""
    low, high = sorted((luminance(first), luminance(second)))
    return (high + 0.05) / (low + 0.05)


def window_colours(theme: Theme) -> dict[str, str]:
    """Colours of a window around the picture, by the names that toolkits have for their palettes."""
    shade = "#000000" if not theme.dark else "#ffffff"
    button = mixed(theme.surface, shade, 0.04)
    strong = theme.name in ("contrast", "print")
    return {
        "window": theme.surface,
        "window_text": theme.text,
        "base": theme.background,
        "alternate_base": mixed(theme.background, shade, 0.04),
        "text": theme.text,
        "placeholder_text": theme.muted,
        "button": button,
        "button_text": theme.text,
        "tooltip_base": theme.text,
        "tooltip_text": theme.background,
        "highlight": theme.selection,
        "highlighted_text": theme.ink_on(theme.selection),
        "accent": theme.selection,
        "link": theme.forward_text,
        "link_visited": theme.update_text,
        "light": mixed(button, "#ffffff", 0.1 if theme.dark else 0.6),
        "midlight": mixed(button, "#ffffff", 0.05 if theme.dark else 0.3),
        "mid": mixed(button, shade, 0.25),
        "dark": mixed(button, shade, 0.35) if not theme.dark else mixed(button, "#000000", 0.35),
        "shadow": "#000000",
        "border": theme.rim if strong else mixed(theme.surface, shade, 0.2),
        "disabled_text": mixed(theme.text, theme.surface, 0.25 if strong else 0.5),
    }


def _channels(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def _fills(*colours: str) -> Mapping[str, str]:
    return MappingProxyType(dict(zip(ROLES, colours, strict=True)))


LIGHT = Theme(
    name="light",
    title="Light",
    dark=False,
    background="#ffffff",
    surface="#f4f6f8",
    text="#16191d",
    muted="#4a525c",
    forward="#0072b2",
    forward_text="#005b96",
    backward="#c24700",
    backward_text="#8a3300",
    update="#4b1a5a",
    update_text="#4b1a5a",
    right="#00735a",
    wrong="#b3261e",
    wrong_text="#8c1d18",
    edge="#6b7480",
    plate="#ffffff",
    rim="#16191d",
    selection="#0067a3",
    fills=_fills("#d2f1ff", "#b2d5e4", "#f8ebba", "#ffffff", "#e5c3ff", "#ffccc0", "#dcdcdc", "#ffffff"),
    heat=("#7a2a00", "#c24700", "#f4a880", "#ffffff", "#8cc4e6", "#0072b2", "#003a63"),
)

DARK = Theme(
    name="dark",
    title="Dark",
    dark=True,
    background="#15191e",
    surface="#1f242a",
    text="#f0f2f4",
    muted="#b9c2cc",
    forward="#56b4e9",
    forward_text="#8fd0f5",
    backward="#ff9152",
    backward_text="#ffb48a",
    update="#ecd9ff",
    update_text="#ecd9ff",
    right="#3fc8a4",
    wrong="#ff8a80",
    wrong_text="#ffb3ab",
    edge="#8a95a1",
    plate="#15191e",
    rim="#f0f2f4",
    selection="#6ab8f0",
    fills=_fills("#00537a", "#233644", "#61470f", "#15191e", "#35194c", "#5f261f", "#4e4e4e", "#15191e"),
    heat=("#ffc9a8", "#ff8a48", "#8a3f12", "#242a31", "#15527a", "#4fb0ea", "#c0e6ff"),
)

CONTRAST = Theme(
    name="contrast",
    title="High contrast",
    dark=True,
    background="#000000",
    surface="#000000",
    text="#ffffff",
    muted="#e6e6e6",
    forward="#4fb0ff",
    forward_text="#8fd8ff",
    backward="#ffb000",
    backward_text="#ffc38f",
    update="#fff0ff",
    update_text="#fff0ff",
    right="#5dffce",
    wrong="#ffa39b",
    wrong_text="#ffc4be",
    edge="#d0d0d0",
    plate="#000000",
    rim="#ffffff",
    selection="#ffe14d",
    fills=_fills("#10212c", "#003d6d", "#473600", "#000000", "#2a1042", "#45120b", "#3c3c3c", "#000000"),
    heat=("#ffd9a8", "#ffb000", "#8a5c00", "#000000", "#1c6a96", "#8fd8ff", "#e2f5ff"),
    rim_width=2.25,
    active_width=4.0,
    edge_width=2.0,
)

# Grey from white (−1) to black (1): a sign is told by lighter or darker than the middle, without any colour.
PRINT = Theme(
    name="print",
    title="Print",
    dark=False,
    background="#ffffff",
    surface="#ffffff",
    text="#000000",
    muted="#404040",
    forward="#000000",
    forward_text="#000000",
    backward="#000000",
    backward_text="#000000",
    update="#000000",
    update_text="#000000",
    right="#000000",
    wrong="#000000",
    wrong_text="#000000",
    edge="#595959",
    plate="#ffffff",
    rim="#000000",
    selection="#404040",
    fills=_fills(*["#ffffff"] * len(ROLES)),
    heat=("#ffffff", "#9a9a9a", "#000000"),
    hatches=MappingProxyType(
        {
            "input": "horizontal",
            "target": "vertical",
            "parameter": "dots",
            "activation": "",
            "output": "rising",
            "loss": "grid",
            "operation": "falling",
            "constant": "",
        }
    ),
    hatch_ink="#b0b0b0",
)

THEMES: Mapping[str, Theme] = MappingProxyType({theme.name: theme for theme in (LIGHT, DARK, CONTRAST, PRINT)})

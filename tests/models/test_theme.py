"""Every theme can be read by everyone: contrasts, and distances as colour-blind eyes see them."""

from itertools import combinations

import numpy as np
import pytest

from graphviz_models.picture.body import SHADED
from graphviz_models.theme import PHASES, ROLES, THEMES, Theme, contrast, luminance, mixed, window_colours

# Machado, Oliveira, Fernandes (2009), severity 1, on linear RGB.
EYES = {
    "trichromat": np.eye(3),
    "protanope": np.array(
        [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]
    ),
    "deuteranope": np.array(
        [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]]
    ),
    "tritanope": np.array(
        [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]]
    ),
}
XYZ = np.array(
    [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]]
)
WHITE = np.array([0.95047, 1.0, 1.08883])
# A role has its shape, too, so fills need only be told apart side by side; phases must be told apart on thin lines.
LEAST_FILL, LEAST_PHASE, LEAST_HEAT = 9.0, 20.0, 10.0


def seen(colour: str, eye: str) -> np.ndarray:
    """CIELAB coordinates of "#rrggbb" as that eye sees it."""
    c = np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    linear = np.where(c <= 0.04045, c / 12.92, ((c + 0.055) / 1.055) ** 2.4)
    t = XYZ @ np.clip(EYES[eye] @ linear, 0, 1) / WHITE
    f = np.where(t > 216 / 24389, np.cbrt(t), (24389 / 27 * t + 16) / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


def distance(first: str, second: str, eye: str) -> float:
    return float(np.linalg.norm(seen(first, eye) - seen(second, eye)))


@pytest.fixture(params=THEMES.values(), ids=list(THEMES))
def theme(request: pytest.FixtureRequest) -> Theme:
    assert isinstance(request.param, Theme)
    return request.param


def test_known_values() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21.0)
    assert luminance("#808080") == pytest.approx(0.2158605, abs=1e-6)  # sRGB mid grey
    assert seen("#ff0000", "trichromat") == pytest.approx([53.24, 80.09, 67.20], abs=0.02)
    assert mixed("#000000", "#ff8000", 0.5) == "#804000"


def test_letters_on_every_fill(theme: Theme) -> None:
    least = 7.0 if theme.name == "contrast" else 4.5
    inks = {name: getattr(theme, name) for name in ("text", "muted", "wrong_text")}
    inks |= {f"{phase} letters": theme.phase_text(phase) for phase in PHASES}
    grounds = {**theme.fills, **{f"{r}, faded": mixed(theme.fills[r], theme.background, 0.65) for r in ROLES}}
    grounds |= {name: getattr(theme, name) for name in ("background", "surface", "plate")}
    poor = {(i, g): contrast(ink, ground) for i, ink in inks.items() for g, ground in grounds.items()}
    assert not {pair: ratio for pair, ratio in poor.items() if ratio < least}


@pytest.mark.parametrize("eye", EYES)
def test_shut_gates(theme: Theme, eye: str) -> None:
    """The grey of a unit that passes nothing on is told from its role's fill, and the number on it can be read."""
    for role in ("activation", "output", "operation"):
        fill = theme.fills[role]
        shade = mixed(theme.muted, fill, SHADED)
        assert distance(shade, fill, eye) >= LEAST_FILL, role
        assert contrast(theme.text, shade) >= 4.5, role


def test_lines_on_every_ground(theme: Theme) -> None:
    lines = {
        n: getattr(theme, n) for n in ("forward", "backward", "update", "right", "wrong", "edge", "rim", "selection")
    }
    assert not {
        (n, g): contrast(line, ground)
        for n, line in lines.items()
        for g, ground in {"background": theme.background, "surface": theme.surface, "plate": theme.plate}.items()
        if contrast(line, ground) < 3.0
    }
    assert min(contrast(theme.rim, fill) for fill in theme.fills.values()) >= 3.0


def test_verdicts_are_letters_too(theme: Theme) -> None:
    for verdict in (theme.right, theme.wrong):
        assert min(contrast(verdict, theme.background), contrast(verdict, theme.surface)) >= 4.5


@pytest.mark.parametrize("eye", EYES)
def test_fills_by_role(theme: Theme, eye: str) -> None:
    roles = [r for r in ROLES if r != "constant"]  # a constant has no fill at all
    for first, second in combinations(roles, 2):
        if theme.hatches[first] == theme.hatches[second]:
            assert distance(theme.fills[first], theme.fills[second], eye) >= LEAST_FILL, (first, second)


@pytest.mark.parametrize("eye", EYES)
def test_lines_by_phase(theme: Theme, eye: str) -> None:
    for first, second in combinations(PHASES, 2):
        assert theme.phase_dash(first) != theme.phase_dash(second)
        if theme.name != "print":
            assert distance(theme.phase(first), theme.phase(second), eye) >= LEAST_PHASE, (first, second)


@pytest.mark.parametrize("eye", EYES)
def test_heat(theme: Theme, eye: str) -> None:
    """The signs are told apart, and the strengths of one sign: to its end it gets steadily lighter or darker."""
    for v in (0.3, 0.6, 1.0):
        assert distance(theme.heat_colour(v), theme.heat_colour(-v), eye) >= LEAST_HEAT
    for sign in (-1, 1):
        lightness = [seen(theme.heat_colour(sign * k / 10), eye)[0] for k in range(11)]
        assert all(np.diff(lightness) > 0) or all(np.diff(lightness) < 0)
        assert distance(theme.heat_colour(0), theme.heat_colour(sign * 0.3), eye) >= LEAST_HEAT


def test_heat_has_ends(theme: Theme) -> None:
    assert theme.heat_colour(-7.0) == theme.heat_colour(-1.0) == theme.heat[0]
    assert theme.heat_colour(7.0) == theme.heat_colour(1.0) == theme.heat[-1]
    assert theme.heat_colour(0.0) == theme.heat[len(theme.heat) // 2]
    assert len(theme.heat) % 2 == 1


def test_print_has_no_colour() -> None:
    theme = THEMES["print"]
    colours = [v for v in vars(theme).values() if isinstance(v, str) and v.startswith("#")]
    colours += [*theme.fills.values(), *theme.heat]
    assert all(c[1:3] == c[3:5] == c[5:7] for c in colours)
    assert len({(theme.fills[r], theme.hatches[r]) for r in ROLES}) >= len(ROLES) - 1


def test_window(theme: Theme) -> None:
    window = window_colours(theme)
    assert all(len(c) == 7 and c.startswith("#") for c in window.values())
    pairs = [
        ("window_text", "window"),
        ("text", "base"),
        ("text", "alternate_base"),
        ("button_text", "button"),
        ("placeholder_text", "base"),
        ("tooltip_text", "tooltip_base"),
        ("highlighted_text", "highlight"),
        ("link", "window"),
        ("link", "base"),
        ("link_visited", "base"),
    ]
    assert not {p: contrast(window[p[0]], window[p[1]]) for p in pairs if contrast(window[p[0]], window[p[1]]) < 4.5}


def test_ink_on_any_ground() -> None:
    for theme in THEMES.values():
        for k in range(-10, 11):
            ground = theme.heat_colour(k / 10)
            assert contrast(theme.ink_on(ground), ground) >= 4.5

"""Typeset formulas: the marks that come out, their places, the boxes of symbols, and what cannot be typeset."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graphviz_models.formula import (
    INDENT,
    Formula,
    bounds,
    broken,
    escape,
    outline,
    outline_d,
    rich,
    tag,
    text,
    typeset,
    untag,
)
from graphviz_models.formula.rich import paragraphs
from graphviz_models.formula.setting import MAX_LATEX, MAX_SOURCE, Style

# One of everything that the sheets' derivations contain.
SAMPLES = [
    r"h_1 = w x_1 + \tanh(h_0)",
    r"\delta_1 = \frac{\partial \mathcal{L}}{\partial h_1} = g \cdot \frac{\partial y}{\partial h_1}",
    r"\delta_2 \left(1 - \tanh^2 h_1\right)",
    r"W_{hh}^{(k)}, W^{\top} \delta \odot \sigma'(s)",
    r"\begin{bmatrix} 0.6 & -0.7 \\ 0.01 & 0.43 \end{bmatrix}",
    r"\begin{pmatrix} x_1 \\ x_2 \end{pmatrix}",
    r"\underbrace{\frac{\partial L}{\partial z}}_{\delta_{\mathrm{out}}}",
    r"\sum_{i=1}^{n} \operatorname{softmax}(x)_i \mathbb{1}_{\{i = j\}}",
    r"-\log\left(1 + e^{-yt}\right) \approx -0.4332",
    r"\text{loss of sample 3: } \mathrm{MSE} = \frac{1}{2} \lVert y - t \rVert^2",
    r"\sqrt{x^2 + y^2} + \overline{h} + \hat{y} \le \infty",
    r"w \leftarrow w - \alpha\,\Delta w, \quad x * y, \dots",
    r"\begin{cases} 1 & x > 0 \\ 0 & \text{otherwise} \end{cases}",
    r"\overrightarrow{AB} + \widehat{x} + \vec{i}",
    r"\frac{\partial^{+} h_2}{\partial w} \in \mathbb{R}^{n \times m}",
]


def ink(formula: Formula) -> tuple[float, float, float, float]:
    """Left, top, right and bottom of everything that is drawn."""
    boxes = [(x, y, x + w, y + h) for x, y, w, h in formula.rules]
    for g in formula.glyphs:
        left, top, right, bottom = bounds(g.outline)
        boxes.append((g.x + left * g.scale, g.y + top * g.scale, g.x + right * g.scale, g.y + bottom * g.scale))
    return min(b[0] for b in boxes), min(b[1] for b in boxes), max(b[2] for b in boxes), max(b[3] for b in boxes)


def is_source(formula: Formula) -> bool:
    """Whether the formula shows LaTeX commands instead of what they mean."""
    backslash = text("\\", 16.0).glyphs[0].outline
    return any(g.outline == backslash for g in formula.glyphs)


@pytest.mark.parametrize("display", [True, False])
@pytest.mark.parametrize("latex", SAMPLES)
def test_typeset(latex: str, display: bool) -> None:
    f = typeset(latex, 16.0, display=display)
    assert f.latex == latex
    assert f.glyphs
    assert not is_source(f)
    assert "\\" not in f.spoken
    left, top, right, bottom = ink(f)
    assert left >= -1e-9
    assert right <= f.width + 1e-9
    assert -top <= f.ascent + 1e-9
    assert bottom <= f.descent + 1e-9
    for g in f.glyphs:
        assert outline(g.outline)[0][0] == "M"
        assert outline(g.outline)[-1] == ("Z",)


def test_places() -> None:
    """A numerator lies above the rule and the denominator below it; a subscript is lower and smaller than its base."""
    f = typeset(r"\frac{a}{b}", 20.0)
    (_, y, width, height), (a, b) = f.rules[0], f.glyphs
    assert a.y < y < y + height < b.y
    assert a.x < width + f.rules[0][0]
    base, script = typeset("h_1", 20.0).glyphs
    assert script.y > base.y == 0.0
    assert script.scale == pytest.approx(0.7 * base.scale)
    assert base.scale == pytest.approx(20.0 / 1000)
    assert typeset(r"\frac{a}{b}", 20.0, display=False).height < f.height


def test_size_scales_everything() -> None:
    small, large = typeset(SAMPLES[1], 10.0), typeset(SAMPLES[1], 30.0)
    assert (large.width, large.ascent, large.descent) == pytest.approx(
        (3 * small.width, 3 * small.ascent, 3 * small.descent)
    )
    assert [v for rule in large.rules for v in rule] == pytest.approx([3 * v for rule in small.rules for v in rule])
    assert [g.x for g in large.glyphs] == pytest.approx([3 * g.x for g in small.glyphs])


def test_true_minus() -> None:
    minus = text("−", 16.0).glyphs[0].outline
    assert typeset("-1", 16.0).glyphs[0].outline == minus
    assert text("-1", 16.0).glyphs[0].outline != minus


def test_digits_of_alphabets() -> None:
    plain = typeset("1", 16.0).glyphs[0].outline
    assert len({plain, *(typeset(rf"\math{a}{{1}}", 16.0).glyphs[0].outline for a in ("bb", "bf", "sf", "tt"))}) == 5
    assert len(typeset(r"\mathbf{12}^2", 16.0).glyphs) == 3


@pytest.mark.parametrize("letter", ["h", "f", r"\hat{y}", r"\mathrm{net}", r"\delta"])
def test_an_index_of_many_digits_is_put_together_from_pairs(letter: str) -> None:
    for number in ("100", "417", "8888", "10203", "0048"):
        found, whole = (
            typeset(f"{letter}_{{{number}}}"),
            typeset(f"{{{letter}_{{{number}}}}}"),
        )  # in braces: all at once
        assert (found.latex, found.spoken) == (f"{letter}_{{{number}}}", whole.spoken)
        assert [glyph.outline for glyph in found.glyphs] == [glyph.outline for glyph in whole.glyphs]
        for one, other in zip(found.glyphs, whole.glyphs, strict=True):
            assert one[1:] == pytest.approx(other[1:])
        assert (found.width, found.ascent, found.descent) == pytest.approx((whole.width, whole.ascent, whole.descent))


def test_cached() -> None:
    assert typeset(SAMPLES[0], 17.0) is typeset(SAMPLES[0], 17)
    assert text("0.5", 17.0) is text("0.5", 17)


@pytest.mark.parametrize(
    "latex",
    [
        r"\frac{a",
        r"\foo{x}",
        "a}",
        r"\begin{bmatrix} 1",
        r"\left( x",
        "{" * 200,
        r"\frac" * 3000,
        "x" * (MAX_LATEX + 1),
        r"\cancel{x}",
        "\ud800",
        r"\textcolor{red",
        "x^{" * 100,
        r"\def\a{\a\a}\a",
        r"\newcommand{\a}{\a}\a",
    ],
)
def test_unreadable_is_shown_as_it_was_typed(latex: str) -> None:
    f = typeset(latex, 16.0)
    shown = " ".join(latex.split())
    expected = text(shown if len(shown) <= MAX_SOURCE else shown[: MAX_SOURCE - 1] + "…", 16.0)
    assert [(g.outline, g.x) for g in f.glyphs] == [(g.outline, g.x) for g in expected.glyphs]
    assert f.latex == latex


@settings(deadline=None, max_examples=150)
@given(st.text(alphabet=st.sampled_from(list("\\{}[]()^_&$#%~'\" abx12=+-.,\n\0é日🙂\u200e\ud800")), max_size=60))
def test_anything_typeset(latex: str) -> None:
    for f in (typeset(latex, 12.0), text(latex, 12.0), *(typeset(one) for one in broken(latex, 12.0, 40.0))):
        assert f.width >= 0
        assert f.height >= 0
    rich(latex)
    untag(latex)


def test_tags() -> None:
    plain = r"\delta_2 \left(1 - \tanh^2 h_1\right)"
    tagged = tag("h[2]", r"\delta_2") + r" \left(1 - \tanh^2 " + tag("h1#1", "h_1") + r"\right)"
    one, other = typeset(plain, 16.0), typeset(tagged, 16.0)
    assert [g.outline for g in one.glyphs] == [g.outline for g in other.glyphs]
    assert [g.x for g in one.glyphs] == pytest.approx([g.x for g in other.glyphs])
    assert [node for node, *_ in other.symbols] == ["h[2]", "h1#1"]
    assert one.symbols == ()
    _, x, y, width, height = other.symbols[0]
    delta, two = other.glyphs[:2]
    left, top, _, _ = bounds(delta.outline)
    _, _, right, bottom = bounds(two.outline)
    assert (x, y) == pytest.approx((delta.x + left * delta.scale, delta.y + top * delta.scale))
    assert (x + width, y + height) == pytest.approx((two.x + right * two.scale, two.y + bottom * two.scale))
    assert untag(tagged) == plain


def test_tags_nest_and_hold_rules() -> None:
    f = typeset(tag("a", rf"\frac{{{tag('b', 'x')}}}{{2}}"), 16.0)
    (a, *outer), (b, *inner) = f.symbols
    assert (a, b) == ("a", "b")
    assert outer[0] <= f.rules[0][0]
    assert outer[0] + outer[2] >= f.rules[0][0] + f.rules[0][2]
    assert outer[1] <= inner[1]
    assert outer[3] > inner[3]


def test_same_node_twice() -> None:
    assert [s[0] for s in typeset(tag("w", "w") + "+" + tag("w", "w"), 16.0).symbols] == ["w", "w"]


@pytest.mark.parametrize(
    ("tagged", "plain"),
    [
        (tag("W", "W_{hh}") + r"^{\top}", r"{W_{hh}}^{\top}"),
        (r"\frac" + tag("a", "x_1") + tag("b", "y_1"), r"\frac{x_1}{y_1}"),
        (r"x \cdot" + tag("a", "w"), r"x \cdot w"),
        ("(" + tag("d", r"\delta") + "x)", r"(\delta x)"),
        (tag("a", tag("b", "x") + "_1") + "'", "{{x}_1}'"),
        (r"\htmlId{a}{x", r"\htmlId{a}{x"),
        ("2" + tag("odd {%} \\ name", "y"), "2y"),
    ],
)
def test_untag(tagged: str, plain: str) -> None:
    assert untag(tagged) == plain


def test_tag_keeps_any_name() -> None:
    name = "odd {%41} \\ name"
    assert [s[0] for s in typeset(tag(name, "y"), 16.0).symbols] == [name]


def test_untag_shows_the_same() -> None:
    for latex in (r"\frac" + tag("a", "x_1") + "2", tag("W", "W_{hh}") + r"^{\top}", tag("d", r"\delta") + "x"):
        assert [g.outline for g in typeset(latex, 9.0).glyphs] == [g.outline for g in typeset(untag(latex), 9.0).glyphs]


def test_text() -> None:
    words = "Pérez: δ₁ = −0.937 → ✓ ✗ 50 % {a_b} $5 & #2 \\ ~ ^ \"'`"
    f = text(words, 16.0)
    visible = [c for c in words if c != " "]
    assert len(f.glyphs) == len(visible)
    assert f.spoken == words
    box = text("日", 16.0).glyphs[0].outline
    assert box not in {g.outline for g in f.glyphs}
    assert [g.outline for g in typeset(escape(words), 16.0).glyphs] == [g.outline for g in f.glyphs]


def test_text_without_a_glyph() -> None:
    """What the font lacks is an empty square, except where Unicode knows a plainer form."""
    box = text("日", 16.0).glyphs[0].outline
    assert [g.outline for g in text("🙂", 16.0).glyphs] == [box]
    lowered, letter = text("ₕ", 16.0).glyphs[0], text("h", 16.0).glyphs[0]
    assert lowered.outline == letter.outline
    assert lowered.y > 0
    assert lowered.scale < letter.scale
    assert text("e\u0301", 16.0).glyphs == text("é", 16.0).glyphs
    assert text("a\tb\nc", 16.0).glyphs == text("a b c", 16.0).glyphs
    assert text("a\u200bb\u202e", 16.0).glyphs == text("ab", 16.0).glyphs
    assert text("", 16.0).width == 0


def test_text_lines_stand_still() -> None:
    sizes = {(text(s, 12.0).ascent, text(s, 12.0).descent) for s in ("0.5", "−0.937", "1e−05", "x", "2.")}
    assert len(sizes) == 1
    assert text("0000", 12.0).width == text("9173", 12.0).width


def test_styles() -> None:
    styles: tuple[Style, ...] = ("upright", "bold", "sans", "mono")
    outlines = {tuple(g.outline for g in text("Ex 1", 16.0, style=style).glyphs) for style in styles}
    assert len(outlines) == 4
    assert all(len(each) == 3 for each in outlines)


def test_outline_as_svg() -> None:
    """The relative path data draws the absolute outline."""
    for f in map(typeset, SAMPLES):
        for g in f.glyphs:
            assert drawn(outline_d(g.outline)) == pytest.approx(absolute(g.outline), abs=1e-6)
    with pytest.raises(KeyError):
        outline("g99999")


def absolute(key: str) -> list[float]:
    return [v for command in outline(key) for v in command if not isinstance(v, str)]


def drawn(data: str) -> list[float]:
    """All coordinates of relative path data, made absolute."""
    out: list[float] = []
    at = start = (0.0, 0.0)
    for name, numbers in re.findall(r"([mlhvqcz])([^mlhvqcz]*)", data):
        values = [float(v) for v in re.findall(r"-?\d*\.?\d+", numbers)]
        if name == "z":
            at = start
        size = {"q": 4, "c": 6}.get(name, 2)
        steps = {"h": [v for step in values for v in (step, 0.0)], "v": [v for step in values for v in (0.0, step)]}
        values = steps.get(name, values)
        for k in range(0, len(values), size):  # the letter stands before the first of several commands alone
            points = [v + at[i % 2] for i, v in enumerate(values[k : k + size])]
            out += points
            at = (points[-2], points[-1])
            if name == "m" and k == 0:
                start = at
    return out


def test_a_long_formula_is_broken_into_lines() -> None:
    latex = r"\delta_1 = \frac{\partial L}{\partial h_1} = g + \delta_2 \left(1 - \tanh^2(h_1)\right) = -0.937 + 0.5"
    assert broken(latex, 16.0, 1000.0) == (latex,)
    lines = [typeset(one, 16.0) for one in broken(latex, 16.0, 170.0)]
    assert len(lines) > 1
    assert lines[0].width <= 170.0
    assert all(one.width <= 170.0 - INDENT * 16.0 for one in lines[1:])
    assert sorted(g.outline for one in lines for g in one.glyphs) == sorted(g.outline for g in typeset(latex).glyphs)


def test_a_line_never_ends_within_brackets() -> None:
    latex = r"y = \left(a + b + c + d + e + f + g + h\right)"
    assert broken(latex, 16.0, 60.0) == ("y ", latex[2:])


def test_broken_formulas_keep_their_symbols() -> None:
    latex = tag("a", "a") + "=" + "+".join(tag(f"x{i}", f"x_{i}") for i in range(9))
    found = [name for one in broken(latex, 16.0, 90.0) for name, *_ in typeset(one).symbols]
    assert found == ["a", *(f"x{i}" for i in range(9))]


@pytest.mark.parametrize(
    ("source", "runs"),
    [
        ("What is $\\delta_1$?", [[("text", "What is "), ("math", "\\delta_1"), ("text", "?")]]),
        ("**Bold** and `code`", [[("bold", "Bold"), ("text", " and "), ("code", "code")]]),
        ("one\ntwo\n\nthree", [[("text", "one two")], [("text", "three")]]),
        ("- a\n- b $x$", [[("text", "• a")], [("text", "• b "), ("math", "x")]]),
        ("5 $ and 6 $ are", [[("text", "5 $ and 6 $ are")]]),
        (r"\$x\$ costs", [[("text", "$x$ costs")]]),
        ("$$a = b$$", [[("math", "a = b")]]),
        ("$a \\$ b$", [[("math", "a \\$ b")]]),
        ("open $x", [[("text", "open $x")]]),
        ("2 * 3 ** 4", [[("text", "2 * 3 ** 4")]]),
        ("`$x$`", [[("code", "$x$")]]),
        ("", []),
        ("\n \n", []),
    ],
)
def test_rich(source: str, runs: list[list[tuple[str, str]]]) -> None:
    assert rich(source) == runs


def test_paragraphs() -> None:
    assert paragraphs("a\n b\n\n* c\nd") == ["a b", "• c d"]

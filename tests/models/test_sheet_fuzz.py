"""Any text at all, however broken, is read or refused with places, and never takes long."""

import time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from graphviz_models.problem import Problem, Problems
from graphviz_models.sheet import exercises, read, source

TEXTS = [source(name)[0] for name, _, _ in exercises()]
PIECES = [
    '"', "'", '"""', "[", "]", "{", "}", "=", ".", ",", "\n", "#", "\\", "1", "-", "e", "nan", "inf", "true", "[[",
    "]]", "h[1]", "(", ")", "**", "@", "é", "λ", "\u200b", "\x00", "\r", "\r\n", "0", "1e400", "9" * 30, "_", "\ud800",
    "\t", "for t in range(3):\n", "def f(a):\n", "return ", "import os\n", "__class__", "[inputs]\n", "[deltas]\n",
    "lambda: 0", "[[questions]]\n", "x = {shape = [3], init = 'normal'}\n", "zeros()", "sum(w, axis=9)",
    "h[10**9]", "range(10**9)",
]  # fmt: skip
SECONDS = 5.0


def assert_read_or_refused(text: str) -> None:
    began = time.process_time()
    found: tuple[Problem, ...] = ()
    try:
        read(text)
    except Problems as problems:
        found = problems.problems
    lines = text.removeprefix("\ufeff").split("\n")
    for problem in found:
        assert 1 <= problem.line <= len(lines)
        assert 1 <= problem.column <= len(lines[problem.line - 1]) + 1
        assert problem.message.isprintable()
    assert time.process_time() - began < SECONDS


@given(st.text())
@settings(max_examples=300, deadline=None)
def test_any_text(text: str) -> None:
    assert_read_or_refused(text)


@given(st.lists(st.sampled_from(PIECES), max_size=30).map("".join))
@settings(max_examples=300, deadline=None)
def test_any_heap_of_pieces(text: str) -> None:
    assert_read_or_refused(text)


@given(st.lists(st.sampled_from(PIECES), max_size=12).map("".join))
@settings(max_examples=300, deadline=None)
def test_any_heap_of_pieces_as_equations(text: str) -> None:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\x00", "0").replace("\r", "\n")
    assert_read_or_refused(f'equations = """\nL = w*w\n{escaped}"""\n[parameters]\nw = 1.0\n')


@st.composite
def broken_exercises(draw: st.DrawFn) -> str:
    """An exercise with a few pieces put in, cut out, or moved."""
    text = draw(st.sampled_from(TEXTS))
    for _ in range(draw(st.integers(1, 3))):
        at = draw(st.integers(0, len(text)))
        to = min(len(text), at + draw(st.integers(0, 30)))
        match draw(st.sampled_from(["in", "out", "move"])):
            case "in":
                text = text[:at] + draw(st.sampled_from(PIECES)) + text[at:]
            case "out":
                text = text[:at] + text[to:]
            case "move":
                there = draw(st.integers(0, len(text)))
                text = text[:there] + text[at:to] + text[there:]
    return text


@given(broken_exercises())
@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.large_base_example])
def test_any_broken_exercise(text: str) -> None:
    assert_read_or_refused(text)


MEBI = 2**20
GIVEN = "\n[parameters]\nw = 1.0\n"
BOMBS = {
    "numbers": "[inputs]\nx = [" + "1,\n" * 340_000 + "]",
    "rows": "[inputs]\nx = [" + "[1],\n" * 200_000 + "]",
    "names": "[inputs]\n" + "".join(f"x{n}=1\n" for n in range(90_000)),
    "members": "[inputs]\nx = {" + ",".join(f"{n}=1" for n in range(1000)) + "}",
    "unknown keys": "".join(f"inputz{n}=1\n" for n in range(60_000)),
    "sections": "".join(f"[s{n}]\n" for n in range(100_000)),
    "questions": "[[questions]]\n" * 70_000,
    "dotted": "".join("a." * 99 + f"b{n}=1\n" for n in range(4_000)),
    "nested": "x = " + "[\n" * 99 + "[" * 1 + "]" * 1 + "]\n" * 99,
    "nested tables": "x = [" + "{a=" * 95 + "1" + "}" * 95 + "]",
    "comment": "#\n" * (MEBI // 2 - 1),
    "escapes": 'title = """' + ("\\u0041" * 1000 + "\n") * 170 + '"""',
    "quotes": 'title = """' + '"" ' * 3000 + '"""',
    "open string": 'title = """' + ("a" * 5000 + "\n") * 200,
    "escaped quotes": ('"\\' * 4999 + "\n") * 100,
    "open texts": 'title = """' + ('\\"""' * 2400 + "\n") * 100,
    "open literals": "title = '''" + ("''x" * 3000 + "\n") * 100,
    "equations": 'equations = """\n' + "".join(f"x{n} = w\n" for n in range(60_000)) + 'L = w"""' + GIVEN,
    "loop": 'equations = """\nS[0] = w\nfor t in range(1, 10**9):\n    S[t] = S[t-1]\nL = S[1]"""' + GIVEN,
    "power tower": 'equations = "L = w*9**9**9**9"' + GIVEN,
    "long integer": f'equations = "L = w*{"9" * 9000}"' + GIVEN,
    "brackets": f'equations = "L = {"(" * 4000}w{")" * 4000}"' + GIVEN,
    "minus": f'equations = "L = {"-" * 9000}w"' + GIVEN,
    "zeros": 'equations = "L = w*sum(zeros((100000, 100000)))"' + GIVEN,
    "outer": 'equations = "L = sum(outer(x, x))*w"' + GIVEN + '[inputs]\nx = {shape = [100000], init = "ones"}\n',
    "large shape": '[inputs]\nx = {shape = [3000000000, 3000000000], init = "ones"}\nequations="L=1"',
    "answer": 'equations = "L = w"' + GIVEN + '[[questions]]\nof = "dL/dw"\nanswer = "sum(zeros((99999, 99999)))"\n',
}


REFUSED = ("loop", "power tower", "long integer", "brackets", "minus", "zeros", "outer", "large shape", "answer")


@pytest.mark.parametrize("name", REFUSED)
def test_a_bomb_is_refused_before_it_is_built(name: str) -> None:
    with pytest.raises(Problems):
        read(BOMBS[name])


@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_is_refused_or_read_within_seconds(name: str) -> None:
    text = BOMBS[name]
    assert len(text) <= MEBI + 1000
    assert_read_or_refused(text)

"""Every mistake in a model file: its line and column, what is wrong, what to write instead, and all of them at once."""

import re

import pytest

from graphviz_models.problem import Problem, Problems
from graphviz_models.sheet import read

MODEL = '''format = 1
title = "t"
equations = """
h[0] = 0
for t in range(1, T + 1):
    h[t] = w*x[t] + tanh(h[t-1])
y = h[1] + h[2]
L = log(1 + exp(-y*c))
"""
[constants]
T = 2
[inputs]
x = {1 = 0.5, 2 = -1.0}
[targets]
c = 1.0
[parameters]
w = 0.8
[deltas]
y = "g"
"h[2]" = "delta_2"
[latex]
c = "t"
[training]
optimizer = "sgd"
[[questions]]
label = "(d)"
of = "dL/dh[1]"
given = ["g", "delta_2"]
answer = "g + delta_2*(1 - tanh(h[1])**2)"
[[tables]]
of = "y"
printed = "-0.02"
[[errata]]
id = "1"
kind = "math"
'''


def problems(text: str) -> tuple[Problem, ...]:
    with pytest.raises(Problems) as caught:
        read(text)
    for problem in caught.value.problems:
        lines = text.split("\n")
        assert 1 <= problem.line <= len(lines)
        assert 1 <= problem.column <= len(lines[problem.line - 1]) + 1
        assert problem.message
        assert problem.message.isprintable()
        assert re.search(":|must|needs", problem.message), "it says what to write instead"
    assert caught.value.problems == tuple(sorted(caught.value.problems, key=lambda p: (p.line, p.column)))
    return caught.value.problems


def test_the_model_that_the_mistakes_are_put_into_has_none() -> None:
    read(MODEL)


MISTAKES = [
    # what stands there, what is written instead, line, column, what is said
    ("format = 1", "format = 2", 1, 1, "write format = 1"),
    ("format = 1", "fromat = 1", 1, 1, "unknown key fromat: did you mean format?"),
    ("format = 1", "colour = 1", 1, 1, "unknown key colour"),
    ('title = "t"', "title = 3", 2, 1, "title must be a text"),
    ('title = "t"', 'title = "t', 2, 11, "a text is not closed"),
    ('title = "t"', 'title = "\\q"', 2, 12, "a backslash in double quotation marks is doubled"),
    ('title = "t"', "title : 3", 2, 7, "a key is followed by ="),
    ('title = "t"', 'title = "\u202e"', 2, 10, "U+202E (right-to-left override)"),
    ('title = "t"', 'title = "t" # \u200b', 2, 15, "U+200B"),
    ('title = "t"', "loss = 'M'", 2, 1, "the loss M is not a variable"),
    ('title = "t"', "loss = 'w'", 2, 1, "the loss w is given"),
    ('equations = """', 'eqations = """', 3, 1, "did you mean equations?"),
    ("    h[t] = w*x[t]", "    h[t] = w*z[t]", 6, 14, "z is not defined"),
    ("tanh(h[t-1])", "tahn(h[t-1])", 6, 21, "tahn is not a function"),
    ("y = h[1] + h[2]", "y = h[1] + w·w", 7, 12, "· does not belong to the language: write w*w"),
    ("y = h[1] + h[2]", "y = h[1] +", 7, None, "cannot be read"),
    ("L = log(1 + exp(-y*c))", "L = ones(3)*y", 8, 1, "sum(L) or mean(L)"),
    ("L = log(1 + exp(-y*c))", "L = y; M = y", 8, None, "name one, loss ="),
    ("[constants]", "[constants", 10, 11, "write ] after its name"),
    ("[constants]", "constants = 3", 10, 1, "write [constants] on a line"),
    ("T = 2", "T = 2\nT = 3", 12, 6, "given twice"),
    ("T = 2", "T = ", 11, 5, "no TOML value"),
    ("T = 2", "T = .5", 11, 5, "a number has a figure before its point: write 0.5"),
    ("T = 2", "T = [1, -.5e2]", 11, 9, "write -0.5e2"),
    ("T = 2", "T = 2 3", 11, 7, "one entry a line"),
    ("T = 2", "T = -2,0", 11, 7, "an array brackets: write -2.0 or [-2, 0]"),
    ("T = 2", "T = 2,3,4", 11, 6, "one entry a line"),
    ("T = 2", "T = 2.0", 5, 19, "integer"),
    ("T = 2", 'T = 2\nloss = "L"', 12, 1, "loss belongs above the first [section]"),
    ("[inputs]", "[input]", 12, 2, "unknown section [input]: did you mean [inputs]?"),
    ("[inputs]", "[inputs]\n[inputs]", 13, None, "twice"),
    ("x = {1 = 0.5, 2 = -1.0}", "x = {}", 13, 1, "x is an empty table"),
    ("x = {1 = 0.5, 2 = -1.0}", "x = {1 = 0,5, 2 = -1.0}", 13, 13, "write 0.5 or [0, 5]"),
    ("x = {1 = 0.5, 2 = -1.0}", "x = {1 = 0.5, 2 = nan}", 13, 15, "must be finite"),
    ("x = {1 = 0.5, 2 = -1.0}", "x = {1 = 0.5, 2 = true}", 13, 15, "truth value"),
    ("x = {1 = 0.5, 2 = -1.0}", "x = {1 = 0.5, 2 = [[1], 2]}", 13, 15, "side by side"),
    ("x = {1 = 0.5, 2 = -1.0}", "x = {1 = 0.5, 2 = [[1], [2, 3]]}", 13, 15, "1 and 2 entries"),
    ("x = {1 = 0.5, 2 = -1.0}", "x = {1 = 0.5, two = 2.0}", 13, 15, "two is not the index of a member"),
    ("x = {1 = 0.5, 2 = -1.0}", "x = {1 = 0.5, 2 = 1.0, 02 = 1.0}", 13, 24, "given twice"),
    ("x = {1 = 0.5, 2 = -1.0}", "x = {1 = 0.5, 2 = {1 = 2}}", 13, 15, "x[2] is a table inside a family"),
    ("x = {1 = 0.5, 2 = -1.0}", "x = {1 = 0.5, 2 = 1, 99999999999999999999 = 1}", 13, 22, "64 bits"),
    ("c = 1.0", 'c = "1.0"', 15, 1, "write 1 without the quotation marks"),
    ("c = 1.0", "c = 1979-05-27", 15, 1, "a date or time"),
    ("c = 1.0", "c = 99999999999999999999", 15, 1, "64 bits"),
    ("[parameters]", "[parametres]", 16, 2, "did you mean [parameters]?"),
    ("w = 0.8", "w = 0.8\nc = 2.0", 18, 1, "c is given in line 15 already"),
    ("w = 0.8", '"w[1]" = 0.8', 17, 1, "write w = {1 = 1.0}"),
    ("w = 0.8", "w = 0.8\nlambda = 1.0", 18, 1, "write another name, such as lambda_"),
    ("w = 0.8", 'w = 0.8\n"a b" = 1.0', 18, 1, "a b is no name"),
    ("w = 0.8", "w = 0.8\ny = 1.0", 7, 1, "y is given a value already"),
    ("w = 0.8", 'w = {init = "ones"}', 17, 1, "shape must be an array of whole numbers"),
    ("w = 0.8", 'w = {shape = [-1], init = "ones"}', 17, 1, "shape must be"),
    ("w = 0.8", "w = {shape = []}", 17, 1, 'init must be one of "normal"'),
    ("w = 0.8", 'w = {shape = [], init = "onse"}', 17, 1, 'did you mean "ones"?'),
    ("w = 0.8", 'w = {shape = [], init = "normal", scale = inf}', 17, 1, "scale must be"),
    ("w = 0.8", 'w = {shape = [], init = "normal", seed = -1}', 17, 1, "seed must be"),
    ("w = 0.8", 'w = {shape = [3], init = "identity"}', 17, 1, "two axes"),
    ("w = 0.8", 'w = {shape = [], init = "ones", size = 3}', 17, 33, "a generator has no key size"),
    ("w = 0.8", 'w = {shape = [4000, 4000], init = "ones"}', 17, 1, "10,000,000 array entries"),
    ('y = "g"', 'z = "g"', 19, 1, "there is no node z"),
    ('y = "g"', 'y = "2g"', 19, 1, "letters, digits and _"),
    ('y = "g"', 'y = "w"', 19, 1, "w already means something else"),
    ('y = "g"', 'y = "delta_2"', 20, 1, "gradient of two nodes"),
    ('c = "t"', 'cc = "t"', 22, 1, "there is no node cc: did you mean c?"),
    ('c = "t"', 'c = "\\\\mathrm{t"', 22, 1, "braces"),
    ('c = "t"', 'c = ""', 22, 1, "LaTeX on one line"),
    ('optimizer = "sgd"', 'optimizer = "adams"', 24, 1, "did you mean"),
    ('optimizer = "sgd"', "learning_rate = -1.0", 24, 1, "learning_rate must be"),
    ('optimizer = "sgd"', "learning_rate = true", 24, 1, "learning_rate must be"),
    ('optimizer = "sgd"', "iterations = 1.5", 24, 1, "iterations must be"),
    ('optimizer = "sgd"', "rate = 1.5", 24, 1, "unknown key rate"),
    ("[[questions]]", "[questions]", 25, 2, "write [[questions]] on a line"),
    ("[[questions]]", "[[question]]", 25, 3, "did you mean [[questions]]?"),
    ('label = "(d)"', "lable = 3", 26, 1, "did you mean label?"),
    ('of = "dL/dh[1]"', 'of = "dL/dh[3]"', 27, 1, "there is no node h[3]"),
    ('of = "dL/dh[1]"', 'of = "dM/dh[1]"', 27, 1, "write dL/dh[1]"),
    ('of = "dL/dh[1]"', 'of = "h[1]"', 27, 1, "h[1] names no gradient"),
    ('of = "dL/dh[1]"', "", 29, 1, "does not say which gradient"),
    ('given = ["g", "delta_2"]', 'given = ["g", "delta_3"]', 28, 1, "did you mean delta_2?"),
    ('given = ["g", "delta_2"]', 'given = ["g"]', 29, 15, 'add "delta_2" to given'),
    ('given = ["g", "delta_2"]', "given = 3", 28, 1, "given must be an array of texts"),
    ('answer = "g + delta_2*(1 - tanh(h[1])**2)"', "", 25, 3, "the question has no answer"),
    ('answer = "g + delta_2*(1 - tanh(h[1])**2)"', "answer = 'g +* 2'", 29, None, "cannot be read"),
    ('answer = "g + delta_2*(1 - tanh(h[1])**2)"', "answer = 'g + foo(2)'", 29, 15, "foo is not a function"),
    ('label = "(d)"', "printed = 'g + (2'", 26, 16, "never closed"),
    ('label = "(d)"', "printed = 'g + open(2)'", 26, 16, "does not belong to the equation language"),
    ('of = "y"', "", 30, 3, "does not say what it holds"),
    ('of = "y"', 'of = "z"', 31, 1, "there is no node z"),
    ('of = "y"', 'of = "y"\nupdate = true', 31, 1, "no parameter"),
    ('of = "y"', 'of = "y"\niteration = 0', 32, 1, "iteration must be"),
    ('printed = "-0.02"', "printed = -0.02", 32, 1, "printed number"),
    ('printed = "-0.02"', 'printed = "x"', 32, 1, "x is no printed number"),
    ('printed = "-0.02"', 'printed = ["1", "2"]', 32, 1, "the shape (2,), and y has ()"),
    ('kind = "math"', 'kind = "maths"', 35, 1, "unknown kind maths"),
    ('kind = "math"', 'printed = "w"', 33, 3, "stand together"),
]


# What these leave undefined is wrong elsewhere as well.
CASCADES = {"constants = 3", "T = 2.0", 'y = "2g"', 'y = "w"', 'y = "delta_2"'}


@pytest.mark.parametrize(("there", "instead", "line", "column", "said"), MISTAKES, ids=[m[1][:40] for m in MISTAKES])
def test_a_mistake_is_told_with_its_place(there: str, instead: str, line: int, column: int | None, said: str) -> None:
    assert MODEL.count(there) >= 1
    found = problems(MODEL.replace(there, instead, 1))
    hits = [p for p in found if said in p.message]
    assert hits, found
    assert (hits[0].line, column and hits[0].column) == (line, column)
    if instead not in CASCADES:
        assert len(found) == 1, found


def test_a_target_that_is_an_integer_has_no_gradient_to_name_or_to_ask_for() -> None:
    text = 'equations = "L = w[c]"\n[parameters]\nw = [1.0, 2.0]\n[targets]\nc = 1\n[deltas]\nc = "g"\n'
    found = problems(text + '[[questions]]\nof = "dL/dc"\nanswer = "1"\n')
    assert [p.line for p in found] == [7, 9]
    assert all("integer" in p.message for p in found)


def test_all_mistakes_are_told_at_once() -> None:
    text = MODEL
    for there, instead in (("format", "fromat"), ("tanh(", "tahn("), ("-1.0}", "nan}"), ('= "sgd"', '= "sdg"')):
        text = text.replace(there, instead, 1)
    assert [p.line for p in problems(text)] == [1, 6, 13, 24]
    assert [p.line for p in problems(text.replace("w = 0.8", "w = []]"))] == [17], "what is no TOML comes alone"


def test_what_a_faulty_value_makes_impossible_is_no_second_mistake() -> None:
    assert [p.line for p in problems(MODEL.replace("w = 0.8", 'w = "a"').replace("-1.0}", "nan}"))] == [13, 17]


@pytest.mark.parametrize(
    ("equations", "line", "column"),
    [
        ('"L = foo(w)"', 1, 18),
        ("'L = foo(w)'", 1, 18),
        ("'''L = foo(w)'''", 1, 20),
        ("'''\nL = foo(w)'''", 2, 5),
        ('"""\n\nL = foo(w)"""', 3, 5),
        ('"""\\\n   \n  L = foo(w)"""', 3, 7),
        ('"""a = w\\nL = foo(w)"""', 1, 27),
        ('"""a = \\\n   w\nL = foo(w)"""', 3, 5),
        ('"\\u004c = foo(w)"', 1, 23),
        ('"λ = 2*w; L = λ + foo(w)"', 1, 31),
        ('"""\r\na = w\r\nL = foo(w)"""', 3, 5),
    ],
)
def test_a_mistake_inside_a_text_is_placed_in_the_file(equations: str, line: int, column: int) -> None:
    with pytest.raises(Problems) as caught:
        read(f"equations = {equations}\n[parameters]\nw = 1.0\n")
    assert [(p.line, p.column) for p in caught.value.problems] == [(line, column)]


@pytest.mark.parametrize(
    ("answer", "line", "column"),
    [
        ("'δ + foo(w)'", 8, 15),
        ("'  δ + foo(w)'", 8, 17),
        ('"""\n\n  foo(w)"""', 10, 3),
        ('"""w +\n  foo(w)"""', 9, 3),
        ('"w + \\u0077*foo(w)"', 8, 22),
    ],
)
def test_a_mistake_inside_an_answer_is_placed_in_the_file(answer: str, line: int, column: int) -> None:
    sections = '[parameters]\nw = 1.0\n[deltas]\nw = "δ"\n[[questions]]\nof = "dL/dw"'
    found = problems(f'equations = "L = w*w"\n{sections}\nanswer = {answer}\ngiven = ["δ"]\n')
    assert [(p.line, p.column) for p in found] == [(line, column)]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("#" * 2**20 + "\n", "larger than 1,024 KiB"),
        ("\ud800", "surrogate"),
        ("#" + "x" * 10_000, "10,000 are allowed"),
        ("x = " + "[" * 101 + "]" * 101, "levels of nesting"),
        ("x = " + "{a = " * 101 + "1" + "}" * 101, "levels of nesting"),
        ("x." * 101 + "y = 1", "more than 100 parts"),
        ("[" + "x." * 101 + "y]", "more than 100 parts"),
        ('a = """' + "[" * 300 + '"""', "no equations"),
        ("# " + "[" * 300, "no equations"),
    ],
)
def test_size_and_nesting_are_looked_at_before_parsing(text: str, said: str) -> None:
    with pytest.raises(Problems, match=re.escape(said)):
        read(text)


def test_very_many_mistakes_are_told_in_bounded_time_and_number() -> None:
    found = problems("[inputs]\n" + "".join(f"x{n} = true\n" for n in range(20_000)))
    assert 1000 <= len(found) <= 1002
    assert "more mistakes" in found[-1].message

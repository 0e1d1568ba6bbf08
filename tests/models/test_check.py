"""The check of a model: what passes, what fails, what is in doubt, and that a broken rule is caught."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from graphviz_models import check
from graphviz_models.check import NodeCheck, Report
from graphviz_models.check.gradients import SAMPLE
from graphviz_models.check.printed import agrees
from graphviz_models.expr import OPS
from graphviz_models.sheet import Sheet, exercises, load, read


def sheet(equations: str, sections: str) -> Sheet:
    return read(f'equations = """\n{equations}\n"""\n{sections}\n')


def report(found: Sheet) -> Report:
    training = found.training
    return check.report(
        found.program,
        found.questions,
        found.tables,
        deltas=found.deltas,
        optimizer=training.optimizer,
        learning_rate=training.learning_rate,
    )


def node(equations: str, sections: str, name: str) -> NodeCheck:
    return {found.node: found for found in report(sheet(equations, sections)).gradients}[name]


@pytest.fixture
def wrong_tanh(monkeypatch: pytest.MonkeyPatch) -> None:
    """A derivative of tanh that is wrong by one part in two thousand."""
    right = OPS["tanh"]

    def wrong(*args: Any, **attrs: Any) -> tuple[Any, ...]:
        assert right.vjp is not None
        return tuple(None if term is None else term * 1.0005 for term in right.vjp(*args, **attrs))

    monkeypatch.setitem(OPS, "tanh", replace(right, vjp=wrong))


class TestGradients:
    @pytest.mark.parametrize("name", [name for name, _, _ in exercises()])
    def test_every_exercise_passes(self, name: str) -> None:
        found = report(load(name))
        assert found.passed
        assert all(g.checked == g.entries and not g.doubtful for g in found.gradients)
        assert max(g.deviation for g in found.gradients) < 1e-7

    def test_every_real_input_target_and_parameter_is_looked_at(self) -> None:
        found = report(
            sheet(
                "L = sum(W[c] * x) + d*w[1]",
                "[inputs]\nx = [1.0, 2.0]\n[targets]\nc = 1\nd = 0.5\n[parameters]\nW = [[1.0, 2.0], [3.0, 4.0]]\n"
                "w = {1 = 3.0, 2 = 1.0}",
            )
        )
        assert [(g.node, g.entries, g.checked) for g in found.gradients] == [
            ("x", 2, 2),
            ("d", 1, 1),
            ("W", 4, 4),
            ("w[1]", 1, 1),
            ("w[2]", 1, 1),
        ]

    @pytest.mark.usefixtures("wrong_tanh")
    def test_a_rule_that_is_slightly_wrong_is_caught(self) -> None:
        found = node("L = sum(tanh(w))", "[parameters]\nw = [0.3, -0.2]", "w")
        assert not found.passed
        assert [entry.index for entry in found.wrong] == [(0,), (1,)]
        assert found.wrong[0].gradient == pytest.approx(1.0005 * (1 - np.tanh(0.3) ** 2))
        assert found.wrong[0].difference == pytest.approx(1 - np.tanh(0.3) ** 2)

    @pytest.mark.parametrize(
        ("equations", "value", "left", "right"),
        [
            ("L = relu(w)", 0.0, 0.0, 1.0),
            ("L = abs(w)", 0.0, -1.0, 1.0),
            ("L = maximum(w, 2*w)", 0.0, 1.0, 2.0),
            ("L = clip(w, -1, 1)", 1.0, 1.0, 0.0),
            ("L = 3*leaky_relu(w - 1, 0.5)", 1.0, 1.5, 3.0),
        ],
    )
    def test_a_kink_is_reported_with_both_slopes_and_does_not_fail(
        self, equations: str, value: float, left: float, right: float
    ) -> None:
        found = node(equations, f"[parameters]\nw = {value}", "w")
        assert found.passed
        if found.doubtful:
            (entry,) = found.doubtful
            assert entry.doubt == "kink"
            assert (entry.left, entry.right) == (pytest.approx(left, abs=1e-6), pytest.approx(right, abs=1e-6))
        else:  # half of both slopes is what the engine says, too
            assert equations.startswith(("L = abs", "L = max"))

    def test_a_kink_beside_the_value_makes_the_step_sizes_disagree(self) -> None:
        found = node("L = relu(w) + relu(w - 1e-5)", "[parameters]\nw = 1e-6", "w")
        assert found.passed
        assert [entry.doubt for entry in found.doubtful] in ([], ["the step sizes disagree"], ["kink"])

    def test_a_jump_does_not_fail(self) -> None:
        found = node("L = where(w > 0, w, 5)", "[parameters]\nw = 0.0", "w")
        assert found.passed
        assert found.doubtful

    @pytest.mark.parametrize("large", ["1e12", "1e16", "1e100"])
    def test_cancellation_does_not_fail(self, large: str) -> None:
        found = node(f"L = ({large} + w) - {large}", "[parameters]\nw = 0.5", "w")
        assert found.passed
        assert [entry.doubt for entry in found.doubtful] == ["cancellation"]

    def test_a_loss_that_is_not_finite_is_not_checkable(self) -> None:
        found = node("L = log(w)", "[parameters]\nw = -1.0", "w")
        assert found.passed
        assert [entry.doubt for entry in found.doubtful] == ["not finite"]

    @pytest.mark.parametrize(
        ("equations", "values"),
        [
            ("L = sum(x)", "[800.0, 0.0, 1e308]"),
            ("L = sum(tan(x))", "[-1.0, -1e308]"),
            ("L = sum(sqrt(relu(x)) + x)", "[1e308, 0.0, -3.0]"),
            ("L = sum(softmax(x*1e300))", "[1e-320, 800.0]"),
        ],
    )
    def test_values_that_no_step_can_vary_do_not_fail(self, equations: str, values: str) -> None:
        assert node(equations, f"[inputs]\nx = {values}", "x").passed

    @pytest.mark.parametrize("value", [1e-7, 1e-3, 1.0, 1e5])
    def test_small_and_large_values_are_checked_on_their_own_scale(self, value: float) -> None:
        found = node("L = log(w)", f"[parameters]\nw = {value}", "w")
        assert found.passed
        assert not found.doubtful

    def test_tolerance_is_relative_to_the_largest_entry(self) -> None:
        found = node("L = 1e6*w[0] + 1e-3*w[1]", "[parameters]\nw = [1.0, 1.0]", "w")
        assert found.passed
        assert not found.doubtful

    def test_a_node_that_the_loss_does_not_depend_on_agrees_at_zero(self) -> None:
        found = node("z = 2*v\nL = w*sum(z - z)", "[parameters]\nw = 1.0\n[inputs]\nv = 1.0\nu = 2.0", "u")
        assert found.passed
        assert found.deviation == 0

    def test_many_entries_are_sampled_the_same_way_every_time(self) -> None:
        text = '[parameters]\nw = {shape = [50, 60], init = "normal"}'
        first, again = (node("L = sum(w**2)", text, "w") for _ in range(2))
        assert (first.entries, first.checked) == (3000, SAMPLE)
        assert first == again

    def test_a_long_program_is_checked_in_bounded_time(self) -> None:
        loop = "S[0] = w\nfor t in range(1, 2001):\n    S[t] = S[t-1] + 0.001*x[t]*S[t-1]\nL = S[2000]"
        members = "\n".join(f"{t} = 0.5" for t in range(1, 2001))
        found = report(sheet(loop, f"[parameters]\nw = 1.0\n[inputs.x]\n{members}"))
        assert found.passed
        assert [(g.entries, g.checked) for g in found.gradients] == [(1, 1)] * 2001

    @pytest.mark.usefixtures("wrong_tanh")
    def test_one_wrong_gradient_among_very_many_is_found(self) -> None:
        members = "\n".join(f"{t} = 0.5" for t in range(1, 1001))
        loop = "S[0] = tanh(x[700])\nfor t in range(1, 1001):\n    S[t] = S[t-1] + 0.01*x[t]\nL = S[1000]"
        found = report(sheet(loop, f"[inputs.x]\n{members}"))
        assert [g.node for g in found.gradients if not g.passed] == ["x[700]"]


class TestAnswers:
    EQUATIONS = "z = W @ x\ny = tanh(z)\nL = sum(y)"
    SECTIONS = """
[inputs]
x = [0.5, -1.0]
[parameters]
W = [[0.1, 0.2], [0.3, 0.4]]
[constants]
k = 1.0
[deltas]
z = "delta"
[[questions]]
"""

    def one(self, question: str) -> check.AnswerCheck:
        (found,) = report(sheet(self.EQUATIONS, self.SECTIONS + question)).answers
        return found

    @pytest.mark.parametrize(
        ("question", "said"),
        [
            ('of = "dL/dz"\nanswer = "1 - tanh(z)**2"', ""),
            ('of = "dL/dz"\nanswer = "k - y**2"', ""),
            ('of = "dL/dW"\ngiven = ["delta"]\nanswer = "outer(delta, x)"', ""),
            ('of = "dL/dW"\ngiven = ["delta"]\nanswer = "outer(x, delta)"', "at [0, 1]"),
            ('of = "dL/dW"\ngiven = ["delta"]\nanswer = "delta"', "it has the shape (2,), dL/dW has (2, 2)"),
            ('of = "dL/dz"\nanswer = "1 - tanh(z)"', "at [0]"),
            ('of = "dL/dz"\nanswer = "(1 - tanh(z)**2)*(1 + 1e-8)"', "at [0]"),
            ('of = "dL/dz"\nanswer = "(1 - tanh(z)**2)*(1 + 1e-11)"', ""),
            ('of = "dL/dL"\nanswer = "1"', ""),
            ('jacobian = {of = "y", wrt = "z"}\nanswer = "diag(1 - y**2)"', ""),
            ('jacobian = {of = "y", wrt = "x"}\nanswer = "diag(1 - y**2) @ W"', ""),
            ('jacobian = {of = "y", wrt = "x", immediate = true}\nanswer = "zeros((2, 2))"', ""),
            ('jacobian = {of = "y", wrt = "x", immediate = true}\nanswer = "diag(1 - y**2) @ W"', "it is"),
        ],
    )
    def test_an_answer_has_the_shape_and_the_values(self, question: str, said: str) -> None:
        found = self.one(question)
        assert found.passed == (not said), found.fault
        assert said in found.fault

    def test_a_question_answered_in_words_is_not_checked(self) -> None:
        assert report(sheet(self.EQUATIONS, self.SECTIONS + 'answer_text = "see the drawing"')).answers == ()

    def test_a_tiny_gradient_does_not_hide_a_wrong_answer(self) -> None:
        found = report(sheet("L = 1e-6*w**2", '[parameters]\nw = 1.0\n[[questions]]\nof = "dL/dw"\nanswer = "1e-6*w"'))
        assert not found.passed

    def test_an_infinite_gradient_equals_itself(self) -> None:
        question = '[[questions]]\nof = "dL/dw"\nanswer = "0.5/sqrt(w)"'
        found = report(sheet("L = sqrt(w)", f"[parameters]\nw = 0.0\n{question}"))
        assert found.passed


class TestPrinted:
    @pytest.mark.parametrize(
        ("printed", "value", "agree"),
        [
            ("0.46", 0.4649, True),
            ("0.46", 0.465, True),
            ("0.46", 0.4651, False),
            ("0.460", 0.4606, False),
            ("-0.46", 0.46, False),
            ("\N{MINUS SIGN}0.46", -0.4551, True),
            ("12", 12.49, True),
            ("1.2e-3", 0.00124, True),
            ("1.2e-3", 0.00126, False),
            ("0.5", np.nan, False),
        ],
    )
    def test_a_number_agrees_within_half_a_unit_of_its_last_digit(
        self, printed: str, value: float, agree: bool
    ) -> None:
        assert agrees(printed, value) == agree

    def test_the_practical_s_tables_are_reproduced_but_for_three_numbers(self) -> None:
        found = report(load("practical1-ex2"))
        assert found.numbers == (207, 210)
        wrong = [table for table in found.tables if table.misprints]
        assert [(table.table.iteration, table.table.of, table.right) for table in wrong] == [(1, "w", 0)]
        assert wrong[0].passed
        assert wrong[0].table.erratum

    def test_a_misprint_without_an_erratum_fails(self) -> None:
        model = "[parameters]\nw = 1.0\n[training]\nlearning_rate = 0.25\n"
        tables = '[[tables]]\nof = "w"\niteration = {}\nprinted = "{}"\nupdate = {}\n'
        right = [(1, "1.0", "false"), (1, "0.5", "true"), (2, "0.5", "false"), (2, "0.25", "true"), (40, "0.0", "true")]
        text = model + "".join(tables.format(*row) for row in right)
        assert report(sheet("L = w**2", text)).numbers == (5, 5)
        found = report(sheet("L = w**2", text + tables.format(3, "0.5", "true")))
        assert not found.passed
        assert found.numbers == (5, 6)
        assert found.tables[-1].misprints[0].value == 0.125

    def test_tables_follow_the_sheet_s_optimizer(self) -> None:
        text = '[parameters]\nw = 1.0\n[training]\noptimizer = "momentum"\nlearning_rate = 0.25\n'
        tables = '[[tables]]\nof = "w"\niteration = {}\nprinted = "{}"\n'
        # v = 2, w = 0.5; v = 0.9*2 + 1 = 2.8, w = -0.2
        found = report(sheet("L = w**2", text + tables.format(2, "0.500") + tables.format(3, "-0.200")))
        assert found.numbers == (2, 2)

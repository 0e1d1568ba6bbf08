"""The update that a trace shows: each optimizer's own, from what it remembers, with its rule in letters."""

import numpy as np
import pytest

from graphviz_models.derivation import derivation
from graphviz_models.optimizers import OPTIMIZERS, Descent
from graphviz_models.provenance import provenance
from graphviz_models.sheet import load
from graphviz_models.trace import run
from graphviz_models.train import Run


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("id_", ["sheet9-ex1", "practical1-ex2"])
@pytest.mark.parametrize("iterations", [0, 3])
def test_the_update_shown_is_the_one_that_training_makes(id_: str, optimizer: str, iterations: int) -> None:
    sheet = load(id_)
    training = Run(sheet.program, optimizer, 0.05)
    training.advance(iterations)
    state = training.state()
    trace = run(sheet.program, sheet.notation, state, descent=Descent(0.05, optimizer, state))
    training.advance(1)
    shown = {s.node: s.value for s in trace.steps if s.phase == "update"}
    made = training.parameters()
    assert shown.keys() == made.keys()
    for name, value in made.items():
        np.testing.assert_allclose(shown[name], value, rtol=1e-12, atol=1e-15)


def test_the_rule_is_told_in_letters_and_in_numbers() -> None:
    sheet = load("sheet9-ex1")
    state = {"w": np.array(0.5), "velocity of w": np.array(-0.25)}
    trace = run(sheet.program, sheet.notation, state, descent=Descent(0.1, "momentum", state))
    step = trace.steps[-1]
    told = derivation(trace, step.index)
    assert told.formal.startswith(r"w \leftarrow w - \alpha \, \left(0.9 \, v + ")
    assert told.numeric.startswith(r"0.5 - 0.1 \, (0.9 \cdot (-0.25) ")
    found = provenance(trace, "w", "value", (), updated=True)
    assert found is not None
    assert (found.numeric, found.result) == (told.numeric, told.result)


def test_without_a_rate_there_is_no_update() -> None:
    sheet = load("sheet9-ex1")
    assert all(step.phase != "update" for step in run(sheet.program, sheet.notation).steps)

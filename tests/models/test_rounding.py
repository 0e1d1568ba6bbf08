"""Sums that cancel: what rounding leaves of them is shown as 0, and kept as it was computed."""

from __future__ import annotations

import numpy as np
import pytest

from graphviz_models.derivation import derivation
from graphviz_models.notation import Notation
from graphviz_models.picture import picture
from graphviz_models.program import build
from graphviz_models.trace import Trace, run


def summed(*parts: float) -> Trace:
    """A parameter w whose delta is the sum of the parts, one from each consumer."""
    names = "abcde"[: len(parts)]
    lines = [f"{name} = {name}{name}*w" for name in names]
    given = {f"{name}{name}": part for name, part in zip(names, parts, strict=True)}
    text = "\n".join([*lines, "L = " + " + ".join(names)])
    return run(build(text, given, {}, {"w": 0.0}, {}, "L"), Notation("L"))


def shown_in_the_picture(trace: Trace) -> str:
    words = [label.text for label in picture(trace, len(trace.steps)).every_label()]
    return next(text for text in words if text.startswith("∂L/∂w"))


def test_what_cancels_is_0() -> None:
    trace = summed(-0.3, 0.2, 0.1)
    step = trace.steps[trace.backward_index["w"]]
    assert float(trace.gradients["w"]) == float(step.value)
    assert 0 < abs(float(step.value)) < 1e-15
    assert float(step.shown) == float(trace.delta_shown("w")) == 0
    assert derivation(trace, trace.backward_index["w"]).result == "0"
    assert shown_in_the_picture(trace).endswith("= 0")


@pytest.mark.parametrize("parts", [(0.5, -0.5 + 1e-12), (3e-17,), (1e-17, 2e-17), (0.5, float("inf"))])
def test_what_is_small_but_no_rounding_stays(parts: tuple[float, ...]) -> None:
    trace = summed(*parts)
    step = trace.steps[trace.backward_index["w"]]
    assert np.array_equal(step.shown, step.value)

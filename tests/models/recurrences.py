"""Random recurrent programs for hypothesis: families over time steps, with lags, shared parameters and sums."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from hypothesis import strategies as st

from graphviz_models.program import Program, build

UNARY = [
    "tanh({})", "sigmoid({})", "softplus({})", "sin({})", "0.5*{}", "exp(-square({}))", "relu({})", "logcosh({})",
    "-{}",
    "{}**2/4", "silu({})", "1 - tanh({})**2", "arctan({})", "gelu({})", "leaky_relu({})", "clip({}, -0.9, 0.8)",
]  # fmt: skip
# Nothing jumps where two equal values are compared: `math` and NumPy may round the last bit of a tanh differently.
BINARY = [
    "{} + {}",
    "{} - {}",
    "{}*{}",
    "{}/(2 + cos({}))",
    "maximum({}, {} + 0.1)",
    "where({0} > {1} + 0.0137, {0}, 2*{1})",
]


@dataclass(frozen=True)
class Recurrence:
    """The text of a program with everything given."""

    text: str
    inputs: dict[str, Any]
    targets: dict[str, Any]
    parameters: dict[str, Any]
    width: int

    def build(self) -> Program:
        return build(self.text, self.inputs, self.targets, self.parameters, {"d": self.width}, "L")


class _Writer:
    def __init__(self, draw: Any) -> None:
        self.draw = draw
        self.vectors = draw(st.booleans())
        self.lags = draw(st.sampled_from([1, 1, 2, 3]))
        kinds = ["scalar", "vector"] if self.vectors else ["scalar"]
        self.kind = {f"f{i}": draw(st.sampled_from(kinds)) for i in range(draw(st.integers(1, 4)))}

    def one(self, choices: list[str]) -> str:
        return str(self.draw(st.sampled_from(choices)))

    def atom(self, kind: str, known: list[str]) -> str:
        """A name that may stand in an equation of a step in which `known` have their values."""
        lag = self.draw(st.integers(1, self.lags))
        same = [f for f, k in self.kind.items() if k == kind]
        found = [*(f"{f}[t]" for f in known if f in same), *(f"{f}[t-{lag}]" for f in same)]
        if kind == "scalar":
            found += ["w", "v", "x[t]", "0.7"]
            for f, k in self.kind.items():
                if k == "vector":
                    found += [f"sum({f}[t-1])", f"{f}[t-1][0]", f"{f}[t-1]@b"]
            return self.one(found)
        found += ["b", "y[t]"]
        return self.one(["{}", "W@{}", "V@{}", "softmax({})"]).format(self.one(found))

    def formula(self, kind: str, known: list[str], depth: int) -> str:
        if depth == 0:
            return self.atom(kind, known)
        if self.draw(st.booleans()):
            return self.one(UNARY).format(f"({self.formula(kind, known, depth - 1)})")
        other = kind if self.draw(st.booleans()) else "scalar"
        left, right = (f"({self.formula(k, known, depth - 1)})" for k in (kind, other))
        return self.one(BINARY).format(left, right)

    def start(self, f: str) -> str:
        zero, other = ("zeros(d)", "0.1*b") if self.kind[f] == "vector" else ("0", "v*0.2")
        return self.one([zero, zero, other])


@st.composite
def recurrences(draw: Any) -> Recurrence:
    """Programs of 3 to 40 steps."""
    writer = _Writer(draw)
    steps = draw(st.sampled_from([3, 4, 6, 12, 40]))
    families = list(writer.kind)
    lines = [f"{f}[{-lag}] = {writer.start(f)}" for f in families for lag in range(writer.lags)]
    summed = draw(st.sampled_from([None, *families]))
    lines += ["S[0] = 0", f"for t in range(1, {steps} + 1):"]
    for i, f in enumerate(families):
        inner = writer.formula(writer.kind[f], families[:i], draw(st.integers(1, 3)))
        lines.append(f"    {f}[t] = " + draw(st.sampled_from(["tanh({})", "0.6*({})"])).format(inner))
    whole = {"scalar": "{}", "vector": "sum({})"}
    if summed:
        lines.append("    S[t] = S[t-1] + " + whole[writer.kind[summed]].format(f"{summed}[t]"))
    at = draw(st.sampled_from([steps, steps, 1, steps // 2 + 1]))
    ends = [whole[writer.kind[f]].format(f"{f}[{at}]") for f in families]
    lines.append("L = 0.1*w*v + " + " + ".join([*ends, *([f"S[{steps}]"] if summed else [])]))
    rng = np.random.default_rng(draw(st.integers(0, 999)))
    width = draw(st.sampled_from([2, 3]))
    inputs: dict[str, Any] = {"x": {t: float(rng.normal()) for t in range(steps + 1)}}
    parameters: dict[str, Any] = {"w": 0.4, "v": -0.3}
    if writer.vectors:
        inputs["y"] = {t: rng.normal(size=width) for t in range(steps + 1)}
        parameters.update(
            {name: 0.4 * rng.normal(size=(width, width)) for name in "WV"}, b=0.3 * rng.normal(size=width)
        )
    return Recurrence("\n".join(lines), inputs, {}, parameters, width)

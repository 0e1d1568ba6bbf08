"""Any small program as somebody would write it in PyTorch: its equations one after the other, then `backward()`."""

from collections.abc import Callable, Mapping
from typing import Any

from graphviz_models.expr import Apply, Const, Expr, Var
from graphviz_models.ops.arrays import key_of
from graphviz_models.program import Program

from .networks import Parameters, Run

Attributes = Mapping[str, Any]
INFIX = {"add": "{} + {}", "sub": "{} - {}", "mul": "{} * {}", "div": "{} / {}", "pow": "{} ** {}", "matmul": "{} @ {}"}
CALLS = ("tanh", "exp", "log", "cosh", "relu", "sigmoid")


def pytorch(program: Program, torch: Any) -> tuple[Run, Parameters]:
    """Gradient descent on a program whose operations stand in `written`; raises KeyError for another one."""
    torch.set_num_threads(1)
    things: dict[str, Any] = {"torch": torch, "conv1d": torch.nn.functional.conv1d}
    state = {}
    for i, (name, given) in enumerate(program.given.items()):
        value = given.value.astype(int).tolist() if given.integer else torch.tensor(given.value, dtype=torch.float64)
        if given.role == "parameter":
            state[name] = value.requires_grad_()
        things[f"g{i}"] = value
    names = {name: f"g{i}" for i, name in enumerate(program.given)}
    names.update((e.name, f"v{i}") for i, e in enumerate(program.equations))
    lines = [f"    {names[e.name]} = {written(e.rhs, names, things)}" for e in program.equations]
    source = "\n".join(["def forward():", *lines, f"    return {names[program.loss]}"])
    exec(source, things)
    forward: Callable[[], Any] = things["forward"]

    def run(n: int, rate: float) -> None:
        for _ in range(n):
            forward().backward()
            with torch.no_grad():
                for p in state.values():
                    if p.grad is not None:
                        p -= rate * p.grad
                        p.grad = None

    return run, lambda: {name: p.detach().numpy() for name, p in state.items()}


def written(e: Expr, names: Mapping[str, str], things: dict[str, Any]) -> str:
    """One formula in PyTorch's functions; constant arrays are added to `things`."""
    if isinstance(e, Var):
        return names[e.name]
    if isinstance(e, Const):
        if e.shape == ():
            return repr(float(e.value))
        name = f"c{len(things)}"
        things[name] = things["torch"].tensor(e.value)
        return name
    assert isinstance(e, Apply)
    args = [written(a, names, things) for a in e.args]
    op, attrs = e.op.name, dict(e.attrs)
    if op in INFIX:
        return f"({INFIX[op].format(*args)})"
    if op in CALLS:
        return f"torch.{op}({args[0]})"
    return OTHERS[op](e, args, attrs)


def _index(e: Apply, args: list[str], attrs: Attributes) -> str:
    items = attrs["index"]
    if any(item[0] == "arg" for item in items):
        return f"{args[0]}[{', '.join(args[item[1] + 1] if item[0] == 'arg' else str(item[1]) for item in items)}]"
    return f"{args[0]}[{', '.join(map(repr, key_of(items, ())))}]"


def _convolve(e: Apply, args: list[str], attrs: Attributes) -> str:
    assert attrs.get("mode", "full") == "full"
    signal, kernel = (f"{a}.view(1, 1, -1)" for a in (args[0], f"{args[1]}.flip(0)"))
    return f"conv1d({signal}, {kernel}, padding={e.args[1].shape[0] - 1}).view(-1)"


def _sum(e: Apply, args: list[str], attrs: Attributes) -> str:
    axis, kept = attrs.get("axis"), attrs.get("keepdims", False)
    return f"{args[0]}.sum()" if axis is None and not kept else f"{args[0]}.sum({axis}, keepdim={kept})"


def _softmax(e: Apply, args: list[str], attrs: Attributes) -> str:
    axis = attrs.get("axis")
    assert axis is not None or e.ndim == 1
    return f"torch.softmax({args[0]}, {axis if axis is not None else 0})"


OTHERS: dict[str, Callable[[Apply, list[str], Attributes], str]] = {
    "neg": lambda e, args, attrs: f"(-{args[0]})",
    "transpose": lambda e, args, attrs: f"{args[0]}.T",
    "stack": lambda e, args, attrs: f"torch.stack(({', '.join(args)},), {attrs.get('axis', 0)})",
    "index": _index,
    "convolve": _convolve,
    "sum": _sum,
    "softmax": _softmax,
}

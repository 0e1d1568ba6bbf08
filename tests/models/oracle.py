"""An independent oracle for model files: runs the equations as the Python they look like, under HIPS autograd.

Only for the model files of this test suite: it executes them. It shares nothing with the engine but the file.
"""

import ast
import tomllib
from typing import Any

import autograd.numpy as anp
import numpy as np
from autograd import grad
from autograd.scipy.special import erf, expit, logsumexp

Values = dict[str, Any]


def sigmoid(x: Any) -> Any:
    return expit(x)


def softmax(x: Any, axis: int | None = None) -> Any:
    e = anp.exp(x - anp.max(x, axis=axis, keepdims=True))
    return e / anp.sum(e, axis=axis, keepdims=True)


def convolve(a: Any, v: Any, mode: str = "full") -> Any:
    n, m = len(a), len(v)
    full = [sum(a[i] * v[k - i] for i in range(max(0, k - m + 1), min(k, n - 1) + 1)) for k in range(n + m - 1)]
    first, count = {"full": (0, n + m - 1), "same": ((min(n, m) - 1) // 2, max(n, m))}.get(
        mode, (min(n, m) - 1, abs(n - m) + 1)
    )
    return anp.stack(full[first : first + count])


def norm(x: Any, axis: int | None = None) -> Any:
    return anp.sqrt(anp.sum(x**2, axis=axis))


LANGUAGE: dict[str, Any] = {
    name: getattr(anp, name)
    for name in (
        "exp expm1 log log1p sqrt square abs sign sin cos tan arcsin arccos arctan sinh cosh tanh maximum minimum clip "
        "where sum mean max min prod cumsum dot outer transpose reshape concatenate stack zeros ones trace diag var "
        "std pi e"
    ).split()
} | {
    "sigmoid": sigmoid,
    "softmax": softmax,
    "log_softmax": lambda x, axis=None: x - logsumexp(x, axis=axis, keepdims=True),
    "logsumexp": logsumexp,
    "softplus": lambda x: anp.logaddexp(0.0, x),
    "relu": lambda x: anp.where(x > 0, x, 0.0),
    "leaky_relu": lambda x, slope=0.01: anp.where(x > 0, x, slope * x),
    "silu": lambda x: x * sigmoid(x),
    "gelu": lambda x: 0.5 * x * (1.0 + erf(x / anp.sqrt(2.0))),
    "logcosh": lambda x: anp.logaddexp(x, -x) - anp.log(2.0),
    "erf": erf,
    "norm": norm,
    "convolve": convolve,
    "correlate": lambda a, v, mode="valid": convolve(a, v[::-1], mode),
    "range": range,
    "__builtins__": {},
}


class _Nodes(ast.NodeTransformer):
    """Rewrites ``h[t] = e`` as ``h[t] = _node("h", t, e)`` outside of functions, and collects the names of families."""

    def __init__(self) -> None:
        self.families: set[str] = set()

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        return node

    def visit_Assign(self, node: ast.Assign) -> ast.AST:
        target = node.targets[0]
        if isinstance(target, ast.Subscript):
            assert isinstance(target.value, ast.Name)
            self.families.add(target.value.id)
            name, index = target.value.id, target.slice
        else:
            assert isinstance(target, ast.Name)
            name, index = target.id, ast.Constant(None)
        arguments: list[ast.expr] = [ast.Constant(name), index, node.value]
        node.value = ast.Call(ast.Name("_node", ast.Load()), arguments, [])
        return ast.fix_missing_locations(node)


def _given(value: Any, real: bool) -> Any:
    """A value of the file as an array, a family as a dict of int."""
    if isinstance(value, dict) and "shape" in value:
        shape, scale = tuple(value["shape"]), value.get("scale", 1.0)
        draw = np.random.default_rng(value.get("seed", 0))
        if value["init"] == "normal":
            return scale * draw.standard_normal(shape)
        if value["init"] == "uniform":
            return draw.uniform(-scale, scale, shape)
        if value["init"] == "glorot":
            bound = np.sqrt(6.0 / (shape[0] + shape[-1]))
            return draw.uniform(-bound, bound, shape)
        return {"zeros": np.zeros, "ones": np.ones, "identity": lambda s: np.eye(s[0])}[value["init"]](shape)
    if isinstance(value, dict):
        return {int(k): _given(v, real) for k, v in value.items()}
    array = np.array(value, dtype=float) if real else np.array(value)
    return array if array.ndim else array[()]


def _integer(value: Any) -> bool:
    if isinstance(value, dict):
        return "shape" not in value and all(_integer(v) for v in value.values())
    return all(_integer(v) for v in value) if isinstance(value, list) else isinstance(value, int)


def read(text: str) -> tuple[str, Values, Values]:
    """The equations, the given nodes by name (``x[1]``) and the constants of a model file."""
    data = tomllib.loads(text)
    constants = {k: _given(v, not _integer(v)) for k, v in data.get("constants", {}).items()}
    given: Values = {}
    for section in ("inputs", "targets", "parameters"):
        for name, value in data.get(section, {}).items():
            array = _given(value, section != "targets" or not _integer(value))
            given.update({f"{name}[{k}]": v for k, v in array.items()} if isinstance(array, dict) else {name: array})
    return data["equations"], given, constants


def evaluate(equations: str, given: Values, constants: Values, loss: str) -> tuple[Values, Values]:
    """Values of all nodes outside of functions, and gradients of the loss by each real one of them."""
    rewrite = _Nodes()
    code = compile(rewrite.visit(ast.parse(equations)), "<equations>", "exec")

    def run(change: Values) -> Values:
        """All values, with ``change[node]`` added to each node."""
        values: Values = {}

        def node(name: str, index: int | None, value: Any) -> Any:
            key = name if index is None else f"{name}[{index}]"
            values[key] = value = 1.0 * value + change[key] if key in change else 1.0 * value
            return value

        space: Values = {**LANGUAGE, **{f: {} for f in rewrite.families}, **constants, "_node": node}
        for key, value in given.items():
            value = value + change[key] if key in change else value
            name, _, index = key.rstrip("]").partition("[")
            values[key] = value
            if index:
                space.setdefault(name, {})[int(index)] = value
            else:
                space[name] = value
        exec(code, space)
        return values

    values = run({})
    zeros = {k: np.zeros(np.shape(v)) for k, v in values.items() if np.asarray(v).dtype.kind == "f"}
    return values, grad(lambda change: run(change)[loss])(zeros)

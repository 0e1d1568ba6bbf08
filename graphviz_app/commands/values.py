"""list, evaluate, trace, jacobian: what a model's nodes are and what their derivatives are."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from typing import TYPE_CHECKING, Any

from . import model
from .notation import document, jsonable, line
from .result import Result, UsageError

if TYPE_CHECKING:
    from graphviz_models.program import Program
    from graphviz_models.trace import Step, Trace


def listing_arguments(parser: ArgumentParser) -> None:
    """The arguments of `list`."""
    model.json_argument(parser)


def listing(options: Namespace) -> Result:
    """The built-in exercises."""
    from graphviz_models.sheet import exercises

    found = exercises()
    if options.json:
        return Result(document([{"id": name, "title": title, "source": source} for name, title, source in found]))
    widths = [max(len(row[column]) for row in found) for column in (0, 1)]
    rows = (f"{name:<{widths[0]}}  {title:<{widths[1]}}  {source}".rstrip() for name, title, source in found)
    return Result("\n".join(rows) + "\n")


def evaluate_arguments(parser: ArgumentParser) -> None:
    """The arguments of `evaluate`."""
    model.arguments(parser)
    model.json_argument(parser)


def evaluate(options: Namespace) -> Result:
    """Every value, and the gradient of the loss by every node."""
    from graphviz_models.trace import run

    sheet = model.sheet(options)
    program = sheet.program
    trace = run(program, sheet.notation)
    values = {name: trace.values[name] for name in program.names}
    gradients = {name: trace.gradients[name] for name in program.names if program.is_real(name)}
    if options.json:
        content = {
            "loss": jsonable(values[program.loss]),
            "values": {name: jsonable(value, integer=not program.is_real(name)) for name, value in values.items()},
            "gradients": {name: jsonable(value) for name, value in gradients.items()},
        }
        return Result(document(content))
    width = max(map(len, program.names))
    lines = [line(name, value, width) for name, value in values.items()]
    lines += ["", f"derivatives of {program.loss}:"]
    lines += [line(name, trace.delta_shown(name), width) for name in gradients]
    return Result("\n".join([*lines, *_warning(trace), ""]))


def _warning(trace: Trace) -> list[str]:
    return [f"\nthe first node that is not finite is {trace.first_non_finite}"] if trace.first_non_finite else []


def trace_arguments(parser: ArgumentParser) -> None:
    """The arguments of `trace`."""
    model.arguments(parser)
    model.json_argument(parser)


def trace(options: Namespace) -> Result:
    """Every step in order: what is computed, from what, by which formula."""
    from graphviz_models.trace import run

    sheet = model.sheet(options)
    made = run(sheet.program, sheet.notation)
    if options.json:
        return Result(document({"steps": [_step(made, step) for step in made.steps]}))
    lines = []
    for step in made.steps:
        symbol = step.node if step.phase == "forward" else f"d{sheet.program.loss}/d{step.node}"
        lines.append(f"{step.index:>4}  {step.phase:<8}  " + line(symbol, step.shown).replace("\n", "\n" + " " * 16))
        lines += [
            " " * 18 + line(f"from {c.source}", c.product).replace("\n", "\n" + " " * 18) for c in step.contributions
        ]
    return Result("\n".join([*lines, *_warning(made), ""]))


def _step(trace: Trace, step: Step) -> dict[str, Any]:
    from graphviz_models.derivation import derivation

    return {
        "index": step.index,
        "phase": step.phase,
        "node": step.node,
        "value": jsonable(step.value),
        "latex": derivation(trace, step.index).line,
        "contributions": [
            {
                "from": contribution.source,
                "local": None if contribution.local is None else jsonable(contribution.local),
                "product": jsonable(contribution.product),
            }
            for contribution in step.contributions
        ],
    }


def jacobian_arguments(parser: ArgumentParser) -> None:
    """The arguments of `jacobian`."""
    model.arguments(parser)
    parser.add_argument("--of", required=True, metavar="NODE", help="the node that is differentiated")
    parser.add_argument("--wrt", required=True, metavar="NODE", help="the node it is differentiated by")
    parser.add_argument("--immediate", action="store_true", help="hold every other node fixed")
    model.json_argument(parser)


def jacobian(options: Namespace) -> Result:
    """The derivative of one node by another, of shape [*of, *wrt]."""
    from graphviz_models import calculus
    from graphviz_models.trace import run

    program = model.sheet(options).program
    of, wrt = (_differentiable(options, program, name) for name in (options.of, options.wrt))
    value = calculus.jacobian(program, of, wrt, run(program).values, immediate=options.immediate)
    if options.json:
        content = {"of": of, "wrt": wrt, "shape": list(value.shape), "value": jsonable(value)}
        return Result(document({**content, "immediate": options.immediate}))
    sign = "∂⁺" if options.immediate else "d"
    return Result(line(f"{sign}{of}/{sign}{wrt}", value) + "\n")


def _differentiable(options: Namespace, program: Program, name: str) -> str:
    node = model.node(options, name, program.names)
    if not program.is_real(node):
        raise UsageError(f"{node} is an integer and has no derivative: write its value with a decimal point, 1.0")
    return node

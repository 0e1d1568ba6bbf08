"""One training iteration of a program, ready to run: what the rest of the program sees of generated code."""

from __future__ import annotations

import math
from collections.abc import Container, Mapping, Sequence

import numpy as np

from graphviz_models.calculus import carried_name, delta_name, gradient_program
from graphviz_models.expr import Array, Var, uncollected
from graphviz_models.optimizers import COUNT, OPTIMIZERS, remembered
from graphviz_models.program import Program

from .arrays import ArrayCode
from .code import BEYOND_FLOATS, Code
from .entries import Expansion, NotExpandableError, work
from .floats import FloatCode
from .record import Recorded, completed
from .ssa import CONST, LEAF, RATE, Block

#: Float operations up to which taking arrays apart is considered, and what one costs against one NumPy call.
MOST_WORK, FLOAT_COST, CALL_COST = 2000, 0.016, 0.4


class CompiledStep:
    """Gradient descent on one program, an iteration at a time.

    `state` is what an iteration changes: the parameters and what the optimizer remembers of them, by generated leaf
    names.
    """

    def __init__(
        self, program: Program, optimizer: str = "sgd", *, backend: str | None = None, record: bool = False
    ) -> None:
        self.program = program
        self.optimizer = OPTIMIZERS[optimizer]
        self.names = tuple(n for n, g in program.given.items() if g.role == "parameter" and not g.integer)
        self._block = block = Block()
        lines = gradient_program(program, self.names)
        env = self._given(block, {name for name, _ in lines})
        done: dict[int, int] = {}
        for i, (name, terms) in enumerate(lines):
            block.equation = i
            env[name] = block.total([block.expression(t, env, done) for t in terms])
        self._equations = [name for name, _ in lines]
        self._ends = set(env.values())
        block.equation = -1
        self._loss = env[program.loss]
        self._updates = self._updated(block, env)
        read = [name for name in self.names if name in self._updates]
        self._kept = {name: env[name] for name in (*read, *self._equations)} if record else {}
        self._slow: dict[str, Array] | None = None
        self.code = self._generate(backend)
        self.reset()

    def _given(self, block: Block, lines: Container[str]) -> dict[str, int]:
        """What is given; a parameter without a gradient never changes."""
        env: dict[str, int] = {}
        for name, given in self.program.given.items():
            if name in self.names and (delta_name(name) in lines or carried_name(name) in lines):
                env[name] = block.leaf(name, given.shape)
            else:
                env[name] = block.constant(given.value)
        return env

    def _updated(self, block: Block, env: Mapping[str, int]) -> dict[str, int]:
        """The new value of every leaf that an iteration changes."""
        updates: dict[str, int] = {}
        rate, count = Var("rate"), Var("count")
        local = {"rate": block.leaf(RATE)}
        if self.optimizer.counts:
            local["count"] = block.leaf(COUNT)
            updates[COUNT] = block.apply("add", (local["count"], block.constant(1.0)))
        for name in self.names:
            gradient = env.get(delta_name(name), env.get(carried_name(name)))
            if gradient is None:
                continue
            shape = self.program.shape(name)
            leaves = {kind: remembered(kind, name) for kind in self.optimizer.remembers}
            seen = {**local, "p": env[name], "g": gradient}
            seen.update((kind, block.leaf(leaf, shape)) for kind, leaf in leaves.items())
            last = {kind: Var(kind, shape) for kind in leaves}
            new, kept = self.optimizer.rule(Var("p", shape), Var("g", shape), last, rate, count)
            for kind, leaf in leaves.items():
                updates[leaf] = block.expression(kept[kind], seen)
            updates[name] = block.expression(new, seen)
        return updates

    def _generate(self, backend: str | None) -> Code:
        block = self._block
        if backend == "floats" or (backend is None and len(block) <= 4 * MOST_WORK):
            live = block.live([self._loss, *self._updates.values(), block.leaves[RATE], *self._kept.values()])
            if backend or _small(block, live):
                shapes = {name: block.shapes[block.leaves[name]] for name in self._updates}
                try:
                    return FloatCode(block, self._loss, self._updates, shapes, Expansion(block, live), self._kept)
                except NotExpandableError:
                    if backend:
                        raise
        return ArrayCode(block, self._loss, self._updates, self._equations, self._ends, self._kept)

    def reset(self) -> None:
        """Back to the parameters that the model file gives, nothing remembered."""
        for leaf in self._updates:
            shape = self._block.shapes[self._block.leaves[leaf]]
            value = (
                self.program.given[leaf].value if leaf in self.names else np.full(shape, 1.0 if leaf == COUNT else 0.0)
            )
            self.code.set(leaf, value)

    def step(self, learning_rate: float) -> float:
        """One iteration; the loss before the update. A loss that is not finite changes nothing."""
        self._slow = None
        if not self.code.quiet:
            losses: list[float] = []
            self.advance(1, learning_rate, losses)
            return losses[0]
        try:
            loss = self.code.once(float(learning_rate))
        except BEYOND_FLOATS:
            return self._slowly(learning_rate)
        return loss if loss - loss == 0.0 else self._slowly(learning_rate)

    def advance(self, n: int, learning_rate: float, losses: list[float]) -> None:
        """n iterations, each appending its loss before the update; stops after the first loss that is not finite."""
        done = len(losses) + n
        rate = float(learning_rate)
        with np.errstate(all="ignore"):
            while len(losses) < done:
                self._slow = None
                try:
                    if done - len(losses) == 1:
                        losses.append(self.code.once(rate))
                    else:
                        self.code.repeat(done - len(losses), rate, losses)
                except BEYOND_FLOATS:
                    losses.append(self._slowly(rate))
                else:
                    if not math.isfinite(losses[-1]):
                        losses[-1] = self._slowly(rate)
                if not math.isfinite(losses[-1]):
                    return

    def _slowly(self, rate: float) -> float:
        """One iteration by NumPy's own operations, where floats would raise."""
        leaves = list(self._updates)
        given: dict[str, float | Array] = {leaf: self.code.get(leaf) for leaf in leaves}
        given[RATE] = rate
        loss, *found = self._block.evaluate(given, [self._loss, *self._updates.values(), *self._kept.values()])
        new = found[: len(leaves)]
        self._slow = {name: np.array(value) for name, value in zip(self._kept, found[len(leaves) :], strict=True)}
        if math.isfinite(float(loss)):
            for leaf, value in zip(leaves, new, strict=True):
                self.code.set(leaf, np.asarray(value, dtype=np.float64))
        return float(loss)

    def loss(self) -> float:
        """The loss at the parameters as they are, by NumPy's own operations."""
        given: dict[str, float | Array] = {leaf: self.code.get(leaf) for leaf in self._updates}
        given.update((n, self.program.given[n].value) for n in self.names if n not in given)
        return float(self._block.evaluate(given, [self._loss])[0])

    def parameters(self) -> dict[str, Array]:
        """A copy of every parameter, by node."""
        return {n: self.code.get(n) if n in self._updates else self.program.given[n].value.copy() for n in self.names}

    def state(self) -> dict[str, Array]:
        """A copy of all that an iteration changes: with it, training goes on exactly as it would have."""
        return {leaf: self.code.get(leaf) for leaf in self._updates}

    def set_state(self, state: Mapping[str, Array]) -> None:
        """Goes back to a state that `state` gave."""
        for leaf, value in state.items():
            self.code.set(leaf, value)

    def recorded(self) -> Recorded:
        """Every value and delta of the last iteration, before its update, where the step was compiled to `record`.

        Those that training has no use for, such as the gradients of inputs, are computed now from the others. Raises
        ValueError where nothing is recorded, RuntimeError before the first iteration.
        """
        if not self._kept:
            raise ValueError("this step records nothing: compile it with record=True")
        if self._slow is None and not self.code.ran:
            raise RuntimeError("no iteration has run yet")
        found = {name: self.code.kept(name) if self._slow is None else self._slow[name].copy() for name in self._kept}
        return completed(self.program, found)

    @property
    def source(self) -> str:
        """The generated Python; that of one iteration is generated now where none has run."""
        return self.code.source


def _small(block: Block, live: Sequence[bool]) -> bool:
    """Whether float operations are likely faster than NumPy calls."""
    calls = sum(1 for v, op in enumerate(block.ops) if live[v] and block.shapes[v] and op not in (CONST, LEAF))
    operations = work(block, live)
    return operations <= MOST_WORK and (not calls or operations * FLOAT_COST < calls * CALL_COST)


def compile_step(
    program: Program, optimizer: str = "sgd", *, backend: str | None = None, record: bool = False
) -> CompiledStep:
    """Generates the training iteration of `program`.

    `backend` forces `"floats"` or `"arrays"`; without it the faster one is chosen by the size of the program. With
    `record` every value and delta of the last iteration can be had from `CompiledStep.recorded`. Raises KeyError for an
    unknown optimizer.
    """
    with np.errstate(all="ignore"), uncollected():  # what is constant is computed here
        return CompiledStep(program, optimizer, backend=backend, record=record)

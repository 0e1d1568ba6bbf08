"""A network to be trained, with its contestants: functions that do n iterations of gradient descent at a rate.

Forward, backward, update, every loss kept.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from graphviz_models.calculus import delta_name, gradient_program
from graphviz_models.compile import compile_step
from graphviz_models.expr import evaluate
from graphviz_models.program import Program

Array = np.ndarray[Any, np.dtype[np.float64]]
Run = Callable[[int, float], None]
Parameters = Callable[[], Mapping[str, Any]]


@dataclass
class Network:
    """One network with its contestants; the loss as a function of the parameters is for the libraries."""

    title: str
    program: Program
    start: dict[str, Any]
    loss: Callable[[Any, Mapping[str, Any]], Any] | None = None
    contestants: dict[str, tuple[Run, Parameters]] = field(default_factory=dict)
    scan: Callable[[Any, Mapping[str, Any]], Any] | None = None

    def copy(self) -> dict[str, Any]:
        """The parameters at the start."""
        return {
            name: np.array(value, dtype=float) if np.ndim(value) else float(value) for name, value in self.start.items()
        }

    def generated(self, *, record: bool = False) -> tuple[Run, Parameters]:
        """Ours; with `record` every value and delta of the last iteration can be had as well."""
        step = compile_step(self.program, record=record)

        def run(n: int, rate: float) -> None:
            step.advance(n, rate, [])

        return run, step.parameters

    def walk(self) -> tuple[Run, Parameters]:
        """A loop over the graph: every equation and every delta is looked up and computed from its tree."""
        lines = gradient_program(self.program, list(self.start))
        env: dict[str, Any] = {name: given.value for name, given in self.program.given.items()}

        def run(n: int, rate: float) -> None:
            for _ in range(n):
                for name, terms in lines:
                    env[name] = sum((evaluate(t, env) for t in terms[1:]), evaluate(terms[0], env))
                for name in self.start:
                    env[name] = env[name] - rate * env[delta_name(name)]

        return run, lambda: {name: env[name] for name in self.start}

    def autograd(self) -> tuple[Run, Parameters]:
        """HIPS autograd."""
        import autograd
        import autograd.numpy as anp

        state = self.copy()
        both = autograd.value_and_grad(lambda p: self.loss(anp, p))

        def run(n: int, rate: float) -> None:
            for _ in range(n):
                _, gradient = both(state)
                for name in state:
                    state[name] = state[name] - rate * gradient[name]

        return run, lambda: state

    def torch(self, torch: Any) -> tuple[Run, Parameters]:
        """PyTorch, eagerly."""
        torch.set_num_threads(1)
        state = {
            name: torch.tensor(value, dtype=torch.float64, requires_grad=True) for name, value in self.start.items()
        }

        def run(n: int, rate: float) -> None:
            for _ in range(n):
                self.loss(torch, state).backward()
                with torch.no_grad():
                    for p in state.values():
                        p -= rate * p.grad
                        p.grad = None

        return run, lambda: {name: p.detach().numpy() for name, p in state.items()}

    def jax(self, jax: Any) -> tuple[Run, Parameters]:
        """JAX, compiled ahead of the race."""
        import jax.numpy as jnp

        jax.config.update("jax_enable_x64", True)
        state = {"p": {name: jnp.asarray(value, dtype=jnp.float64) for name, value in self.start.items()}}
        both = jax.value_and_grad(lambda p: (self.scan or self.loss)(jnp, p))

        @jax.jit
        def once(p: Any, rate: float) -> Any:
            value, gradient = both(p)
            return value, {name: p[name] - rate * gradient[name] for name in p}

        def run(n: int, rate: float) -> None:
            for _ in range(n):
                value, state["p"] = once(state["p"], rate)
                value.block_until_ready()

        return run, lambda: state["p"]

"""What a model file holds, once read: the sheet with its program, notation, training and questions."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from graphviz_models.check import Erratum, Question, Table
from graphviz_models.notation import Notation
from graphviz_models.program import Program


@dataclass(frozen=True)
class Training:
    """How a sheet is trained where nothing else is asked for; `optimizer` is a key of ``train.OPTIMIZERS``."""

    optimizer: str = "sgd"
    learning_rate: float = 0.1
    iterations: int = 100


@dataclass(frozen=True, eq=False)
class Sheet:
    """One model file, read and found free of mistakes.

    `name` is the exercise's id or the path as given, `text` the TOML text as it stands in the file. `deltas` maps a
    node to the sheet's name of its gradient. `description`, `notes` and all texts of questions are Markdown with
    ``$...$`` for mathematics.
    """

    name: str
    path: Path | None
    text: str
    title: str
    source: str
    description: str
    notes: str
    equations: str
    program: Program
    notation: Notation
    training: Training = Training()
    deltas: dict[str, str] = field(default_factory=dict)
    questions: tuple[Question, ...] = ()
    tables: tuple[Table, ...] = ()
    errata: tuple[Erratum, ...] = ()

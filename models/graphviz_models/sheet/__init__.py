"""The model file: one TOML text read into a sheet, what is wrong in it said with its place, one value written back."""

from graphviz_models.check import Erratum, Quantity, Question, Table

from .catalogue import exercises, load, source
from .contents import Sheet, Training
from .reader import read
from .write_back import with_value

__all__ = [
    "Erratum",
    "Quantity",
    "Question",
    "Sheet",
    "Table",
    "Training",
    "exercises",
    "load",
    "read",
    "source",
    "with_value",
]

"""What tests read: the built-in exercises and their traces, the model files of courses, the reference values."""

import json
from functools import cache
from pathlib import Path
from typing import Any

from graphviz_models.program import Level
from graphviz_models.sheet import exercises, load
from graphviz_models.trace import Trace, run

DATA = Path(__file__).parents[1] / "data"
#: The ids of the built-in exercises, in their order.
EXERCISES = [id_ for id_, _, _ in exercises()]
#: Model files that are none of the application's.
COURSES = sorted((DATA / "courses").glob("*.toml"))
#: Values of the exercises that were computed without this program, by section.
REFERENCE: dict[str, dict[str, Any]] = {
    section["id"]: section for section in json.loads((DATA / "reference.json").read_text("utf-8"))["exercises"]
}


@cache
def traced(model: str, level: Level = "variables", learning_rate: float | None = None) -> Trace:
    """The trace of a built-in exercise or model file, with the steps of an update where there is a learning rate."""
    sheet = load(model)
    return run(sheet.program.at_level(level), sheet.notation, learning_rate=learning_rate)

"""The formats that are text: SVG and JSON, true to the marks, well-formed, equal from run to run."""

from __future__ import annotations

import json
import subprocess
import sys
import xml.etree.ElementTree as ET
from dataclasses import replace
from pathlib import Path

import pytest

from graphviz_models.export import FORMATS
from graphviz_models.picture import Show, picture
from graphviz_models.theme import DARK
from graphviz_models.trace import run

from .sources import EXERCISES, traced

SVG = "{http://www.w3.org/2000/svg}"
ROLES = {"input", "target", "parameter", "activation", "output", "loss", "operation", "constant", "group"}


def ended(name: str, **rest: object) -> object:
    trace = traced(name)
    return picture(trace, len(trace.steps), **rest)  # type: ignore[arg-type]


def test_the_table_has_every_format_by_suffix() -> None:
    assert {".svg", ".json"} <= set(FORMATS)
    for suffix, entry in FORMATS.items():
        assert suffix in entry.suffixes
        assert suffix.startswith(".")


@pytest.mark.parametrize("name", EXERCISES)
def test_svg_is_well_formed_and_complete(name: str) -> None:
    drawn = ended(name, theme=DARK, show=Show(legend=True, title="T", locals="symbol"))
    tree = ET.fromstring(FORMATS[".svg"].write(drawn))  # type: ignore[arg-type]
    defs = tree.find(f"{SVG}defs")
    assert defs is not None
    defined = [element.get("id") for element in defs]
    assert len(set(defined)) == len(defined)
    used = {(element.get("href") or "")[1:] for element in tree.iter(f"{SVG}use")}
    assert used == set(defined)
    assert not list(tree.iter(f"{SVG}text"))  # no font is needed
    titles = [element.text for element in tree.iter(f"{SVG}title")]
    assert titles[0] == "T"
    for box in drawn.boxes:  # type: ignore[attr-defined]
        assert not box.node or box.title in titles
    assert tree.find(f"{SVG}desc") is not None


def test_svg_is_the_same_bytes_in_another_process() -> None:
    script = (
        "import hashlib, sys\n"
        "from graphviz_models.export import FORMATS\n"
        "from graphviz_models.picture import picture\n"
        "from graphviz_models.sheet import load\n"
        "from graphviz_models.trace import run\n"
        "s = load('assignment3-q1'); t = run(s.program, s.notation); p = picture(t, len(t.steps))\n"
        "print(*(hashlib.sha256(FORMATS[f].write(p)).hexdigest() for f in ('.svg', '.json')))\n"
    )
    models = str(Path(__file__).parents[2] / "models")
    found = {
        subprocess.run(
            [sys.executable, "-c", script],
            env={"PYTHONPATH": models, "PYTHONHASHSEED": seed, "PATH": ""},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(found) == 1


def test_every_text_is_escaped() -> None:
    drawn = replace(ended("sheet9-ex1"), title="<script>&\"'\x00\ud800", description="a < b & c")  # type: ignore[type-var]
    tree = ET.fromstring(FORMATS[".svg"].write(drawn))
    assert (tree.findtext(f"{SVG}title") or "").startswith("<script>&\"' ")
    assert tree.findtext(f"{SVG}desc") == "a < b & c"
    assert not list(tree.iter(f"{SVG}script"))
    assert json.loads(FORMATS[".json"].write(drawn))["description"] == "a < b & c"


def test_no_path_and_no_user_stands_in_a_file() -> None:
    for entry in FORMATS.values():
        written = entry.write(ended("practical1-ex2"))  # type: ignore[arg-type]
        assert str(Path.home()).encode() not in written or str(Path.home()) == "/"
        assert b".toml" not in written


@pytest.mark.parametrize("name", EXERCISES)
def test_json_has_everything_that_is_drawn_where_it_is_drawn(name: str) -> None:
    drawn = ended(name, show=Show(locals="number"))
    read = json.loads(FORMATS[".json"].write(drawn), parse_constant=lambda word: pytest.fail(word))  # type: ignore[arg-type]
    assert (read["width"], read["height"]) == pytest.approx((drawn.width, drawn.height), abs=1e-3)  # type: ignore[attr-defined]
    assert [box["node"] for box in read["boxes"]] == [box.node for box in drawn.boxes]  # type: ignore[attr-defined]
    ids = {box["id"] for box in read["boxes"]}
    for box in read["boxes"]:
        assert box["role"] in ROLES
        assert box["shape"] in {"rect", "ellipse", "diamond", "pill", "circle"}
        assert {"x", "y", "width", "height"} <= set(box)
    for edge, mark in zip(read["edges"], drawn.edges, strict=True):  # type: ignore[attr-defined]
        assert {edge["from"], edge["to"]} <= ids
        for point, (x, y) in zip(edge["points"], mark.points, strict=True):
            assert point == pytest.approx([x, y], abs=1e-3)
    labels = list(drawn.every_label())  # type: ignore[attr-defined]
    assert len(read["labels"]) == len(labels)
    for label, mark in zip(read["labels"], labels, strict=True):
        assert label["text"] == mark.text
        assert label["of"] == (mark.of if isinstance(mark.of, str) else list(mark.of))
        assert label["x"] == pytest.approx(mark.x, abs=1e-3)
        assert label["size"] == pytest.approx(mark.size, abs=1e-3)


def test_json_writes_what_is_not_finite_as_words() -> None:
    from graphviz_models.program import build

    trace = run(build("a = exp(x)\nL = sum(a - a)*w", {"x": [[1000.0, 1.0]]}, {}, {"w": 1.0}, {}))
    read = json.loads(FORMATS[".json"].write(picture(trace, len(trace.steps))))
    values = {
        cell["value"]
        for tensor in read["tensors"]
        if tensor["node"] == "a"
        for cell in tensor["cells"]
        if isinstance(cell["value"], str)
    }
    assert "Infinity" in values

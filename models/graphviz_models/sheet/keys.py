"""Which keys a model file may have, and what kind of value each takes; tables and texts read with these rules."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from .findings import Findings, shown
from .positions import Path

TEXTS = ("title", "source", "description", "notes", "equations", "loss")
VALUES = ("constants", "inputs", "targets", "parameters")
SECTIONS = (*VALUES, "deltas", "latex", "training")
LISTS = ("questions", "tables", "errata")
TOP = ("format", *TEXTS, *SECTIONS, *LISTS)
TRAINING = ("optimizer", "learning_rate", "iterations")
QUESTION = ("label", "text", "of", "jacobian", "given", "answer", "answer_text", "printed", "erratum", "erratum_ids")
JACOBIAN = ("of", "wrt", "immediate")
TABLE = ("title", "iteration", "of", "update", "printed", "erratum", "erratum_ids")
ERRATUM = ("id", "kind", "text", "printed", "right")


def top(data: Mapping[str, Any], findings: Findings) -> dict[str, Any]:
    """The known entries of a whole file that are of the right kind; everything else is a finding.

    A misspelt key counts as the one that was meant, so that nothing else seems to be missing.
    """
    sound: dict[str, Any] = {}
    for key, raw in data.items():
        meant: str | None = key
        if key not in TOP:
            meant = _meant(key, raw, findings)
            findings.add((key,), _unknown(key, raw, meant))
        if meant is not None and (meant == key or meant not in data):
            fault = _fault(meant, raw)
            if fault and meant == key:
                findings.add((key,), fault)
            if not fault:
                sound[meant] = raw
                findings.written[meant] = key
    return sound


def _fault(key: str, raw: object) -> str:
    """What is wrong with the kind of an entry, nothing where it is right."""
    if key in SECTIONS and not isinstance(raw, dict):
        return f"{key} is a section of its own: write [{key}] on a line, and its entries below"
    if key in LISTS and not (isinstance(raw, list) and all(isinstance(entry, dict) for entry in raw)):
        return f"{key} are sections of their own: write [[{key}]] on a line, and the entries of one below"
    if key in TEXTS and not isinstance(raw, str):
        return f"{key} must be a text: write it between quotation marks"
    if key == "format" and (type(raw) is not int or raw != 1):
        return "this program reads format 1: write format = 1"
    return ""


def _meant(key: str, raw: object, findings: Findings) -> str | None:
    """The known key that an unknown one most likely stands for, of its kind first."""
    if isinstance(raw, dict):
        return findings.closest(key, (*SECTIONS, *LISTS))
    if isinstance(raw, list) and any(isinstance(entry, dict) for entry in raw):
        return findings.closest(key, LISTS)
    return findings.closest(key, ("format", *TEXTS))


def _unknown(key: str, raw: object, meant: str | None) -> str:
    if isinstance(raw, dict):
        named = f"unknown section [{shown(key)}]"
        remedy = "the sections are " + ", ".join(f"[{name}]" for name in SECTIONS)
    elif isinstance(raw, list) and any(isinstance(entry, dict) for entry in raw):
        named, remedy = f"unknown section [[{shown(key)}]]", "delete it"
    else:
        named, remedy = f"unknown key {shown(key)}", "delete it"
        if type(raw) in (int, float, list):
            remedy = "a value stands under [inputs], [targets], [parameters] or [constants]"
    form = "[[{}]]" if meant in LISTS else "[{}]" if meant in SECTIONS else "{}"
    return f"{named}: did you mean {form.format(meant)}?" if meant else f"{named}: {remedy}"


def known(table: Mapping[str, Any], path: Path, names: Collection[str], findings: Findings) -> None:
    """Every key of a table that is not among `names` is a finding, placed at that key."""
    for key, raw in table.items():
        if key not in names:
            hint = findings.nearest(key, names)
            if not hint and key in TOP and isinstance(raw, str | int):
                hint = ": it belongs above the first [section]"
            findings.add((*path, key), f"unknown key {shown(key)}{hint or ': the keys here are ' + ', '.join(names)}")


def text(table: Mapping[str, Any], key: str, path: Path, findings: Findings) -> str | None:
    """The text under a key, None where it is missing or no text (a finding)."""
    raw = table.get(key)
    if raw is not None and not isinstance(raw, str):
        findings.add((*path, key), f"{key} must be a text: write it between quotation marks")
        return None
    return raw


def texts(table: Mapping[str, Any], key: str, path: Path, findings: Findings) -> tuple[str, ...]:
    """The array of texts under a key, empty where it is missing or something else (a finding)."""
    raw = table.get(key, [])
    if not isinstance(raw, list) or not all(isinstance(entry, str) for entry in raw):
        findings.add((*path, key), f'{key} must be an array of texts, such as ["g", "delta_2"]')
        return ()
    return tuple(raw)

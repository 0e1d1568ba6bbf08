"""Replaces given values for one run: a node or a constant by a TOML value, before the equations are read."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Mapping
from typing import Any

from . import keys
from .characters import NESTING_LIMIT, inspect
from .findings import Findings, shown
from .positions import Path

_MEMBER = re.compile(r"(\w+)\[\s*(-?\d{1,20})\s*\]")


def set_values(sound: dict[str, Any], settings: Mapping[str, str], findings: Findings) -> dict[Path, str]:
    """Puts every setting in the place of the value that the file gives.

    Returns what to say before a mistake in a value that was set, by the value's path.
    """
    prefixes: dict[Path, str] = {}
    for name, text in settings.items():
        prefix = f"with --set {shown(name)}={shown(text)}: "
        try:
            raw = _value(text)
            path = _replaced(sound, unicodedata.normalize("NFKC", name.strip()), raw, findings)
        except ValueError as mistake:
            findings.add_at(1, 1, prefix + str(mistake))
        else:
            prefixes[path] = prefix
    return prefixes


def _value(text: str) -> object:
    """One TOML value. Raises ValueError with what to write instead."""
    if any("nesting" in problem.message for problem in inspect(text)):
        raise ValueError(f"more than {NESTING_LIMIT} levels of nesting: write it flatter")
    try:
        data = tomllib.loads(f"value = {text}")
    except (ValueError, RecursionError):
        raise ValueError(
            "this is no TOML value: write a number or an array, such as 0.5 or [[1.0, 2.0], [3.0, 4.0]]"
        ) from None
    if len(data) != 1:
        raise ValueError("this is more than one value: write one number or array")
    return data["value"]


def _replaced(sound: dict[str, Any], name: str, raw: object, findings: Findings) -> Path:
    member = _MEMBER.fullmatch(name)
    for section in keys.VALUES:
        table = sound.get(section, {})
        for key in table:
            called = unicodedata.normalize("NFKC", key)
            if called == name:
                sound[section] = {**table, key: raw}
                return section, key
            if member and called == member[1]:
                return _member(sound, (section, key), member, raw)
    given = [key for section in keys.VALUES for key in sound.get(section, {})]
    base = member[1] if member else name
    if re.search(rf"(?<!\w){re.escape(base)}\s*(\[[^\]]*\])?\s*=(?!=)", sound.get("equations", "")):
        raise ValueError(f"{name} is computed by the equations: only what the file gives can be set")
    hint = findings.nearest(name, given)
    raise ValueError(f"the file gives no {shown(name)}{hint or ': set one of ' + ', '.join(given[:8])}")


def _member(sound: dict[str, Any], path: tuple[str, str], member: re.Match[str], raw: object) -> Path:
    section, key = path
    family = sound[section][key]
    if not isinstance(family, dict) or not all(re.fullmatch(r"-?\d{1,20}", index) for index in family):
        raise ValueError(f"{key} is no family: set the whole array, {key}=[…]")
    for index in family:
        if int(index) == int(member[2]):
            sound[section] = {**sound[section], key: {**family, index: raw}}
            return section, key, index
    few = ", ".join(f"{key}[{index}]" for index in list(family)[:8])
    computed = re.search(rf"(?<!\w){re.escape(key)}\s*\[[^\]=]*\]\s*=(?!=)", sound.get("equations", ""))
    what = "may be computed, but is not given" if computed else "is not there"
    raise ValueError(f"the member {key}[{member[2]}] {what}: set one of {few}")

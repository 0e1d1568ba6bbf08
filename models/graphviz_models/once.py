"""What follows from an object is computed once, and kept as long as the object lives."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import TypeVar
from weakref import WeakKeyDictionary

Of = TypeVar("Of")
Found = TypeVar("Found")


def once(compute: Callable[[Of], Found]) -> Callable[[Of], Found]:
    """The function, asked once for each object: one that never changes, and is equal to itself alone."""
    known: WeakKeyDictionary[Of, Found] = WeakKeyDictionary()

    @wraps(compute)
    def found(of: Of) -> Found:
        try:
            return known[of]
        except KeyError:
            return known.setdefault(of, compute(of))

    return found

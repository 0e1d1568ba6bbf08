"""What follows from an object is computed once, and goes with it."""

import gc
import weakref

import pytest

from graphviz_models.once import once


class Thing:
    """Something that follows from nothing else."""


def test_each_object_is_asked_once() -> None:
    asked: list[Thing] = []

    @once
    def found(thing: Thing) -> list[int]:
        """What is found."""
        asked.append(thing)
        return [len(asked)]

    a, b = Thing(), Thing()
    assert found(a) is found(a)
    assert [found(a), found(b), found(a)] == [[1], [2], [1]]
    assert asked == [a, b]
    assert found.__doc__ == "What is found."


def test_what_was_found_goes_with_its_object() -> None:
    @once
    def found(thing: Thing) -> Thing:
        return Thing()

    thing = Thing()
    kept = weakref.ref(found(thing))
    assert kept() is not None
    del thing
    gc.collect()
    assert kept() is None


def test_an_error_is_not_kept() -> None:
    allowed = False

    @once
    def found(thing: Thing) -> str:
        if not allowed:
            raise ValueError(thing)
        return "found"

    thing = Thing()
    with pytest.raises(ValueError, match="Thing"):
        found(thing)
    allowed = True
    assert found(thing) == "found"

"""Blocks: a long row of marks in pieces; one picture shares with the next every piece in which nothing differs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain
from typing import Any, TypeVar, overload

BLOCK = 128  # marks, or nodes and edges with theirs, of one piece

One = TypeVar("One", covariant=True)
Part = TypeVar("Part")


class Blocks(Sequence[One]):
    """A sequence that never changes, in `parts`. It equals any tuple of the same marks."""

    __slots__ = ("_whole", "parts")

    def __init__(self, parts: Iterable[tuple[One, ...]]) -> None:
        self.parts = tuple(parts)
        self._whole: tuple[One, ...] | None = None

    def __iter__(self) -> Iterator[One]:
        return chain.from_iterable(self.parts)

    def __len__(self) -> int:
        return sum(map(len, self.parts))

    @overload
    def __getitem__(self, at: int) -> One: ...
    @overload
    def __getitem__(self, at: slice) -> tuple[One, ...]: ...
    def __getitem__(self, at: int | slice) -> One | tuple[One, ...]:
        if self._whole is None:
            self._whole = tuple(self)
        return self._whole[at]

    def __eq__(self, other: object) -> bool:
        return tuple(self) == tuple(other) if isinstance(other, (Blocks, tuple)) else NotImplemented

    def __hash__(self) -> int:
        return hash(tuple(self))

    def __repr__(self) -> str:
        return repr(tuple(self))


def cut(row: Sequence[Part]) -> list[tuple[Part, ...]]:
    """A row in blocks."""
    return [tuple(row[k : k + BLOCK]) for k in range(0, len(row), BLOCK)]


def recut(blocks: list[tuple[Part, ...]], changed: Mapping[int, Part]) -> list[int]:
    """Put other elements at some places of the row; the numbers of the blocks that are others now."""
    touched: dict[int, list[Any]] = {}
    for place, one in changed.items():
        k = place // BLOCK
        touched.setdefault(k, list(blocks[k]))[place % BLOCK] = one
    for k, block in touched.items():
        blocks[k] = tuple(block)
    return list(touched)

"""Layout: where the nodes of a computation graph go and how its edges run, drawn as a lecturer would draw it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING

from graphviz_models.layout.attempt import Attempt, Task, attempt
from graphviz_models.layout.parts import Item, Layout, Link, Point
from graphviz_models.layout.period import kinds
from graphviz_models.layout.pins import pin
from graphviz_models.layout.scene import Patience
from graphviz_models.layout.sizes import evened, own
from graphviz_models.layout.tiles import tiling, unfold

if TYPE_CHECKING:
    from graphviz_models.layout.tiles import Tiling

__all__ = ["Item", "Layout", "Link", "Point", "arrange"]

_NONE: Mapping[str, Point] = MappingProxyType({})
_SHAPES: Mapping[str, str] = MappingProxyType({})
# of the gaps between ranks, tried in turn while a text finds no free place
_STRETCHES = (1.0, 1.25, 1.6, 2.2, 3.0, 4.2)
_SNUG, _FEW = 8, 400  # attempts, at most, in which labels get no more room than they need; nodes and links then
_SPARSE, _STRAY = 0.9, 5  # of the labels that found no place in the last one, and so many: else that is no use
_MOST = 1000  # nodes and links that all attempts together may have
_BARE, _CROWD = 2, 100  # room for nothing but a label; labels, at most, that find their places together
_CROWDED = 5  # where more than one label in so many found no place, the next but one is tried


def arrange(
    items: Sequence[Item],
    links: Sequence[Link],
    *,
    direction: str = "right",
    pinned: Mapping[str, Point] = _NONE,
    shapes: Mapping[str, str] = _SHAPES,
    snug: bool = False,
) -> Layout:
    """Place `items` and route `links`.

    The drawing runs to the right, or where `direction` is "down" from the top to the bottom. `pinned` boxes have their
    top left corners there, in the coordinates of the layout without pins, whose top left corner is the origin.
    `shapes` are rect, rounded, ellipse, diamond, pill or circle by item; an edge meets a diamond in its corners. Where
    it is to be `snug`, labels get no more room than they need, which takes several attempts. Otherwise they have room
    from the beginning, and where they are not too many, every other edge is clearly farther from them than their own.
    The result depends on nothing but the arguments.
    Raises KeyError where a link names an item that is none.
    """
    down = direction == "down"
    names = kinds(items)
    even = evened(items, names)
    task = Task(even, links, names, shapes, down, True, snug)
    tilings: list[tuple[Tiling, Task]] = []  # with what each was made from: h[10] to h[99], then h[100] to h[999]
    while (found := tiling(task.items, task.links, task.names)) is not None:
        tilings.append((found, task))
        task = Task(found.items, found.links, found.kinds, shapes, down, False, snug)
    best = _best(task)
    laid, starts = best.layout, best.starts
    for few, full in reversed(tilings):
        begin = starts[few.first]
        pitch = begin - starts[few.first - 1]
        laid = unfold(laid, few, [i.id for i in full.items], [k.key for k in full.links], begin, pitch, down)
        later = {c + few.count: at + few.count * pitch for c, at in starts.items() if c >= few.first}
        between = {few.first + k: begin + k * pitch for k in range(few.count)}
        starts = {c: at for c, at in starts.items() if c < few.first} | between | later
    if even is not items:
        laid = own(laid, items, even, links)
    return pin(laid, items, links, shapes, pinned, down) if pinned else laid


def _best(task: Task) -> Attempt:
    """The attempt with the fewest faults: with more and more room, and where time steps are in one another's way,
    without regard to time.
    """
    found: list[Attempt] = []
    patience = Patience()
    labels = sum(1 for link in task.links if link.label)
    times = _MOST // (1 + len(task.items) + len(task.links))
    if labels and len(task.items) + len(task.links) <= _FEW and (task.snug or labels <= _CROWD):
        close = _snug(task)
        if close is not None:
            return close
    stretches = list(_STRETCHES[: max(1, times)])
    while stretches:
        found.append(attempt(task, stretches.pop(0), task.timed, patience))
        if found[-1].faults == (0, 0) or patience.spent:
            break
        if found[-1].crowded > labels / _CROWDED:
            del stretches[:1]
    if times and patience.spent and found[-1].faults != (0, 0):
        found.append(attempt(task, 1.0, task.timed, Patience(0)))  # without any search, all edges run alike
    best = min(found, key=lambda one: one.faults)
    if best.shut and task.timed and task.few:
        best = min(best, attempt(task, 1.0, False, Patience()), key=lambda one: one.shut)
    return best


def _snug(task: Task) -> Attempt | None:
    """The first attempt without faults in which only those labels are given room, or more of it where the task is not
    to be snug, that found none before; where that made nothing wider, those beside them, too, and at last all. None
    where no attempt is without faults, or they become hardly fewer.
    """
    room = {link.key: 0 if task.snug else _BARE for link in task.links if link.label}
    patience, width, stuck = Patience(), 0.0, 0
    least = len(room) if task.snug else len(room) / 2
    for _ in range(_SNUG):
        found = attempt(task, 1.0, task.timed, patience, room)
        if found.faults == (0, 0):
            return found
        more = found.cramped
        if (task.snug and not more) or len(more) > max(_SPARSE * least, _STRAY):
            break
        least, more = len(more), more or frozenset(room)  # where it is the text of a node, all of them
        stuck = stuck + 1 if found.layout.width == width else 0
        if stuck:
            ends = {end for link in task.links if link.key in more for end in (link.source, link.target)}
            more |= {link.key for link in task.links if stuck > 1 or link.source in ends or link.target in ends}
        width = found.layout.width
        room = {key: had + (key in more) for key, had in room.items()}
    return None

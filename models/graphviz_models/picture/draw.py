"""picture(): the marks of a trace at one moment."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from graphviz_models.read import number
from graphviz_models.theme import LIGHT, Theme
from graphviz_models.trace import Trace

from .blocks import Blocks, recut
from .body import has_delta
from .cyclemarks import turn_label
from .drawing import Drawing
from .extras import ring
from .marks import Picture, Point
from .moment import Moment
from .nodes import selected_box
from .plan import plan
from .pulses import pulses
from .show import Show
from .words import plain

_ALL = Show()
_NOWHERE: Mapping[str, Point] = MappingProxyType({})


def picture(
    trace: Trace,
    at: int,
    progress: float = 1.0,
    *,
    theme: Theme = LIGHT,
    show: Show = _ALL,
    digits: int = 4,
    direction: str = "right",
    pinned: Mapping[str, Point] = _NOWHERE,
    selected: str | None = None,
    folded: frozenset[str] = frozenset(),
) -> Picture:
    """The picture after `at` steps (0 to len(trace.steps)), the last of them `progress` (0 to 1) of the way done.

    A pure function. After the last step nothing is lit where that step's delta is none of those that are shown: the
    picture is finished. Places depend on the program, `show`, `digits`, `direction` ("right" or "down"), `pinned` and
    `folded` alone, so no step moves anything; `pinned` has the top left of a node's box, minus Picture.origin, in
    points. `selected` is the node, or the slot of a folded recurrence, that gets the ring of the selection. `folded`
    are ids of folds (see graphviz_models.fold), unknown ones are ignored: the box of a fold has its id as `id` and
    `node`. Where a recurrence is folded the box of a node of it has the name of its slot, "h[t]", as `id`, and as
    `node` the member that is shown, that of the time step which is being worked on; a delay's `node` is the id of the
    recurrence.
    Raises Problems where there are more than 5,000 boxes, with the way out.
    """
    laid = plan(trace.program, trace.notation, show, digits, direction, pinned, folded)
    moment = Moment(trace, at, progress, resting=not _shown(trace, show))
    drawing = Drawing.of(trace, laid, theme, digits)
    scene = drawing.scene(moment)
    still, boxes = drawing.still(show), scene.boxes
    active = [(laid.courses[index], drawing.ends(index)) for index in scene.running]
    moving = pulses(active, moment, lambda field: drawing.obstacles(scene, field), drawing.pen)
    plates = [*still.groups]
    place = drawing.place(selected, scene) if selected else None
    if place is not None:
        box, chosen = scene.node(place)[0], drawing.key(place)
        boxes = boxes.copy()
        recut(boxes, {place: selected_box(box)})
        plates += ring(laid, chosen, (), theme)
    elif selected:
        plates += ring(laid, selected, drawing.courses(selected), theme)
    beside = [*still.title]
    turn = drawing.turn(moment)
    if laid.cyclic is not None and turn is not None:
        beside += turn_label(laid.cyclic, turn, theme)
    key = still.legend
    return Picture(
        laid.width,
        laid.height,
        theme.background,
        Blocks([*boxes, tuple(key.boxes)]),
        Blocks([*scene.lines, tuple([scene.edge(index)[0] for index in scene.running]), tuple(key.edges)]),
        Blocks([*scene.texts, *scene.notes, tuple(beside), tuple(key.labels)]),
        Blocks(scene.tensors),
        moving,
        (*plates, *key.plates),
        show.title,
        _description(trace, moment.at, digits),
        laid.origin,
    )


def _shown(trace: Trace, show: Show) -> bool:
    """Whether what the last step finds is drawn."""
    last = trace.steps[-1] if trace.steps else None
    return last is None or last.phase != "backward" or has_delta(trace.program, trace.notation, last.node, show)


def _description(trace: Trace, at: int, digits: int) -> str:
    """The moment in one sentence."""
    if not at:
        return f"Start: {len(trace.program.given)} nodes are given, {len(trace.program.equations)} are to be computed."
    step = trace.steps[at - 1]
    letter = trace.notation.inline_delta(step.node) if step.phase == "backward" else trace.notation.symbol(step.node)
    shown = (
        number(float(step.shown), digits)
        if step.value.shape == ()
        else f"an array of {'×'.join(map(str, step.value.shape))}"
    )
    return f"Step {at} of {len(trace.steps)}, {step.phase}: {plain(letter)} = {shown}."

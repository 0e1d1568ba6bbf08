"""picture(): the marks of a trace at one moment."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType

from graphviz_models.read import number
from graphviz_models.theme import LIGHT, Theme
from graphviz_models.trace import Trace

from .cyclemarks import turn_label
from .drawing import Drawing
from .extras import group_plates, ring, title_label
from .geometry import Rect
from .legend import legend
from .marks import Box, Label, Picture, Point
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

    A pure function. Places depend on the program, `show`, `digits`, `direction` ("right" or "down"), `pinned` and
    `folded` alone, so no step moves anything; `pinned` has the top left of a node's box, minus Picture.origin, in
    points. `selected` is the node, or the slot of a folded recurrence, that gets the ring of the selection. `folded`
    are ids of folds (see graphviz_models.fold), unknown ones are ignored: the box of a fold has its id as `id` and
    `node`. Where a recurrence is folded the box of a node of it has the name of its slot, "h[t]", as `id`, and as
    `node` the member that is shown, that of the time step which is being worked on; a delay's `node` is the id of the
    recurrence.
    Raises Problems where there are more than 5,000 boxes, with the way out.
    """
    laid = plan(trace.program, trace.notation, show, digits, direction, pinned, folded)
    moment = Moment(trace, at, progress)
    drawing = Drawing.of(trace, laid, theme, digits)
    scene = drawing.scene(moment)
    boxes = [box for box, _, _ in scene.nodes]
    labels = [label for _, texts, _ in scene.nodes for label in texts]
    labels += [label for _, texts in scene.edges for label in texts]
    tensors = [tensor for _, _, several in scene.nodes for tensor in several]
    running = [index for index, (edge, _) in enumerate(scene.edges) if edge.active]
    edges = [edge for edge, _ in scene.edges if not edge.active] + [scene.edges[index][0] for index in running]
    active = [(laid.courses[index], drawing.ends(index)) for index in running]
    moving = pulses(active, moment, () if moment.landed else _occupied(boxes, labels), drawing.pen)
    several = ((key, box) for key, box in zip(laid.bodies, boxes, strict=True) if selected in (key, box.node))
    chosen, ringed = next(several, (None, None)) if selected else (None, None)
    if chosen is not None:
        boxes = [selected_box(box) if box is ringed else box for box in boxes]
    plates = [*group_plates(laid, theme), *ring(laid, chosen, theme)]
    labels += title_label(laid, show, theme)
    turn = drawing.turn(moment)
    if laid.cyclic is not None and turn is not None:
        labels += turn_label(laid.cyclic, turn, theme)
    if laid.legend is not None and laid.legend_entries is not None:
        key = legend(laid.legend_entries, laid.legend, theme)
        boxes += key.boxes
        edges += key.edges
        labels += key.labels
        plates += key.plates
    return Picture(
        laid.width, laid.height, theme.background, tuple(boxes), tuple(edges), tuple(labels), tuple(tensors), moving,
        tuple(plates), show.title, _description(trace, moment, digits), laid.origin,
    )  # fmt: skip


def _occupied(boxes: Sequence[Box], labels: Sequence[Label]) -> Iterator[Rect]:
    yield from ((box.x, box.y, box.width, box.height) for box in boxes)
    yield from (
        (label.x, label.y, label.width, label.height)
        for label in labels
        if label.kind in ("delta", "local", "product", "weight")
    )


def _description(trace: Trace, moment: Moment, digits: int) -> str:
    """The moment in one sentence."""
    step = moment.step
    if step is None:
        return f"Start: {len(trace.program.given)} nodes are given, {len(trace.program.equations)} are to be computed."
    letter = trace.notation.inline_delta(step.node) if step.phase == "backward" else trace.notation.symbol(step.node)
    shown = (
        number(float(step.value), digits)
        if step.value.shape == ()
        else f"an array of {'×'.join(map(str, step.value.shape))}"
    )
    return f"Step {moment.at} of {len(trace.steps)}, {step.phase}: {plain(letter)} = {shown}."

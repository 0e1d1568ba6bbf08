"""The marks of one trace in one plan and theme, each made once for every way it can look."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from weakref import WeakKeyDictionary

from graphviz_models.expr import uncollected
from graphviz_models.fold import recurrence
from graphviz_models.layout.grid import Grid
from graphviz_models.once import once
from graphviz_models.theme import Theme
from graphviz_models.trace import Trace

from .blocks import BLOCK, cut, recut
from .cyclemarks import delay_marks, slot_marks, turned
from .edges import Pair, carried, edge_labels, edge_mark, style
from .extras import group_names, group_plates, title_label
from .foldbox import Folded
from .foldmarks import fold_look, fold_marks
from .geometry import Rect
from .legend import Legend, legend
from .marks import Box, Edge, Label, Plate, Tensor
from .moment import Moment, turns
from .nodes import Marks, Pen, node_marks
from .plan import Course, Plan
from .show import Show

EdgeMarks = tuple[Edge, tuple[Label, ...]]

FAR = 20  # steps from one moment to another that is so different that both are kept
_STANDING = ("delta", "local", "product", "weight")  # labels outside of boxes


@dataclass(frozen=True, eq=False)
class Scene:
    """The marks of all nodes and edges at a moment, in the plan's order, block by block.

    `lines` are the edges along which nothing runs, `running` the numbers of the others; `texts` are labels of nodes,
    `notes` those of edges.
    """

    moment: Moment
    nodes: list[tuple[Marks, ...]]
    edges: list[tuple[EdgeMarks, ...]]
    boxes: list[tuple[Box, ...]]
    texts: list[tuple[Label, ...]]
    tensors: list[tuple[Tensor, ...]]
    lines: list[tuple[Edge, ...]]
    notes: list[tuple[Label, ...]]
    running: tuple[int, ...]

    @staticmethod
    def of(moment: Moment, nodes: Sequence[Marks], edges: Sequence[EdgeMarks]) -> Scene:
        """The scene of these marks."""
        running = tuple(index for index, (edge, _) in enumerate(edges) if edge.active)
        several, courses = cut(nodes), cut(edges)
        return Scene(
            moment,
            several,
            courses,
            [_boxes(block) for block in several],
            [_texts(block) for block in several],
            [_tensors(block) for block in several],
            [_lines(block) for block in courses],
            [_notes(block) for block in courses],
            running,
        )

    def followed(self, moment: Moment, nodes: Mapping[int, Marks], edges: Mapping[int, EdgeMarks]) -> Scene:
        """The scene at another moment, at which some nodes and edges look otherwise."""
        several, courses = self.nodes.copy(), self.edges.copy()
        boxes, texts, tensors = self.boxes.copy(), self.texts.copy(), self.tensors.copy()
        for k in recut(several, nodes):
            boxes[k], texts[k], tensors[k] = _boxes(several[k]), _texts(several[k]), _tensors(several[k])
        lines, notes = self.lines.copy(), self.notes.copy()
        for k in recut(courses, edges):
            lines[k], notes[k] = _lines(courses[k]), _notes(courses[k])
        running = {index for index in self.running if index not in edges}
        running.update(index for index, (edge, _) in edges.items() if edge.active)
        return Scene(moment, several, courses, boxes, texts, tensors, lines, notes, tuple(sorted(running)))

    def node(self, place: int) -> Marks:
        """The marks of the node in this place of the plan."""
        return self.nodes[place // BLOCK][place % BLOCK]

    def edge(self, index: int) -> EdgeMarks:
        """The marks of the course of this number."""
        return self.edges[index // BLOCK][index % BLOCK]


def _boxes(block: Iterable[Marks]) -> tuple[Box, ...]:
    return tuple([box for box, _, _ in block])


def _texts(block: Iterable[Marks]) -> tuple[Label, ...]:
    return tuple(chain.from_iterable([labels for _, labels, _ in block]))


def _tensors(block: Iterable[Marks]) -> tuple[Tensor, ...]:
    return tuple(chain.from_iterable([tensors for _, _, tensors in block]))


def _lines(block: Iterable[EdgeMarks]) -> tuple[Edge, ...]:
    return tuple([edge for edge, _ in block if not edge.active])


def _notes(block: Iterable[EdgeMarks]) -> tuple[Label, ...]:
    return tuple(chain.from_iterable([labels for _, labels in block]))


@dataclass(frozen=True, slots=True)
class Still:
    """The marks that no step touches: groups, title, legend."""

    groups: tuple[Plate, ...]
    title: tuple[Label, ...]
    legend: Legend


class Drawing:
    """Makes scenes; one that follows another is made from it by drawing anew what the steps between them touch."""

    def __init__(self, trace: Trace, laid: Plan, pen: Pen) -> None:
        self.laid = laid
        self.pen = pen
        self._program = trace.program
        self._steps = recurrence(trace.program) if laid.folded or laid.cyclic else None
        self._turns = turns(trace, laid.cyclic.recurrence) if laid.cyclic else None
        own = {*laid.folded} | ({*laid.cyclic.slots, *laid.cyclic.delays} if laid.cyclic else set())
        self._ids = {key: key if key in own else f"b{count}" for count, key in enumerate(laid.bodies, 1)}
        self._keys = list(laid.bodies)
        self._place = {key: place for place, key in enumerate(self._keys)}
        self._boxes: dict[str, list[str]] = {}  # the boxes that look otherwise when this node does, but for its own
        for key, content in laid.folded.items():
            for node in content.fold.members:
                same = self._steps.slot.get(node) if laid.cyclic and self._steps else None
                for one in same.members.values() if same is not None else (node,):
                    self._boxes.setdefault(one, []).append(key)
        self._turning = [*laid.cyclic.slots, *laid.cyclic.delays, *laid.folded] if laid.cyclic else []
        if laid.cyclic:
            for key, slot in laid.cyclic.slots.items():
                for node in slot.members.values():
                    self._boxes.setdefault(node, []).append(key)
        self._sums = laid.cyclic.sums if laid.cyclic else {}
        for key, before in self._sums.items():
            for node in before:
                self._boxes.setdefault(node, []).append(key)
        self._at: dict[str, list[int]] = {}  # the courses that look otherwise when this node does
        for index, course in enumerate(laid.courses):
            touching = {node for pair in course.edges for node in pair}
            if course.lines:
                touching |= {line.node for line in course.lines if line.node}
            for node in touching:
                self._at.setdefault(node, []).append(index)
        self._carried = _carried(laid)
        self._nodes: dict[Hashable, Marks] = {}
        self._folded: dict[tuple[str, int], Folded] = {}
        self._edges: dict[Hashable, Edge] = {}
        self._labels: dict[Hashable, tuple[Label, ...]] = {}
        self._scenes: tuple[Scene, ...] = ()  # the last one, and one far from it
        self._still: tuple[Show, Still] | None = None

    @staticmethod
    def of(trace: Trace, laid: Plan, theme: Theme, digits: int) -> Drawing:
        """The drawing of a trace, made once."""
        several = _DRAWINGS.setdefault(trace, {})
        key = theme.name, digits, id(laid)
        found = several.get(key)
        if found is None or found.laid is not laid:
            for old in list(several)[:-7]:
                several.pop(old, None)
            found = several[key] = Drawing(trace, laid, Pen(trace.notation, theme, digits))
        return found

    def ends(self, index: int) -> tuple[str, str]:
        """The box ids at the ends of a course."""
        course = self.laid.courses[index]
        return self._ids[course.source], self._ids[course.target]

    def scene(self, moment: Moment) -> Scene:
        """The marks at a moment. A scene that has been handed out never changes, so any thread may ask."""
        kept = self._scenes
        last = min(kept, key=lambda one: abs(one.moment.at - moment.at), default=None)
        if last is None:
            with uncollected():
                nodes = [self._node(node, moment) for node in self.laid.bodies]
                found = Scene.of(moment, nodes, [self._edge(index, moment) for index in range(len(self.laid.courses))])
        else:
            touched = set(_between(last.moment, moment))
            keys = touched & self._place.keys() | {key for node in touched for key in self._boxes.get(node, ())}
            indices = {index for node in touched for index in self._at.get(node, ())}
            if self.turn(last.moment) != self.turn(moment):
                keys.update(self._turning)
                indices.update(index for index, course in enumerate(self.laid.courses) if len(course.edges) > 1)
            places = {self._place[key]: self._node(key, moment) for key in keys}
            edges = {index: self._edge(index, moment) for index in indices}
            found = last.followed(
                moment,
                {place: marks for place, marks in places.items() if marks is not last.node(place)},
                {index: marks for index, marks in edges.items() if marks != last.edge(index)},
            )
        # The end is drawn ahead while the beginning is shown: what is near the one is not made from the other.
        far = last is not None and abs(last.moment.at - moment.at) > FAR
        self._scenes = (found, *(one for one in kept if far == (one is last)))[:2]
        return found

    def place(self, selected: str | None, scene: Scene) -> int | None:
        """Where in the plan's order the box with this key stands, or the slot or delay that shows this node."""
        if selected in self._place:
            return self._place[selected]
        shown = (self._place[key] for key in self._turning)
        return next((place for place in shown if scene.node(place)[0].node == selected), None)

    def courses(self, node: str) -> Iterator[Course]:
        """The courses that look otherwise when this node does."""
        return (self.laid.courses[index] for index in self._at.get(node, ()))

    def key(self, place: int) -> str:
        """What stands in this place of the plan's order."""
        return self._keys[place]

    def obstacles(self, scene: Scene, field: Rect) -> Iterator[Rect]:
        """The boxes, and the labels outside of boxes, that stand near a field, and some farther away."""
        for owner in _around(self.laid).rects_in(field):
            if owner >= 0:
                box, labels, _ = scene.node(owner)
                yield box.x, box.y, box.width, box.height
            else:
                labels = scene.edge(-1 - owner)[1]
            for label in labels:
                if label.kind in _STANDING:
                    yield label.x, label.y, label.width, label.height

    def still(self, show: Show) -> Still:
        """What no step touches."""
        if self._still is None or self._still[0] != show:
            laid, theme = self.laid, self.pen.theme
            key = Legend()
            if laid.legend is not None and laid.legend_entries is not None:
                key = legend(laid.legend_entries, laid.legend, theme)
            made = Still(
                tuple(group_plates(laid, theme)), (*title_label(laid, show, theme), *group_names(laid, theme)), key
            )
            self._still = show, made
            return made
        return self._still[1]

    def turn(self, moment: Moment) -> int | None:
        """The time step of a folded recurrence that is shown."""
        return self._turns[moment.at] if self._turns is not None else None

    def _node(self, key: str, moment: Moment) -> Marks:
        laid = self.laid
        corner, beside = laid.corners[key], laid.beside.get(key)
        if key in laid.folded:
            content = self._content(key, self.turn(moment))
            seen = fold_look(content, moment, self._program, self._steps)
            found = self._nodes.get((content, seen))
            if found is None:
                found = fold_marks(content, laid.bodies[key], corner, moment, self.pen, self._program, self._steps)
                self._nodes[content, seen] = found
            return found
        turn = self.turn(moment)
        if turn is not None and laid.cyclic is not None and key in laid.cyclic.delays:
            delay = laid.cyclic.delays[key]
            held = delay.held(turn)
            look: Hashable = (key, turn, held is not None and moment.has_value(held), moment.state(held or ""))
            if look not in self._nodes:
                self._nodes[look] = delay_marks(delay, laid.bodies[key], corner, turn, moment, self.pen)
            return self._nodes[look]
        slot = laid.cyclic.slots.get(key) if laid.cyclic is not None else None
        node = slot.near(turn) if slot is not None and turn is not None else key
        several = (node, *self._sums.get(key, ()))
        state = "active" if moment.step is not None and moment.step.node in several else moment.state(node)
        known = moment.has_value(node), moment.has_update(node), moment.has_delta(node), moment.adding(node)
        look = (key, node, state, state == "active" and moment.phase, known)
        found = self._nodes.get(look)
        if found is None:
            body = laid.bodies[key]
            if slot is None or laid.cyclic is None:
                found = node_marks(body, corner, beside, moment, self.pen, self._ids[key], state)
            else:
                found = slot_marks(slot, node, body, corner, beside, moment, self.pen, laid.cyclic.signs)
            if key in laid.crossed:
                plated = {"delta", "value"} if body.role == "operation" else {"delta"}
                plate = self.pen.theme.plate
                box, labels, tensors = found
                labels = tuple(replace(one, plate=plate) if one.kind in plated else one for one in labels)
                found = box, labels, tensors
            self._nodes[look] = found
        return found

    def _content(self, key: str, turn: int | None) -> Folded:
        """What is in the box of a fold, in a folded recurrence that of the time step."""
        if turn is None or self._steps is None or self.laid.cyclic is None:
            return self.laid.folded[key]
        found = self._folded.get((key, turn))
        if found is None:
            signs = self.laid.cyclic.signs
            found = self._folded[key, turn] = turned(self.laid.folded[key], turn, self._steps, self.pen, signs)
        return found

    def _shown(self, course: Course, moment: Moment) -> Sequence[Pair]:
        """Those edges of a course that belong to the time step that is shown; all of them where none does."""
        edges, turn = course.edges, self.turn(moment)
        if turn is None or self.laid.cyclic is None or len(edges) == 1:
            return edges
        steps = self.laid.cyclic.recurrence
        now = [(a, b) for a, b in edges if steps.turn.get(b, steps.turn.get(a)) == turn]
        return now or edges

    def _edge(self, index: int, moment: Moment) -> EdgeMarks:
        course = self.laid.courses[index]
        shown = self._shown(course, moment)
        styled = style(course, shown, moment)
        edge = self._edges.get((index, styled))
        if edge is None:
            edge = edge_mark(course, styled, self.ends(index), self.pen, carried=index in self._carried)
            self._edges[index, styled] = edge
        if not course.lines:
            return edge, ()
        pair = shown[0]
        known = tuple((moment.has_delta(one.node), moment.has_update(one.node)) for one in course.lines if one.node)
        look = (index, pair, moment.has_value(pair[1]), moment.has_delta(pair[0]), known)
        labels = self._labels.get(look)
        if labels is None:
            labels = self._labels[look] = edge_labels(course, pair, moment, self.ends(index), self.pen)
        return edge, labels


def _between(one: Moment, other: Moment) -> Iterable[str]:
    """The nodes whose turn comes between two moments, and those whose turn it is at one of them."""
    steps = one.ledger.steps
    first, last = min(one.done, other.done, one.at, other.at), max(one.at, other.at)
    yield from (step.node for step in steps[max(first - 1, 0) : last])


@once
def _around(laid: Plan) -> Grid:
    """Where nodes and labels of edges stand: those by their places in the plan, these by −1 less their numbers."""
    found = Grid()
    for place, (key, body) in enumerate(laid.bodies.items()):
        found.add_rect((*laid.corners[key], body.width, body.height), place)
        if key in laid.beside:
            found.add_rect(laid.beside[key], place)
    for index, course in enumerate(laid.courses):
        for one in course.lines:
            found.add_rect(one.place, -1 - index)
    return found


@once
def _carried(laid: Plan) -> frozenset[int]:
    return carried(laid.courses)


_DRAWINGS: WeakKeyDictionary[Trace, dict[Hashable, Drawing]] = WeakKeyDictionary()

"""The marks of one trace in one plan and theme, each made once for every way it can look."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from dataclasses import dataclass, replace
from weakref import WeakKeyDictionary

from graphviz_models.theme import Theme
from graphviz_models.trace import Trace

from .edges import edge_labels, edge_mark, style
from .marks import Edge, Label
from .moment import Moment
from .nodes import Marks, Pen, node_marks
from .plan import Plan

EdgeMarks = tuple[Edge, tuple[Label, ...]]


@dataclass(frozen=True, eq=False)
class Scene:
    """The marks of all nodes and edges at a moment, in the plan's order."""

    moment: Moment
    nodes: list[Marks]
    edges: list[EdgeMarks]


class Drawing:
    """Makes scenes; one that follows another is made from it by drawing anew what the steps between them touch."""

    def __init__(self, laid: Plan, pen: Pen) -> None:
        self.laid = laid
        self.pen = pen
        self._ids = {node: f"b{count}" for count, node in enumerate(laid.bodies, 1)}
        self._place = {node: place for place, node in enumerate(laid.bodies)}
        self._at: dict[str, list[int]] = {}  # the courses that look otherwise when this node does
        for index, course in enumerate(laid.courses):
            for node in {course.source, course.target, *(line.node for line in course.lines if line.node)}:
                self._at.setdefault(node, []).append(index)
        self._nodes: dict[Hashable, Marks] = {}
        self._edges: dict[Hashable, Edge] = {}
        self._labels: dict[Hashable, tuple[Label, ...]] = {}
        self._last: Scene | None = None

    @staticmethod
    def of(trace: Trace, laid: Plan, theme: Theme, digits: int) -> Drawing:
        """The drawing of a trace, made once."""
        several = _DRAWINGS.setdefault(trace, {})
        key = theme.name, digits, id(laid)
        found = several.get(key)
        if found is None or found.laid is not laid:
            for old in list(several)[:-7]:
                several.pop(old, None)
            found = several[key] = Drawing(laid, Pen(trace.notation, theme, digits))
        return found

    def ends(self, index: int) -> tuple[str, str]:
        """The box ids at the ends of a course."""
        course = self.laid.courses[index]
        return self._ids[course.source], self._ids[course.target]

    def scene(self, moment: Moment) -> Scene:
        """The marks at a moment. A scene that has been handed out never changes, so any thread may ask."""
        last = self._last
        if last is None:
            nodes = [self._node(node, moment) for node in self.laid.bodies]
            edges = [self._edge(index, moment) for index in range(len(self.laid.courses))]
            found = Scene(moment, nodes, edges)
        else:
            found = Scene(moment, last.nodes.copy(), last.edges.copy())
            touched = set(_between(last.moment, moment))
            for node in touched & self._place.keys():
                found.nodes[self._place[node]] = self._node(node, moment)
            for index in {index for node in touched for index in self._at.get(node, ())}:
                found.edges[index] = self._edge(index, moment)
        self._last = found
        return found

    def _node(self, node: str, moment: Moment) -> Marks:
        state = moment.state(node)
        known = moment.has_value(node), moment.has_update(node), moment.has_delta(node), moment.adding(node)
        look = (node, state, state == "active" and moment.phase, known)
        found = self._nodes.get(look)
        if found is None:
            laid = self.laid
            body, corner, beside = laid.bodies[node], laid.corners[node], laid.beside.get(node)
            box, labels, tensors = node_marks(body, corner, beside, moment, self.pen, self._ids[node])
            if node in laid.crossed:
                plated = {"delta", "value"} if body.role == "operation" else {"delta"}
                plate = self.pen.theme.plate
                labels = tuple(replace(one, plate=plate) if one.kind in plated else one for one in labels)
            found = self._nodes[look] = box, labels, tensors
        return found

    def _edge(self, index: int, moment: Moment) -> EdgeMarks:
        course = self.laid.courses[index]
        styled = style(course, moment)
        edge = self._edges.get((index, styled))
        if edge is None:
            edge = self._edges[index, styled] = edge_mark(course, styled, self.ends(index), self.pen)
        if not course.lines:
            return edge, ()
        known = tuple((moment.has_delta(one.node), moment.has_update(one.node)) for one in course.lines if one.node)
        look = (index, moment.has_value(course.target), moment.has_delta(course.source), known)
        labels = self._labels.get(look)
        if labels is None:
            labels = self._labels[look] = edge_labels(course, moment, self.ends(index), self.pen)
        return edge, labels


def _between(one: Moment, other: Moment) -> Iterable[str]:
    """The nodes whose turn comes between two moments, and those whose turn it is at one of them."""
    steps = one.ledger.steps
    first, last = min(one.done, other.done, one.at, other.at), max(one.at, other.at)
    yield from (step.node for step in steps[max(first - 1, 0) : last])


_DRAWINGS: WeakKeyDictionary[Trace, dict[Hashable, Drawing]] = WeakKeyDictionary()

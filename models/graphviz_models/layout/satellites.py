"""Satellites: what feeds one node only stands around it, parameters above, inputs and targets below."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

from graphviz_models.layout.lines import straight
from graphviz_models.layout.nodes import Cluster, Node
from graphviz_models.layout.parts import Point
from graphviz_models.layout.scene import Scene

_UPWARD = ("parameter", "constant")
_GAP = 26.0  # between a node's box and its satellite's
_BESIDE = 24.0  # between satellites
_SLOPE = 0.5  # of the line of the outermost one of many
_MOST = 5  # satellites side by side above a node
_DOWN, TARGETS = 3, 2  # below a node, and targets: more of these would be in the way of what comes from below
_TALL = 2  # operations on parameters that stand above one another at most

Sizes = Mapping[tuple[int, int], tuple[float, float]]


def gather(
    nodes: Sequence[Node],
    edges: Iterable[tuple[int, int, int]],
    fed: set[int],
    exits: set[int],
    recurrent: bool,
    labels: Sizes,
    stretch: float = 1.0,
) -> list[Cluster]:
    """Clusters that partition the nodes, every one around its first member.

    `edges` are (source, target, lag); `fed` are nodes that something outside feeds, `exits` those that feed something
    outside.
    `stretch` widens the gaps. In a recurrence whole chains are satellites: what comes from inputs only hangs below,
    what leads out of the recurrence above.
    """
    n = len(nodes)
    before: list[list[tuple[int, int]]] = [[] for _ in range(n)]
    after: list[list[tuple[int, int]]] = [[] for _ in range(n)]
    carried = set()
    for u, v, lag in edges:
        if lag:
            carried.add(u)
        if u != v:
            before[v].append((u, lag))
            after[u].append((v, lag))
    parent: dict[int, int] = {}
    order = sorted(range(n), key=lambda i: nodes[i].order)
    for i in order:
        if not before[i] and i not in fed and i not in exits and len(after[i]) == 1 and after[i][0][1] == 0:
            parent[i] = after[i][0][0]
    _keep_arrays(nodes, parent)
    above = {i for i, node in enumerate(nodes) if node.role in _UPWARD}
    made = set() if recurrent else _made_of_parameters(order, before, after, parent, above, fed | exits)
    above |= made
    for c in set(parent.values()) - made:
        _keep_main_line(c, parent, before, nodes, above, fed, recurrent)
    upward: dict[int, int] = {}
    if recurrent:
        _chains_below(nodes, before, after, parent, fed, exits)
        _chains_above(n, before, after, parent, upward, carried)
    children = {p: [u for u, _ in before[p] if parent.get(u) == p] for p in set(parent.values())}
    riders = {p: i for i, p in upward.items()}
    attached = set(parent) | set(upward)
    stand = _Stand(nodes, children, riders, above, labels, stretch)
    clusters = [_cluster(i, stand) for i in range(n) if i not in attached]
    if not recurrent:
        _hang(clusters, stand)
    return clusters


def _hang(clusters: Iterable[Cluster], stand: _Stand) -> None:
    """Give the clusters that have all their satellites above a form in which they have them below."""
    hanging = replace(stand, above=set())
    for cluster in clusters:
        if cluster.above and not cluster.below:
            cluster.hung = partial(_cluster, cluster.main, hanging)


def _keep_arrays(nodes: Sequence[Node], parent: dict[int, int]) -> None:
    """Release satellites that are entries of an array most of which stand in the layers."""
    arrays: dict[str, list[int]] = {}
    for i, node in enumerate(nodes):
        array, index, entry = node.id.rpartition("[")
        if index and entry.endswith("]"):  # x[2]#1 is an operation on the way to x[2]
            arrays.setdefault(array, []).append(i)
    for entries in arrays.values():
        satellites = [i for i in entries if i in parent]
        if 2 * len(satellites) < len(entries):
            for i in satellites:
                del parent[i]


def _made_of_parameters(
    order: Sequence[int],
    before: Sequence[Sequence[tuple[int, int]]],
    after: Sequence[Sequence[tuple[int, int]]],
    parent: dict[int, int],
    above: set[int],
    outside: set[int],
) -> set[int]:
    """What is computed from parameters alone, for one node that something else feeds, too: it stands above that node,
    with its parameters. In their `order` nodes stand behind what feeds them.
    """
    made: set[int] = set()
    alone: set[int] = set()  # where there is nothing else, these are what is read from left to right
    for i in order:
        if before[i] and all(u in above or u in alone for u, _ in before[i]):
            alone.add(i)
    for _ in range(_TALL):
        for i, sources in enumerate(before):
            if i in parent or i in outside or len(after[i]) != 1 or not sources or after[i][0][1]:
                continue
            consumer = after[i][0][0]
            rest = [u for u, _ in before[consumer] if u != i and u not in above and u not in alone]
            if rest and all(parent.get(u) == i and (u in above or u in made) for u, _ in sources):
                parent[i] = consumer
                made.add(i)
    return made


def _keep_main_line(
    c: int,
    parent: dict[int, int],
    before: Sequence[Sequence[tuple[int, int]]],
    nodes: Sequence[Node],
    above: set[int],
    fed: set[int],
    recurrent: bool,
) -> None:
    """Release satellites of `c` that have to stand left of it: where nothing else does, or where they are too many."""
    leaves = [u for u, _ in before[c] if parent.get(u) == c]
    other = len(before[c]) - len(leaves) + (c in fed)
    downward = [u for u in leaves if u not in above]
    if not other and not recurrent:
        released = downward
        if not downward:
            released = [u for u in leaves if nodes[u].role == "constant"][:1] or leaves[:1]
        elif len(downward) > 1:
            released = [u for u in downward if nodes[u].role == "input"] or downward
        for u in released:
            del parent[u]
        downward = [u for u in downward if u in parent]
    elif not recurrent and (len(downward) > _DOWN or len([u for u in downward if nodes[u].role == "target"]) > TARGETS):
        for u in downward:
            del parent[u]
    upward = [u for u in leaves if u in parent and u in above]
    for u in upward[_MOST:]:
        del parent[u]


def _chains_below(
    nodes: Sequence[Node],
    before: Sequence[Sequence[tuple[int, int]]],
    after: Sequence[Sequence[tuple[int, int]]],
    parent: dict[int, int],
    fed: set[int],
    exits: set[int],
) -> None:
    """In a recurrence, what is computed from the step's inputs alone hangs below what it feeds."""
    changed = True
    while changed:
        changed = False
        for i in range(len(nodes)):
            if i in parent or i in exits or len(after[i]) != 1 or after[i][0][1] or not (before[i] or i in fed):
                continue
            consumer = after[i][0][0]
            if all(parent.get(u) == i for u, _ in before[i]) and any(
                parent.get(u) != consumer and u != i for u, _ in before[consumer]
            ):
                parent[i] = consumer
                changed = True


def _chains_above(
    n: int,
    before: Sequence[Sequence[tuple[int, int]]],
    after: Sequence[Sequence[tuple[int, int]]],
    parent: Mapping[int, int],
    upward: dict[int, int],
    carried: set[int],
) -> None:
    """In a recurrence, a chain that no later step reads stands upon the node that it starts from; `carried` are nodes
    that one reads.
    """
    changed = True
    while changed:
        changed = False
        for u in range(n):
            if u not in carried and any(v in carried for v, _ in after[u]):
                carried.add(u)
                changed = True
    taken: set[int] = set()
    for i in range(n):
        if i in carried or i in parent:
            continue
        sources = [u for u, _ in before[i] if parent.get(u) != i]
        lags = [lag for u, lag in before[i] if u in sources]
        if len(sources) == 1 and not lags[0] and sources[0] not in taken and len([v for v, _ in after[i]]) <= 1:
            upward[i] = sources[0]
            taken.add(sources[0])
    # a chain must be free at its upper end: a node that feeds one outside of the chains stays in the layers
    changed = True
    while changed:
        changed = False
        for i in list(upward):
            if any(upward.get(v) != i for v, _ in after[i]) or (upward[i] not in upward and upward[i] not in carried):
                del upward[i]
                changed = True


@dataclass(frozen=True, slots=True)
class _Stand:
    """What stands around what: `children` are satellites in the order of their links, `riders` chains upon a node;
    those in `above` stand above.
    """

    nodes: Sequence[Node]
    children: Mapping[int, Sequence[int]]
    riders: Mapping[int, int]
    above: set[int]
    labels: Sizes
    stretch: float


def _cluster(i: int, stand: _Stand, chained: bool = False) -> Cluster:
    nodes = stand.nodes
    cluster = Cluster([(i, 0.0, 0.0)])
    cluster.measure(nodes)
    leaves = [_cluster(c, stand) for c in stand.children.get(i, ())]
    rider = stand.riders.get(i)
    if chained:  # upon a chain there is room on the right only
        for leaf in leaves:
            gap = stand.stretch * max(30.0, stand.labels.get((leaf.main, i), (0.0, 0.0))[0] + 24)
            cluster.add(leaf, cluster.right + gap + leaf.left, 0.0)
            cluster.measure(nodes)
    else:
        up = [c for c in leaves if c.main in stand.above and rider is None]
        _fan(cluster, i, up, stand, -1.0)
        _fan(cluster, i, [c for c in leaves if c not in up], stand, 1.0)
    if rider is not None:
        chain = _cluster(rider, stand, chained=True)
        gap = stand.stretch * max(_GAP, stand.labels.get((i, rider), (0.0, 0.0))[1] + 20)
        lift = -(nodes[i].up + gap + nodes[rider].down)
        shift = _shift(i, [(chain, 0.0)], nodes, lift, (0.0, 30.0, 45.0, 60.0, 75.0, 90.0, 105.0, 120.0))
        cluster.add(chain, shift, lift)
        cluster.measure(nodes)
    return cluster


def _fan(cluster: Cluster, i: int, leaves: Sequence[Cluster], stand: _Stand, way: float) -> None:
    """Set satellites side by side above (`way` -1) or below (1) node `i`."""
    if not leaves:
        return
    nodes, stretch = stand.nodes, stand.stretch
    sizes = [stand.labels.get((c.main, i), (0.0, 0.0)) for c in leaves]
    wide = max(w for w, _ in sizes)
    main = nodes[i]
    reach = main.up if way < 0 else main.down
    far = max(c.down if way < 0 else c.up for c in leaves)
    at, xs = 0.0, []
    for k, c in enumerate(leaves):
        if k:
            at += leaves[k - 1].right + max(_BESIDE * stretch, wide + 12 - leaves[k - 1].right - c.left) + c.left
        xs.append(at)
    gap = stretch * max(_GAP, max(h for _, h in sizes) + 20)
    dy = way * max(reach + gap + far, at / 2 * _SLOPE if len(leaves) > 3 else 0.0)
    placed = [(c, x - at / 2) for c, x in zip(leaves, xs, strict=True)]
    shift = _shift(
        i, placed, nodes, dy, (0.0, -30.0, -45.0, -60.0, -75.0, -90.0, -105.0, -120.0, -135.0, -150.0, -180.0)
    )
    for c, x in placed:
        cluster.add(c, x + shift, dy)
    cluster.measure(nodes)


def _shift(
    i: int, placed: Sequence[tuple[Cluster, float]], nodes: Sequence[Node], dy: float, shifts: Sequence[float]
) -> float:
    """The least shift sideways with which every satellite has a straight line to (or from) node `i`."""
    for shift in shifts:
        centres: dict[int, Point] = {i: (0.0, 0.0)}
        for c, x in placed:
            centres |= {m: (x + shift + dx, dy + my) for m, dx, my in c.members}
        scene = Scene(nodes, centres, ())
        if all(straight(scene, c.main, i) is not None for c, _ in placed):
            return shift
    return 0.0

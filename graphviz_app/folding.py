"""Folds as the window needs them: what hides a node, what is folded in another program, what belongs to what."""

from __future__ import annotations

from weakref import WeakKeyDictionary

from graphviz_models.fold import View, initial, known, view
from graphviz_models.notation import symbol
from graphviz_models.picture import Box, Picture
from graphviz_models.program import Program

Folded = frozenset[str]


def seen(program: Program, folded: Folded) -> View:
    """What is seen of a program; the last view of each is kept."""
    kept = _VIEWS.get(program)
    if kept is None or kept[0] != folded:
        kept = _VIEWS[program] = folded, view(program, folded)
    return kept[1]


_VIEWS: WeakKeyDictionary[Program, tuple[Folded, View]] = WeakKeyDictionary()


def box_of(program: Program, folded: Folded, node: str) -> str:
    """What is drawn for a node: itself, or the fold or the slot of a recurrence that it lies in."""
    return seen(program, folded).box(node) if folded else node


def shown_as(program: Program, folded: Folded, node: str, picture: Picture | None) -> str:
    """The node whose box on a picture is that of a node: in a folded recurrence a box shows one member at a time."""
    box = box_of(program, folded, node)
    if box == node or picture is None or box in seen(program, folded).boxes:
        return box
    return next((one.node for one in picture.boxes if one.id == box), box)


def placed_as(program: Program, folded: Folded, box: Box) -> str:
    """What the place of a box is kept under: its node, or in a folded recurrence the slot or the delay that it is."""
    cyclic = seen(program, folded).cyclic if folded else None
    if cyclic is not None and (box.node == cyclic.id or box.node in cyclic.slot):
        return box.id
    return box.node


def revealed(program: Program, folded: Folded, node: str) -> Folded:
    """What is folded when as little as possible has been unfolded for a node to be seen.

    In a folded recurrence it is seen: its box is that of the node in all steps.
    """
    while folded and node in program.names:
        hiding = view(program, folded).hidden.get(node)
        if hiding is None:
            break
        if hiding not in folded:  # folded with the calls of its group in the other steps
            hiding = next(fold.id for fold in known(program, folded) if node in fold.members)
        folded -= {hiding}
    return folded


def still(program: Program, folded: Folded, selected: str | None) -> str | None:
    """The selected node, or the fold that it is in; None where there is none such."""
    if selected is None or selected not in program.names:
        return None
    return seen(program, folded).hidden.get(selected, selected)


def within(program: Program, box: str, node: str) -> str:
    """A node that a fold's box stands for: this one, or if it is not there the first; of a node, itself."""
    fold = next(iter(known(program, {box})), None) if box not in program.names else None
    if fold is None:
        return box
    return node if node in fold.members else fold.members[0]


def carried(program: Program, folded: Folded, before: Program | None) -> Folded:
    """What of `folded` there is in a program as well, and what is folded in it from the start, unless that was undone.

    `before` is the program that was folded like this; without one everything is as at the start.
    """
    start = initial(program)
    if before is None:
        return start
    began = initial(before)
    kept = frozenset(fold.id for fold in known(program, folded - began))
    return kept | start if began <= folded else kept


def members(program: Program, folded: Folded, box: str) -> tuple[str, tuple[str, ...]] | None:
    """The label, as LaTeX, and the nodes of what a box stands for; None where it is a node."""
    if box in program.equation or box in program.given:
        return None
    shown = seen(program, folded)
    if box in shown.boxes:
        return shown.boxes[box].label, shown.boxes[box].members
    slots = shown.cyclic.slots if shown.cyclic is not None else ()
    return next(((symbol(slot.name), tuple(slot.members.values())) for slot in slots if slot.name == box), None)


def kinship(*views: tuple[Program, Folded, Picture]) -> dict[str, str]:
    """For what may be on one of several pictures only, what it belongs to: its variable, or what it is folded into."""
    kin: dict[str, str] = {}
    for program, _, _ in views:
        kin |= {e.name: e.origin for e in program.equations if e.origin and e.origin != e.name}
        kin |= {name: one.origin for name, one in program.given.items() if one.origin and one.origin != name}
    for program, folded, picture in views:
        if folded:
            shown = seen(program, folded)
            slots = {box.id: box.node for box in picture.boxes}
            for node in program.names:
                box = shown.box(node)
                if box != node:
                    box = box if box in shown.boxes else slots.get(box, box)
                    kin |= {node: box} if box != node else {}
            for other, others, _ in views:  # a fold in a larger one
                around = view(other, others)
                for id_, fold in shown.boxes.items():
                    if id_ not in around.boxes and (box := around.box(fold.members[0])) in around.boxes:
                        kin[id_] = box
    return kin

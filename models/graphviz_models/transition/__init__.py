"""Transitions: the pictures between two pictures of one model, in which every node keeps its identity.

A node that is in both pictures glides from its old place to its new one. A node that is only in the new one comes out
of the box of the node it belongs to, one that is only in the old one goes into it. Text travels with its box, as large
as there is room for, and edges follow the boxes at their ends.
"""

from .pictures import Transition, between, jumps

__all__ = ["Transition", "between", "jumps"]

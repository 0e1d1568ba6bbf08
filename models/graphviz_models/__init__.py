"""Computation graphs, their derivatives and their pictures as data: the half of graphviz-app that never imports Qt."""

__version__ = "0.1.0"

"""Imports behind Qt's: without the look at the source of every module that PySide6 would take."""

import builtins


def plainly() -> None:
    """Import Qt's core, and let Python import everything else from now on.

    PySide6 puts itself before Python's imports and reads the source of each module, our own and NumPy's too, to see
    whether it may ask for Qt's functions under other names. None does, and a tenth of a start went into that.
    """
    import PySide6.QtCore  # noqa: F401

    builtins.__import__ = getattr(builtins, "__orig_import__", builtins.__import__)

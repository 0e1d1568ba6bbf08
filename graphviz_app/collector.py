"""The garbage collector, kept to the window's thread: among what it finds may be parts of Qt.

Python collects in whichever thread has just made something. Another thread that ends a widget there waits for the
window's thread, which waits for Python: neither goes on. So the collector is off while other threads run.
"""

from __future__ import annotations

import gc
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

YOUNG = 50_000  # objects made since the collector was turned off, beyond which those are looked at

START, GLIDING = "start", "gliding"  # until all is loaded; while nodes move

_reasons: dict[object, object] = {}  # why it is off: names; threads, whose work is let go of in the window's one
_was_on = True


def hold(reason: object, work: object = None) -> None:
    """Turn the collector off until the reason is released, and keep the `work` that is done for it."""
    global _was_on
    settle()
    if not _reasons:
        _was_on = gc.isenabled()
    _reasons[reason] = work
    gc.disable()


def release(reason: object) -> None:
    """A reason has gone; with the last one the collector is on again."""
    if reason in _reasons:
        del _reasons[reason]
        _resume()


def settle() -> None:
    """Release the threads that have ended."""
    ended = {one for one in _reasons if isinstance(one, threading.Thread) and not one.is_alive()}
    for one in ended:
        release(one)


@contextmanager
def starting() -> Iterator[None]:
    """Hold the collector off until all is loaded, or the program ends: nothing that a start makes is garbage."""
    hold(START)
    try:
        yield
    finally:
        release(START)


def aside(work: Callable[[], object], name: str) -> threading.Thread:
    """Run `work` in a thread of its own, begun from the window's, without the collector.

    It is a daemon: what takes seconds must not keep a closed program alive.
    """
    thread = threading.Thread(target=work, name=name, daemon=True)
    hold(thread, work)
    thread.start()
    return thread


def sweep() -> None:
    """Collect what is young, in this thread, where the collector has been off for long."""
    settle()
    if _reasons and gc.get_count()[0] > YOUNG:
        gc.collect(1)


def _resume() -> None:
    if not _reasons and _was_on:
        gc.enable()

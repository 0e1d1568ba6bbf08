"""Durations and easing of the animation: how a moment of time becomes the progress of a step."""

from __future__ import annotations

from collections.abc import Iterator

STEP = 0.4  # seconds a step takes at speed 1
LANDING = 0.6  # progress at which the travelling value has landed and the node shows it
ADDED = 0.85  # progress until which a delta that several products make is shown as their sum


def duration(speed: float = 1.0, *, reduced_motion: bool = False) -> float:
    """Seconds that one step takes at `speed` (2: twice as fast), 0 with reduced motion. ValueError unless positive."""
    if not speed > 0:
        raise ValueError(f"speed is {speed}, write a positive number such as 1")
    return 0.0 if reduced_motion else STEP / speed


def ease(fraction: float) -> float:
    """Progress after `fraction` (0 to 1) of a step's time: slow at both ends, 3f² − 2f³; constant beyond them."""
    within = min(1.0, max(0.0, fraction))
    return within * within * (3 - 2 * within)


def progress(elapsed: float, seconds: float) -> float:
    """Progress of a step that takes `seconds`, `elapsed` seconds after its start; 1 where it takes no time."""
    return 1.0 if seconds <= 0 else ease(elapsed / seconds)


def travelled(progress: float) -> float:
    """How far along its edge (0 to 1) a value is at a step's `progress`: at its end when the node shows it."""
    return min(1.0, max(0.0, progress / LANDING))


def frames(steps: int, rate: float, *, speed: float = 1.0, hold: float = 0.6) -> Iterator[tuple[int, float]]:
    """The frames of a film at `rate` a second: (at, progress) for every picture, each step then held `hold` seconds.

    The first frame is the start, (0, 1). ValueError unless rate and speed are positive.
    """
    if not rate > 0:
        raise ValueError(f"rate is {rate}, write a positive number such as 25")
    moving = max(1, round(duration(speed) * rate))
    still = max(0, round(hold / speed * rate) - 1)
    yield 0, 1.0
    for at in range(1, steps + 1):
        yield from ((at, ease(k / moving)) for k in range(1, moving + 1))
        yield from ((at, 1.0) for _ in range(still))

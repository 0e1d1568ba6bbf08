"""Numbers as the command line writes them: JSON with every digit, and lines for people."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

_LINE = 96


def jsonable(array: ArrayLike, *, integer: bool = False) -> Any:
    """A number or nested lists; NaN and the infinities as texts."""
    import numpy as np

    if integer:
        return np.vectorize(int, otypes=[object])(array).tolist()  # a float64 may be 2^63, which is no int64
    values = np.asarray(array, dtype=np.float64)
    listed = values.tolist()
    return listed if np.isfinite(values).all() else _spelled(listed)


def _spelled(value: Any) -> Any:
    if isinstance(value, list):
        return [_spelled(entry) for entry in value]
    if math.isfinite(value):
        return value
    return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"


def document(content: Any) -> str:
    """One line of JSON."""
    return json.dumps(content, allow_nan=False, separators=(", ", ": ")) + "\n"


def line(name: str, array: NDArray[Any], width: int = 0) -> str:
    """`name = value` for people, on one line where it fits; large arrays are shortened."""
    import numpy as np

    head = f"{name:<{width}} = "
    if np.ndim(array) == 0:
        return f"{head}{float(array):.10g}"
    with np.printoptions(precision=10, floatmode="maxprec", threshold=60, edgeitems=3, linewidth=_LINE, suppress=False):
        shown = np.array2string(np.asarray(array), separator=", ", prefix=head)
    return head + shown

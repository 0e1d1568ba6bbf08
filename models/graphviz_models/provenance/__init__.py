"""Where an entry of an array comes from: which entries enter it, which meet which, and by what formula."""

from .entry import Entry, Quantity
from .nodes import Provenance, provenance
from .reads import Mask

__all__ = ["Entry", "Mask", "Provenance", "Quantity", "provenance"]

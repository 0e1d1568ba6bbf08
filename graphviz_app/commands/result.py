"""What a command gives back, and what is wrong with its usage or its output file."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Result:
    """What goes to standard output, and the exit status."""

    output: str = ""
    status: int = 0


class UsageError(Exception):
    """An argument that cannot be used; the message says what to write instead."""


class UnwrittenError(Exception):
    """An output that could not be written; the message gives the file and the system's reason."""

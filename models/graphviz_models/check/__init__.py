"""Checks a model: gradients against finite differences, answers and printed numbers against the engine."""

from .answers import AnswerCheck
from .claims import ERRATUM_KINDS, Erratum, Quantity, Question, Table
from .gradients import Entry, NodeCheck, gradients
from .printed import Misprint, TableCheck
from .report import Report, report

__all__ = [
    "ERRATUM_KINDS",
    "AnswerCheck",
    "Entry",
    "Erratum",
    "Misprint",
    "NodeCheck",
    "Quantity",
    "Question",
    "Report",
    "Table",
    "TableCheck",
    "gradients",
    "report",
]

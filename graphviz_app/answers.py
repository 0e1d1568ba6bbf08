"""What a sheet asks and answers, as text with $mathematics$: the truth beside what is printed."""

from __future__ import annotations

from graphviz_models.notation import operand
from graphviz_models.problem import Problems
from graphviz_models.program import expression
from graphviz_models.read import latex
from graphviz_models.sheet import Erratum, Quantity, Question, Sheet

MARK = {True: "✓", False: "✗"}


def formula(text: str, sheet: Sheet) -> str:
    """A typed expression as mathematics in the sheet's letters; text that has $ in it, as it is."""
    if "$" in text:
        return text
    nodes = {called: node for node, called in sheet.deltas.items()}
    program, notation = sheet.program, sheet.notation
    try:
        read = expression(text, program, {called: program.shape(node) for called, node in nodes.items()})
    except Problems:
        return f"`{text}`"
    symbol = notation.symbol
    return f"${latex(read, lambda n: notation.delta(nodes[n]) if n in nodes else symbol(n), constants=symbol)}$"


def asked(question: Question, sheet: Sheet) -> str:
    """The left side of an answer: the gradient or Jacobian that is asked for, as LaTeX; empty for one in words."""
    quantity = question.quantity
    return "" if quantity is None else quantity_latex(quantity, sheet)


def quantity_latex(quantity: Quantity, sheet: Sheet) -> str:
    """A node's value, its gradient in the sheet's letters, or a Jacobian."""
    symbol = sheet.notation.symbol
    if quantity.wrt is None:
        return symbol(quantity.of)
    over = r"\partial^+" if quantity.immediate else r"\partial"
    fraction = rf"\frac{{{over} {operand(symbol(quantity.of))}}}{{\partial {operand(symbol(quantity.wrt))}}}"
    if quantity.of == sheet.program.loss and not quantity.immediate and quantity.wrt in sheet.deltas:
        return rf"{sheet.notation.delta(quantity.wrt)} = {fraction}"
    return fraction


def answer_text(question: Question, sheet: Sheet) -> str:
    """The answer, and where the print differs, what is printed and why it is wrong."""
    rows = []
    left = asked(question, sheet)
    truth = question.printed is not None
    if question.answer:
        right = formula(question.answer, sheet)
        shown = f"${left} = {right[1:-1]}$" if left and right.startswith("$") else f"{right}"
        rows.append(f"**{MARK[True]} truth:** {shown}" if truth else shown)
    if question.answer_text:
        rows.append(question.answer_text.strip())
    if question.printed is not None:
        rows.append(f"**{MARK[False]} print:** {formula(question.printed, sheet)}")
    if question.erratum:
        rows.append(question.erratum.strip())
    return "\n\n".join(rows)


def erratum_text(erratum: Erratum, sheet: Sheet) -> str:
    """An error of the print that no question tells."""
    rows = [erratum.text.strip()]
    if erratum.printed is not None and erratum.right is not None:
        rows.append(f"**{MARK[False]} print:** {formula(erratum.printed, sheet)}")
        rows.append(f"**{MARK[True]} truth:** {formula(erratum.right, sheet)}")
    return "\n\n".join(rows)

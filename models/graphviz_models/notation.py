"""Names as LaTeX symbols: h[1] is h_1, W_hh W_{hh}, WQ W_Q, delta_2 δ₂, and what the sheet calls each delta."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache

GREEK = [
    "alpha",
    "beta",
    "gamma",
    "delta",
    "epsilon",
    "zeta",
    "eta",
    "theta",
    "iota",
    "kappa",
    "lambda",
    "mu",
    "nu",
    "xi",
    "pi",
    "rho",
    "sigma",
    "tau",
    "upsilon",
    "phi",
    "chi",
    "psi",
    "omega",
    "Gamma",
    "Delta",
    "Theta",
    "Lambda",
    "Xi",
    "Pi",
    "Sigma",
    "Upsilon",
    "Phi",
    "Psi",
    "Omega",
]
_GROUP = r"\{(?:[^{}]|\{[^{}]*\})*\}"
_SUBSCRIPT = re.compile(
    rf"(.*)_(?:\{{((?:[^{{}}]|\{{[^{{}}]*\}})*)\}}|(\w|\\[A-Za-z]+))(\^(?:{_GROUP}|\w|\\[A-Za-z]+))?"
)
_SIGNED = re.compile(r"(?:\\htmlId\{[^{}]*\}\{)*\s*(?:[-+−]|\\[pm][pm](?![A-Za-z]))")  # behind marks, if there are any
_WEIGHT = re.compile(r"([Wb])((?!\1)[A-Za-z]\d*)")  # a weight or a bias of something: WQ, bg1
VARIANTS = {"epsilon": r"\varepsilon", "eps": r"\varepsilon", "phi": r"\varphi", "lam": r"\lambda", "ell": r"\ell"}
ACCENTS = {"hat": r"\hat", "bar": r"\bar", "tilde": r"\tilde", "dot": r"\dot"}


def _greek_letter(character: str) -> str:
    name = unicodedata.name(character, "")
    found = re.match(r"GREEK (SMALL|CAPITAL) LETTER (\w+)", name)
    if not found:
        return rf"\text{{{character}}}"
    word = found[2].lower().replace("lamda", "lambda")
    if word == "omicron":
        return "o"
    if word == "final":
        word = "sigma"
    if found[1] == "CAPITAL":
        word = word.capitalize()
        return rf"\{word}" if word in GREEK else word[0]
    return VARIANTS.get(word, rf"\{word}")


def _base(word: str) -> str:
    """One part of a name: a Greek word, a letter, a word set upright."""
    if word in VARIANTS:
        return VARIANTS[word]
    if word in GREEK:
        return rf"\{word}"
    if len(word) == 1:
        return word if word.isascii() else _greek_letter(word)
    if all(not c.isascii() for c in word):
        return "".join(map(_greek_letter, word))
    for accent, command in ACCENTS.items():
        if word.endswith(accent) and len(word) > len(accent):
            return rf"{command}{{{_base(word.removesuffix(accent))}}}"
    return rf"\mathrm{{{word}}}" if word.isascii() else "".join(c if c.isascii() else _greek_letter(c) for c in word)


def _subscript(part: str) -> str:
    if part.isdigit() or len(part) == 1 or part in GREEK or part in VARIANTS:
        return part if part.isdigit() else _base(part)
    if part.isascii() and part.isalpha() and len(part) > 2 and part.islower():
        return rf"\mathrm{{{part}}}"
    if part.isascii():
        return part
    return _base(part)


@lru_cache(maxsize=65536)
def symbol(name: str) -> str:
    """The automatic LaTeX symbol of a name: `h[1]`, `h1`, `W_hh`, `delta_2`, `cell#1.name`, `s1[0,2]`, `h[1]#2`."""
    name = name.rsplit(".", 1)[-1] if "#" in name and "." in name else name
    name, _, operation = name.partition("#")
    index = ""
    while name.endswith("]") and "[" in name:
        name, _, inside = name[:-1].rpartition("[")
        index = f"{inside}, {index}" if index else inside
    whole = name.strip("_") or "x"
    head, *rest = [p for p in whole.split("_") if p]
    subscripts = [_subscript(p) for p in rest]
    found = re.fullmatch(r"([^\d]+?)(\d+)", head)
    if joined := _WEIGHT.fullmatch(head):
        head = joined[1]
        subscripts.insert(0, joined[2])
    elif found:
        head, digits = found[1], found[2]
        subscripts.insert(0, digits)
    if index:
        subscripts.append(index)
    base = _base(head)
    text = base + (f"_{{{', '.join(subscripts)}}}" if subscripts else "")
    if len(subscripts) == 1 and len(subscripts[0]) == 1:
        text = f"{base}_{subscripts[0]}"
    return text if not operation else rf"{text}^{{({operation})}}"


def signed(latex: str) -> bool:
    """Whether a formula begins with a sign, as the symbol that a sheet gives to a loss may: -ELBO."""
    return _SIGNED.match(latex) is not None


def operand(latex: str) -> str:
    """A symbol as it stands behind a ∂: in brackets where it begins with a sign."""
    return f"({latex})" if signed(latex) else latex


@dataclass(frozen=True, eq=False)
class Notation:
    """How a sheet writes its nodes and their deltas.

    `symbols` maps nodes, or the base names of families, to LaTeX where the automatic symbol is wrong; `deltas` maps
    nodes to the LaTeX of the letter for dL/dnode. `loss` is the node of the loss, `asked` are the nodes by which the
    sheet asks for its derivative. `repeated` are functions that are called more than once: what is inside of them bears
    the number of its call, h^{(2)}. `called` gives the formula by which a node without a name is called, "" for others.
    """

    loss: str = "L"
    symbols: Mapping[str, str] = field(default_factory=dict)
    deltas: Mapping[str, str] = field(default_factory=dict)
    asked: frozenset[str] = frozenset()
    repeated: frozenset[str] = frozenset()
    called: Callable[[str], str] | None = None
    _known: dict[str, str] = field(default_factory=dict, init=False, repr=False)

    def symbol(self, node: str) -> str:
        """The LaTeX of a node."""
        found = self._known.get(node)
        if found is None:
            found = self._known[node] = self._symbol(node)
        return found

    def _symbol(self, node: str) -> str:
        if self.called is not None and (formula := self.called(node)):
            return formula
        if "#" in node and "." in node and node not in self.symbols:
            function, _, call = node.rsplit(".", 2)[-2].partition("#")
            if function in self.repeated:
                return _raised(self.local(node), call)
        return self.local(node)

    def local(self, node: str) -> str:
        """The LaTeX of a node, without the number of the call that it is inside of."""
        if node in self.symbols:
            return self.symbols[node]
        local = node.rsplit(".", 1)[-1] if "#" in node and "." in node else node
        if local in self.symbols:
            return self.symbols[local]
        result, _, operation = local.partition("#")
        if operation.endswith("]"):  # an entry of a layer that has no name
            layer, _, inside = local[:-1].rpartition("[")
            return _with_index(self.local(layer), inside)
        if operation:
            return _raised(self.local(result), operation)
        if local.endswith("]") and "[" in local:
            base, _, inside = local[:-1].rpartition("[")
            if base in self.symbols or "[" in base:
                return _with_index(self.local(base), inside)
        return symbol(node)

    def entry(self, node: str, index: tuple[int, ...]) -> str:
        """The LaTeX of one entry of a node's array: w_{0,2}; of a scalar, whose index is (), its symbol."""
        inside = ",".join(map(str, index))
        if index and self.called is not None and (formula := self.called(node)):
            return f"{formula}_{{{inside}}}" if formula.endswith(")") else rf"\left[{formula}\right]_{{{inside}}}"
        return _with_index(self.symbol(node), inside) if index else self.symbol(node)

    def delta_entry(self, node: str, index: tuple[int, ...]) -> str:
        """The LaTeX of one entry of dL/dnode."""
        if not index:
            return self.delta(node)
        letter = self._letter(f"{node}[{','.join(map(str, index))}]")
        if letter:
            return letter
        return rf"\frac{{\partial {operand(self.symbol(self.loss))}}}{{\partial {operand(self.entry(node, index))}}}"

    def delta(self, node: str) -> str:
        """The LaTeX of dL/dnode: the sheet's letter, else the fraction."""
        return self._letter(node) or self.delta_fraction(node)

    def _letter(self, node: str) -> str:
        """The sheet's letter for dL/dnode, of a neuron that of its array, with its index; "" where there is none."""
        if node in self.deltas:
            return self.deltas[node]
        array, _, inside = node.removesuffix("]").rpartition("[")
        return _with_index(self.deltas[array], inside) if node.endswith("]") and array in self.deltas else ""

    def delta_fraction(self, node: str) -> str:
        """dL/dnode as a fraction."""
        return rf"\frac{{\partial {operand(self.symbol(self.loss))}}}{{\partial {operand(self.symbol(node))}}}"

    def inline_delta(self, node: str) -> str:
        """The same on one line: ∂L/∂w."""
        letter = self._letter(node)
        return letter or rf"\partial {operand(self.symbol(self.loss))} / \partial {operand(self.symbol(node))}"

    def short_delta(self, node: str) -> str:
        """The same where that has no room, with the node as the index of a letter: δ_w."""
        return self._letter(node) or rf"\delta_{{{self.symbol(node)}}}"


def _raised(latex: str, call: str) -> str:
    """A symbol with the number of a call; that of an operation, h^{(3)}, stands behind it."""
    if found := re.fullmatch(r"(.*)\^\{\((\d+)\)\}", latex):
        return rf"{found[1]}^{{({call}, {found[2]})}}"
    return rf"{latex}^{{({call})}}" if "^" not in latex else rf"{{{latex}}}^{{({call})}}"


def _with_index(base: str, inside: str) -> str:
    base, call, number = base.partition("^{(")
    if call:
        return f"{_with_index(base, inside)}{call}{number}"
    found = _SUBSCRIPT.fullmatch(base)
    if found:
        return rf"{found[1]}_{{{found[2] or found[3]}, {inside}}}{found[4] or ''}"
    if "_" in base:  # a subscript that is not the last sign of the symbol
        return rf"[{base}]_{{{inside}}}"
    return f"{base}_{inside}" if len(inside) == 1 else f"{base}_{{{inside}}}"

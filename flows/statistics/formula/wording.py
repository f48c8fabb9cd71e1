"""The text of an expression as R writes it back (`deparse`), since R names terms by it."""

import re

from flows.statistics.formula.syntax import Bracket, Call, Name, Node, Number, Sign, Text

SPACED = {"+", "-", "*", "|", "||", "&", "~", "==", "!=", "<", ">", "<=", ">="}
SYNTACTIC = re.compile(r"(?:[^\W\d_]|\.(?!\d))[\w.]*")
DIGITS = 15


def worded(node: Node) -> str:
    """The expression in R's own spacing: `log(x + 1)`, `I(x^2)`, `x/2`."""
    match node:
        case Number():
            return number_name(node.value)
        case Text():
            return f'"{node.value}"'
        case Name():
            return node.name if SYNTACTIC.fullmatch(node.name) else f"`{node.name}`"
        case Call():
            written = ((f"{key} = " if key else "") + worded(arg) for key, arg in node.arguments)
            return f"{node.name}({', '.join(written)})"
        case Bracket():
            return f"({worded(node.inside)})"
        case Sign(left=None):
            return f"{node.sign}{worded(node.right)}"
        case Sign(left=left) if left is not None:
            sign = f" {node.sign} " if node.sign in SPACED else node.sign
            return f"{worded(left)}{sign}{worded(node.right)}"
    raise AssertionError("every kind of node is named above")


def number_name(value: float) -> str:
    """A number as R prints it: 15 digits, the shorter of fixed and scientific (fixed on a tie)."""
    digits = next(d for d in range(1, DIGITS + 1) if d == DIGITS or _same(value, d))
    mantissa, _, exponent = f"{value:.{digits - 1}e}".partition("e")
    places = max(0, digits - 1 - int(exponent))
    fixed, scientific = f"{value:.{places}f}", f"{mantissa}e{int(exponent):+03d}"
    return fixed if len(fixed) <= len(scientific) else scientific


def _same(value: float, digits: int) -> bool:
    """Whether so many digits say as much as DIGITS of them."""
    return float(f"{value:.{digits - 1}e}") == float(f"{value:.{DIGITS - 1}e}")

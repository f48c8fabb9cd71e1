"""The text of a formula -> a tree, with the place of every word in the text.

Signs bind as in R: `^`, a leading minus, `:`, `%%`, `* /`, `+ -`, comparisons,
`!`, `&`, `|` and `||`, `~`.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple


class FormulaError(ValueError):
    """A formula that cannot be followed: what, what to do next, and the place (from 0) in the text.

    It quotes the formula and column names, never what stands in a column.
    """

    def __init__(self, what: str, next_step: str, at: int | None = None) -> None:
        self.what = what
        self.next_step = next_step
        self.at = at
        super().__init__(f"{what}. {next_step}.")


@dataclass(frozen=True)
class Number:
    """A number as written."""

    value: float
    at: int


@dataclass(frozen=True)
class Text:
    """A quoted text."""

    value: str
    at: int


@dataclass(frozen=True)
class Name:
    """A column."""

    name: str
    at: int


@dataclass(frozen=True)
class Call:
    """A function of arguments, each with its name where it has one."""

    name: str
    arguments: tuple[tuple[str | None, "Node"], ...]
    at: int


@dataclass(frozen=True)
class Bracket:
    """What stands between ( and )."""

    inside: "Node"
    at: int


@dataclass(frozen=True)
class Sign:
    """An operator; `left` is None for one that stands before its only operand."""

    sign: str
    left: "Node | None"
    right: "Node"
    at: int


Node = Number | Text | Name | Call | Bracket | Sign


class Token(NamedTuple):
    """A word or sign of the text; `kind` is number, name, text, sign or end."""

    kind: str
    text: str
    at: int


WORD = re.compile(
    r"""\s*(?:
      (?P<number>(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?L?)
    | (?P<name>(?:[^\W\d_]|\.(?!\d))[\w.]*)
    | `(?P<quoted>[^`]+)`
    | (?P<text>"[^"]*"|'[^']*')
    | (?P<sign>\|\||%%|%/%|%in%|==|!=|<=|>=|<-|&&|\*\*|[-+*/^:()|~<>=!&,])
    )""",
    re.VERBOSE,
)
# How strongly a sign binds what stands left and right of it.
BINDS = {
    "~": (1, 2), "|": (3, 4), "||": (3, 4), "&": (5, 6),
    "==": (9, 10), "!=": (9, 10), "<": (9, 10), ">": (9, 10), "<=": (9, 10), ">=": (9, 10),
    "+": (11, 12), "-": (11, 12), "*": (13, 14), "/": (13, 14), "%%": (15, 16), "%/%": (15, 16),
    ":": (17, 18), "^": (22, 19),
}  # fmt: skip
BINDS_BEFORE = {"!": 7, "-": 19, "+": 19}
REFUSED = {
    "%in%": "Write a:b, or a comparison such as I(a == 1)",
    "<-": "Put a blank between < and - where you mean a comparison",
    "&&": "Write &",
    "=": "Write == for a comparison",
}
DEEPEST = 60


def parse(text: str) -> Node:
    """The tree of a text. Raises FormulaError at the first sign that cannot stand there."""
    reader = _Reader(text)
    tree = reader.expression(0)
    last = reader.take()
    if last.kind != "end":
        raise reader.misplaced(last)
    return tree


class _Reader:
    """Reads one token after another (Pratt 1973: each sign has a strength on either side)."""

    def __init__(self, text: str) -> None:
        self._tokens = _tokens(text)
        self._next = next(self._tokens)
        self._depth = 0

    def take(self) -> Token:
        token = self._next
        if token.kind != "end":
            self._next = next(self._tokens)
        return token

    def expression(self, strength: int) -> Node:
        """What stands here, up to a sign that binds less than `strength`."""
        self._depth += 1
        if self._depth > DEEPEST:
            raise FormulaError(
                "the brackets are nested too deeply", "Write it more simply", self._next.at
            )
        left = self._operand()
        while self._next.kind == "sign" and BINDS.get(self._next.text, (0, 0))[0] > strength:
            sign = self.take()
            left = Sign(sign.text, left, self.expression(BINDS[sign.text][1]), sign.at)
        self._depth -= 1
        return left

    def _operand(self) -> Node:
        token = self.take()
        if token.kind == "number":
            return Number(float(token.text.rstrip("L")), token.at)
        if token.kind == "text":
            return Text(token.text[1:-1], token.at)
        if token.kind == "name":
            return self._name(token)
        if token.text == "(" and token.kind == "sign":
            return self._bracket(token)
        if token.kind == "sign" and token.text in ("-", "+", "!", "~"):
            strength = BINDS_BEFORE.get(token.text, 2)
            return Sign(token.text, None, self.expression(strength), token.at)
        raise self.misplaced(token)

    def _name(self, token: Token) -> Node:
        if self._next.text != "(" or self._next.kind != "sign":
            return Name(token.text, token.at)
        bracket = self.take()
        arguments = []
        while self._next.text != ")" or self._next.kind != "sign":
            arguments.append(self._argument())
            if self._next.text != "," or self._next.kind != "sign":
                break
            self.take()
        self._close(bracket)
        return Call(token.text, tuple(arguments), token.at)

    def _argument(self) -> tuple[str | None, Node]:
        value = self.expression(0)
        if isinstance(value, Name) and self._next.text == "=" and self._next.kind == "sign":
            self.take()
            return value.name, self.expression(0)
        return None, value

    def _bracket(self, opened: Token) -> Node:
        inside = self.expression(0)
        self._close(opened)
        return Bracket(inside, opened.at)

    def _close(self, opened: Token) -> None:
        closing = self.take()
        if closing.kind == "end":
            raise FormulaError(
                "the bracket that opens here is never closed", "Close it with )", opened.at
            )
        if closing.text != ")":
            raise self.misplaced(closing)

    def misplaced(self, token: Token) -> FormulaError:
        """The error of a word that cannot stand where it stands."""
        if token.kind == "end":
            return FormulaError(
                "the formula ends where a column is due", "Write what belongs there", token.at
            )
        if token.text in REFUSED:
            return FormulaError(f"{token.text} is not known here", REFUSED[token.text], token.at)
        return FormulaError(
            f"'{token.text}' cannot stand here",
            "Put a sign such as + between two columns, and a column between two signs",
            token.at,
        )


def _tokens(text: str) -> Iterator[Token]:
    place = 0
    while text[place:].strip():
        found = WORD.match(text, place)
        if found is None:
            at = place + len(text[place:]) - len(text[place:].lstrip())
            raise _unreadable(text, at)
        kind = str(found.lastgroup)
        token = Token("name" if kind == "quoted" else kind, found[kind], found.start(kind))
        yield token._replace(text="^") if token.text == "**" and kind == "sign" else token
        place = found.end()
    end = Token("end", "", len(text.rstrip()))
    while True:
        yield end


def _unreadable(text: str, at: int) -> FormulaError:
    if text[at] in "\"'`":
        return FormulaError("the quote that opens here is never closed", "Close it", at)
    return FormulaError(
        f"the sign '{text[at]}' means nothing in a formula",
        "Put the name of a column with other signs than letters, digits, . and _ between ` and `",
        at,
    )

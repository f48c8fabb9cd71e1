"""The tree of a formula -> outcome, fixed terms and random terms, by the algebra of R and lme4.

Fixed terms: Wilkinson & Rogers 1973 (Applied Statistics 22:392-399) as R's `terms`
does it. Random terms: `(1 | a/b)` is `(1 | b:a) + (1 | a)` and `(x || g)` is
`(1 | g) + (0 + x | g)`, named as lme4 names them.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from flows.statistics.formula.syntax import (
    Bracket,
    Call,
    FormulaError,
    Name,
    Node,
    Number,
    Sign,
    Text,
    parse,
)
from flows.statistics.formula.wording import worded

Term = frozenset[str]
"""The variables whose product is one term, by their wording."""

ARITHMETIC = {"%%", "%/%", "==", "!=", "<", ">", "<=", ">=", "!", "&"}
MOST_TERMS = 2000


@dataclass(frozen=True)
class Terms:
    """A sum of terms in R's order: main effects, then pairs, and so on; as written within each.

    `variables` are the expressions by their wording, in the order in which they first
    appear; that is also their order within a term.
    """

    has_intercept: bool
    variables: dict[str, Node]
    products: tuple[Term, ...]

    def of(self, product: Term) -> tuple[str, ...]:
        """The variables of one product in their order."""
        return tuple(name for name in self.variables if name in product)


@dataclass(frozen=True)
class Grouped:
    """Effects that vary over the groups of one factor (of several: their combinations).

    `name` is lme4's, such as `b:a`; `at` is the place of the bar in the formula.
    """

    effects: Terms
    factors: tuple[Node, ...]
    name: str
    at: int


@dataclass(frozen=True)
class Formula:
    """`response ~ fixed + (effects | group) + ...`."""

    text: str
    response: Node
    fixed: Terms
    random: tuple[Grouped, ...]

    @property
    def has_counts(self) -> bool:
        """Whether the response is cbind(yes, no)."""
        return isinstance(self.response, Call) and self.response.name == "cbind"


def read_formula(text: str) -> Formula:
    """A formula in lme4's language. Raises FormulaError with the place of what is wrong."""
    tree = parse(text)
    if not isinstance(tree, Sign) or tree.sign != "~" or tree.left is None:
        raise FormulaError(
            "a formula says what is explained by what",
            'Write it as "outcome ~ covariate + (1 | group)"',
        )
    if isinstance(tree.left, Sign) and tree.left.sign == "~":
        raise FormulaError("there is a second ~", "Write one formula at a time", tree.at)
    sums, bars = _Sum(), list[Sign]()
    sums.add(_without_bars(tree.right, bars), +1)
    response = tree.left
    fixed = sums.terms()
    if worded(response) in fixed.variables:
        raise FormulaError(
            "the outcome stands on the right of ~ as well", "Take it out there", tree.at
        )
    return Formula(text, response, fixed, tuple(term for bar in bars for term in _grouped(bar)))


# ---------- fixed effects


@dataclass
class _Sum:
    """Terms while they are added and taken away; `intercept` is None until the text says."""

    intercept: bool | None = None
    variables: dict[str, Node] = field(default_factory=dict)
    products: dict[Term, None] = field(default_factory=dict)

    def add(self, node: Node | None, sign: int) -> None:
        """Add the terms of an expression, or with sign -1 take them away."""
        match node:
            case None:
                return
            case Sign(sign="+" | "-" as written, left=left, right=right):
                self.add(left, sign)
                self.add(right, sign if written == "+" else -sign)
            case Bracket(inside=inside) if sign > 0:
                self.add(inside, sign)
            case Bracket(inside=inside):
                self._take_away(inside)
            case Number():
                self._say_intercept(node, sign)
            case _:
                self._add_products(node, sign)

    def _take_away(self, node: Node) -> None:
        inner = _Sum(variables=self.variables)
        inner.add(node, +1)
        for product in inner.products:
            self.products.pop(product, None)
        if inner.intercept is not None:
            self.intercept = not inner.intercept

    def _say_intercept(self, number: Number, sign: int) -> None:
        if number.value not in (0, 1):
            raise FormulaError(
                "of numbers only 0 and 1 (without, with an intercept) are terms",
                "Put arithmetic in I(), as in I(2 * x)",
                number.at,
            )
        self.intercept = (number.value == 1) == (sign > 0)

    def _add_products(self, node: Node, sign: int) -> None:
        for product in self._products(node):
            if sign > 0:
                self.products.setdefault(product)
            else:
                self.products.pop(product, None)
        if len(self.products) > MOST_TERMS:
            raise FormulaError(f"these are more than {MOST_TERMS:,} terms", "Ask for less", node.at)

    def _products(self, node: Node) -> list[Term]:
        """The terms of an expression without + or - outside brackets, each once."""
        match node:
            case Name() | Call():
                return [self._variable(node)]
            case Bracket(inside=inside):
                inner = _Sum(variables=self.variables)
                inner.add(inside, +1)
                if inner.intercept is not None:
                    raise FormulaError(
                        "0 and 1 cannot stand within a product",
                        "Write them outside the brackets",
                        node.at,
                    )
                return list(inner.products)
            case Sign(sign="*" | ":" | "/" | "^" as sign, left=left) if left is not None:
                return self._crossed(sign, left, node.right)
        raise _no_term(node)

    def _crossed(self, sign: str, left: Node, right: Node) -> list[Term]:
        first = self._products(left)
        if sign == "^":
            return _power(first, right)
        second = self._products(right)
        if sign == ":":
            return list(dict.fromkeys(a | b for a in first for b in second))
        if sign == "*":
            return list(dict.fromkeys([*first, *second, *(a | b for a in first for b in second)]))
        every = frozenset[str]().union(*first)
        return list(dict.fromkeys([*first, *(every | b for b in second)]))

    def _variable(self, node: Name | Call) -> Term:
        if isinstance(node, Name) and node.name == ".":
            raise FormulaError(
                ". for all other columns is not known here", "Name the columns", node.at
            )
        name = worded(node)
        self.variables.setdefault(name, node)
        return frozenset([name])

    def terms(self) -> Terms:
        """What was added, in R's order."""
        ordered = sorted(self.products, key=len)
        return Terms(self.intercept is not False, self.variables, tuple(ordered))


def _power(terms: list[Term], exponent: Node) -> list[Term]:
    if not isinstance(exponent, Number) or exponent.value not in range(1, 10):
        raise FormulaError(
            "behind ^ a whole number from 1 to 9 is due", "For a square write I(x^2)", exponent.at
        )
    crossed = terms
    for _ in range(int(exponent.value) - 1):
        crossed = list(dict.fromkeys(a | b for a in crossed for b in terms))
        if len(crossed) > MOST_TERMS:
            raise FormulaError(
                f"these are more than {MOST_TERMS:,} terms", "Take a lower power", exponent.at
            )
    return crossed


def _no_term(node: Node) -> FormulaError:
    if isinstance(node, Sign) and node.sign in ("|", "||"):
        return _misplaced_bar(node)
    if isinstance(node, Sign) and node.sign == "~":
        return FormulaError("there is a second ~", "Write one formula at a time", node.at)
    if isinstance(node, Sign) and node.sign in ARITHMETIC:
        return FormulaError(
            f"{node.sign} is arithmetic, not a sum of columns", "Put it in I()", node.at
        )
    if isinstance(node, Text):
        return FormulaError(
            "a quoted text is no column", "Put the name of a column between ` and `", node.at
        )
    return FormulaError(
        "a number or a minus cannot stand within a product",
        "Put arithmetic in I(), as in I(2 * x)",
        node.at,
    )


# ---------- random effects


def _without_bars(node: Node, bars: list[Sign]) -> Node | None:
    """The sum without its `(effects | group)` parts, which are put in `bars` in their order."""
    match node:
        case Bracket(inside=Sign(sign="|" | "||") as bar):
            bars.append(bar)
            return None
        case Sign(sign="+", left=left, right=right):
            first = None if left is None else _without_bars(left, bars)
            second = _without_bars(right, bars)
            if first is None or second is None:
                return first or second
            return replace(node, left=first, right=second)
        case Sign(sign="-", left=left) if left is not None:
            return replace(node, left=_without_bars(left, bars))
        case Bracket(inside=inside):
            inner = _without_bars(inside, bars)
            return None if inner is None else replace(node, inside=inner)
    return node


def _misplaced_bar(bar: Sign) -> FormulaError:
    return FormulaError(
        "a random term stands between brackets of its own and is only added",
        "Write it as + (1 | group)",
        bar.at,
    )


def _grouped(bar: Sign) -> Iterator[Grouped]:
    """The terms of one `(effects | factors)`, the most nested first; those of `||` apart."""
    assert bar.left is not None
    sums = _Sum()
    sums.add(bar.left, +1)
    effects = sums.terms()
    if not effects.has_intercept and not effects.products:
        raise FormulaError(
            "nothing varies over the groups here", "Write (1 | group) for an intercept", bar.at
        )
    nested = list(_nested(bar.right))
    for part in _apart(effects) if bar.sign == "||" else [effects]:
        for name, factors in nested:
            yield Grouped(part, factors, name, bar.at)


def _apart(effects: Terms) -> Iterator[Terms]:
    """Each effect by itself, so that none correlates with another."""
    if effects.has_intercept:
        yield replace(effects, products=())
    for product in effects.products:
        yield replace(effects, has_intercept=False, products=(product,))


def _nested(node: Node) -> Iterator[tuple[str, tuple[Node, ...]]]:
    """Name and factors of each level of `a/b/c`, the most nested first."""
    if isinstance(node, Bracket):
        yield from _nested(node.inside)
    elif isinstance(node, Sign) and node.sign == "/" and node.left is not None:
        outer = list(_nested(node.left))
        name, factors = outer[0]
        wrapped = f"({name})" if len(factors) > 1 else name
        for inner_name, inner in _nested(node.right):
            wrapped_inner = f"({inner_name})" if len(inner) > 1 else inner_name
            yield f"{wrapped_inner}:{wrapped}", (*inner, *factors)
        yield from outer
    else:
        factors = tuple(_combined(node))
        yield ":".join(worded(factor) for factor in factors), factors


def _combined(node: Node) -> Iterator[Node]:
    """The factors of `a:b`."""
    match node:
        case Name() | Call():
            yield node
        case Bracket(inside=inside):
            yield from _combined(inside)
        case Sign(sign=":", left=left, right=right) if left is not None:
            yield from _combined(left)
            yield from _combined(right)
        case _:
            raise FormulaError(
                "behind the bar a grouping factor is due",
                "Write a column, a:b for combinations, or a/b for b within a",
                node.at,
            )

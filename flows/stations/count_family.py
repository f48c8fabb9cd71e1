"""Which indicators count the same people, so that one gives another away.

A `Chain` is denominators of which each is part of the one before: whoever reads two of them knows
how many are in the first alone. A `Split` is numerators over one denominator that exclude one
another, or of which one is part of another: their differences can be read too.
"""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Chain:
    """`links` are indicators, by their denominators, from all to few."""

    links: tuple[str, ...]


@dataclass(frozen=True)
class Split:
    """`parts` are names for what excludes one another; `figures` are indicators as sets of them.

    What of the denominator is in no part is the rest, which is looked at like a part.
    """

    of: str
    parts: tuple[str, ...]
    figures: dict[str, tuple[str, ...]]


CHAINS = (
    Chain(("response_rate", "reliable_improvement", "recovery")),
    Chain(("alerts_answered", "back_on_course")),
)

SAME_DENOMINATOR = {
    "sbg_completer": "response_rate",
    "sbg_drop_out": "response_rate",
    "sbg_non_starter": "response_rate",
    "sbg_non_responder": "response_rate",
    "deterioration": "reliable_improvement",
    "reliable_recovery": "recovery",
    "alerts_acted_on": "alerts_answered",
    **{f"sbg_reason_{code:02}": "sbg_reason_01" for code in range(2, 11)},
}

STATUSES = ("completer", "drop_out", "non_starter", "non_responder")
REASONS = tuple(f"{code:02}" for code in range(1, 11))

SPLITS = (
    Split("response_rate", STATUSES, {f"sbg_{each}": (each,) for each in STATUSES}),
    Split(
        "reliable_improvement",
        ("better", "worse"),
        {"reliable_improvement": ("better",), "deterioration": ("worse",)},
    ),
    Split(
        "recovery",
        ("reliably", "otherwise"),
        {"recovery": ("reliably", "otherwise"), "reliable_recovery": ("reliably",)},
    ),
    Split("sbg_reason_01", REASONS, {f"sbg_reason_{each}": (each,) for each in REASONS}),
)


def chains_of(indicators: Sequence[str]) -> tuple[Chain, ...]:
    """The chains of these indicators; a denominator that is in none is one by itself."""
    there = set(indicators)
    known = [Chain(tuple(link for link in chain.links if link in there)) for chain in CHAINS]
    linked = {link for chain in CHAINS for link in chain.links}
    alone = [
        Chain((each,)) for each in indicators if each not in linked and each not in SAME_DENOMINATOR
    ]
    return (*(chain for chain in known if chain.links), *alone)


def splits_of(indicators: Sequence[str]) -> tuple[Split, ...]:
    """The splits of these indicators; a numerator that is in none is one by itself."""
    there = set(indicators)
    together = [split for split in SPLITS if len(split.figures) > 1 and there >= set(split.figures)]
    placed = {figure for split in together for figure in split.figures}
    alone = [
        Split(SAME_DENOMINATOR.get(each, each), (each,), {each: (each,)})
        for each in indicators
        if each not in placed
    ]
    return (*together, *alone)

"""Filled-in questionnaires scored by hand, for every scale that ships.

Typed in from the project's rules (B3), with the sum that was done by hand; no
code of the project made a number here. `SOURCES` says where the rules have
each key from and how sure it is. A plain-Python scorer and the SQL stations
must both give them. Halves are rounded up, also where the rules say only
"rounded" (own choice).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Pattern:
    """Every item answered with `each`, but some otherwise and some left blank.

    `score` is None where too many are blank. `by_hand` is the sum, and what it
    rests on where that is not the key alone.
    """

    instrument: str
    scale: str
    kind: str
    each: float
    score: float | None
    by_hand: str
    other: Mapping[int, float] = field(default_factory=dict)
    blank: tuple[int, ...] = ()

    @property
    def answers(self) -> dict[int, float]:
        """By item number; blank items are left out."""
        every = dict.fromkeys(range(1, ITEMS[self.instrument] + 1), self.each)
        return {i: value for i, value in (every | dict(self.other)).items() if i not in self.blank}

    @property
    def name(self) -> str:
        return f"{self.instrument} {self.scale} {self.kind}"


LOWEST, HIGHEST, ONE_MISSING = "all lowest", "all highest", "one missing"
KINDS = (LOWEST, HIGHEST, ONE_MISSING)
COMPLETE = "only complete lists count"
TENTH = "at most 10 % of the items, mean of the others"

# How many items each has, the lowest and the highest answer.
RANGES: dict[str, tuple[int, float, float]] = {
    "phq-9": (9, 0, 3),
    "gad-7": (7, 0, 3),
    "bdi": (21, 0, 3),
    "bdi-ii": (21, 0, 3),
    "core-10": (10, 0, 4),
    "core-om": (34, 0, 4),
    "core-5": (5, 0, 4),
    "oq-45": (45, 0, 4),
    "ors": (4, 0, 10),
    "ors-adolescent": (4, 0, 10),
    "ors-carer": (4, 0, 10),
    "cors": (4, 0, 10),
    "srs": (4, 0, 10),
    "gsrs": (4, 0, 10),
    "wai-sr": (12, 1, 5),
    "wav-12": (12, 1, 5),
    "wsas": (5, 0, 8),
    "k10": (10, 1, 5),
    "pcl-5": (20, 0, 4),
    "bsi": (53, 0, 4),
    "bsi-18": (18, 0, 4),
    "sq-48": (48, 0, 4),
    "honos": (12, 0, 4),
    "mhc-sf": (14, 0, 5),
    "i-roc": (12, 1, 6),
    "who-5": (5, 0, 5),
    "gq": (30, 1, 7),
    "gcq-s": (12, 0, 6),
    "ham-d": (17, float("-inf"), float("inf")),
    "das": (32, float("-inf"), float("inf")),
}
ITEMS = {name: items for name, (items, _, _) in RANGES.items()}

# Scales whose items are not known: items make no score, a reported one counts within its range.
REPORTED: dict[tuple[str, str], tuple[float, float]] = {
    ("core-5", "total"): (0, 40),
    ("core-om", "wellbeing"): (0, 40),
    ("core-om", "problems"): (0, 40),
    ("core-om", "functioning"): (0, 40),
    ("oq-45", "asd"): (0, 52),
    ("sq-48", "total"): (0, 148),
    ("sq-48", "mood"): (0, 24),
    ("sq-48", "anxi"): (0, 24),
    ("sq-48", "soma"): (0, 28),
    ("sq-48", "agor"): (0, 16),
    ("sq-48", "aggr"): (0, 16),
    ("sq-48", "cogn"): (0, 20),
    ("sq-48", "soph"): (0, 20),
    ("ham-d", "total"): (0, 52),
    ("das", "total"): (0, 151),
}
WITHOUT_SCALE = ("bsi-18", "gcq-s", "gq", "wav-12")

PUBLIC = "seen in a public source"
FIELD = "general knowledge of the field, primary source not checked"
FOUR_LINES = f"four lines of 10 cm, 0-40: {FIELD}; all four needed: {FIELD}"
OWN_TENTH = "missing items: own choice of Op koers"
# Where the key (items, reversals, aggregation) and the missing-item rule come from.
SOURCES = {
    "phq-9": f"9 x 0-3, item 10 is no item of it: {FIELD}; only complete lists: own choice",
    "gad-7": f"7 x 0-3: {FIELD}; only complete lists: own choice",
    "bdi": f"21 x 0-3: {FIELD}; {OWN_TENTH}",
    "bdi-ii": f"21 x 0-3: {FIELD}; {OWN_TENTH}",
    "core-10": f"items, 2 and 3 reversed: {PUBLIC}; at most one missing: CORE System Trust",
    "core-om": f"mean x 10, 8 reversed, who may miss how many: {PUBLIC}; which 8: {FIELD}",
    "oq-45": (
        f"reversed items: OQ-45 scoring sheet; items of subscales: {FIELD} (25 + 11 + 9 = 45);"
        f" rounded mean of the others of the subscale: {PUBLIC}; how many: own choice of Op koers"
    ),
    "ors": FOUR_LINES,
    "ors-adolescent": FOUR_LINES,
    "ors-carer": FOUR_LINES,
    "cors": FOUR_LINES,
    "srs": FOUR_LINES,
    "gsrs": FOUR_LINES,
    "wai-sr": f"items of task, goal and bond: {PUBLIC} (twice); one missing: own choice",
    "wsas": f"5 x 0-8: {FIELD}; all items needed: own choice",
    "k10": f"10 x 1-5 or 0-4: {PUBLIC}; round(10 / (10 - n) x sum), n at most 2: ALSWH",
    "pcl-5": f"20 x 0-4: {FIELD}; {OWN_TENTH}",
    "bsi": f"53 x 0-4, mean: {PUBLIC}; {OWN_TENTH}",
    "honos": f"12 x 0-4, 9 is unknown: {FIELD}; at most 2 missing: own choice of Op koers",
    "mhc-sf": f"14 x 0-5, items of three scales: {FIELD}; {OWN_TENTH}",
    "i-roc": f"12 x 1-6: {FIELD}; {OWN_TENTH}",
    "who-5": f"5 x 0-5, sum x 4, all five needed: {FIELD}",
}


def _three(
    instrument: str,
    scale: str,
    lowest: tuple[float, str],
    highest: tuple[float, str],
    missing: Pattern,
) -> Iterator[Pattern]:
    _, least, most = RANGES[instrument]
    yield Pattern(instrument, scale, LOWEST, least, *lowest)
    yield Pattern(instrument, scale, HIGHEST, most, *highest)
    yield missing


def _incomplete(instrument: str, scale: str, blank: int, by_hand: str = COMPLETE) -> Pattern:
    """One item blank where none may be."""
    least = RANGES[instrument][1]
    return Pattern(instrument, scale, ONE_MISSING, least, None, by_hand, blank=(blank,))


def _patterns() -> Iterator[Pattern]:
    P, one = Pattern, ONE_MISSING  # noqa: N806 - a table reads better in short lines
    # ---------- symptoms
    yield from _three("phq-9", "total", (0, "9 x 0"), (27, "9 x 3"),
                      _incomplete("phq-9", "total", 9))  # fmt: skip
    yield from _three("gad-7", "total", (0, "7 x 0"), (21, "7 x 3"),
                      _incomplete("gad-7", "total", 7))  # fmt: skip
    for bdi in ("bdi", "bdi-ii"):
        ten = dict.fromkeys(range(2, 12), 1.0)
        yield from _three(bdi, "total", (0, "21 x 0"), (63, "21 x 3"),
            P(bdi, "total", one, 0, 10.5, f"10 / 20 x 21; {TENTH}", ten, (1,)))  # fmt: skip
        yield P(bdi, "total", "too many missing", 0, None, TENTH, blank=(1, 2, 3))
    yield from _three("core-10", "total",
        (8, "items 2 and 3 reversed: 2 x 4 = 8; 8 / 10 x 10"),
        (32, "8 x 4 = 32; 32 / 10 x 10"),
        P("core-10", "total", one, 0, 8.888889, "8 / 9 x 10 (CORE System Trust)", {}, (1,)),
    )  # fmt: skip
    yield P("core-10", "total", "too many missing", 0, None, "CORE System Trust", blank=(1, 4))
    yield from _three("core-om", "total",
        (9.411765, "8 reversed x 4 = 32; 32 / 34 x 10"),
        (30.588235, "26 x 4 = 104; 104 / 34 x 10"),
        P("core-om", "total", one, 0, 9.696970, "32 / 33 x 10", {}, (1,)),
    )  # fmt: skip
    yield P("core-om", "total", "three missing", 0, 10.322581, "32 / 31 x 10", blank=(1, 2, 5))
    yield P("core-om", "total", "too many missing", 0, None, "at most 3", blank=(1, 2, 5, 6))
    yield from _three("core-om", "non-risk",
        (11.428571, "8 reversed x 4 = 32; 32 / 28 x 10"),
        (28.571429, "20 x 4 = 80; 80 / 28 x 10"),
        P("core-om", "non-risk", one, 0, 11.851852, "32 / 27 x 10", {}, (1,)),
    )  # fmt: skip
    yield P("core-om", "non-risk", "a risk item missing", 0, 11.428571, "not its item", blank=(6,))
    yield from _three("core-om", "risk", (0, "6 x 0"), (40, "6 x 4 = 24; 24 / 6 x 10"),
                      _incomplete("core-om", "risk", 6, "none may be missing"))  # fmt: skip
    # ---------- OQ-45: an item takes the rounded mean of the others of its subscale
    yield from _three("oq-45", "total",
        (36, "9 reversed x 4"),
        (144, "36 x 4"),
        P("oq-45", "total", one, 0, 33,
          "item 1 (IR): 20, 37 and 43 are 12 / 10 = 1.2, so 1; 8 reversed x 4 = 32; 32 + 1",
          {}, (1,)),
    )  # fmt: skip
    yield P("oq-45", "total", "a half", 0, 42,
            "item 14 (SR): 12 and 21 reversed and 4 are 12 / 8 = 1.5, so 2; 36 + 4 + 2",
            {4: 4}, (14,))  # fmt: skip
    yield P("oq-45", "total", "four missing", 0, 30,
            "SD 4 + 3 + 4 = 11, 11 / 24 = 0.46, so 0: 11; IR 12 / 9 = 1.33, so 1 twice: 14;"
            " SR 4 / 8 = 0.5, so 1: 5", {24: 1}, (1, 2, 7, 12))  # fmt: skip
    yield P("oq-45", "total", "too many missing", 0, None, "at most 4", blank=(2, 3, 5, 6, 8))
    yield from _three("oq-45", "sd", (12, "3 reversed x 4"), (88, "22 x 4"),
        P("oq-45", "sd", one, 0, 13, "12 / 24 = 0.5, so 1; 12 + 1", {}, (2,)))  # fmt: skip
    yield P("oq-45", "sd", "too many missing", 0, None, TENTH, blank=(2, 3, 5))
    yield from _three("oq-45", "ir", (16, "4 reversed x 4"), (28, "7 x 4"),
        P("oq-45", "ir", one, 0, 13, "12 / 10 = 1.2, so 1; 12 + 1", {}, (1,)))  # fmt: skip
    yield from _three("oq-45", "sr", (8, "2 reversed x 4"), (28, "7 x 4"),
                      _incomplete("oq-45", "sr", 4, "a tenth of 9 is none"))  # fmt: skip
    # ---------- four lines of 10 cm
    for lines in ("ors", "ors-adolescent", "ors-carer", "cors", "srs", "gsrs"):
        yield from _three(lines, "total", (0, "4 x 0"), (40, "4 x 10"),
                          _incomplete(lines, "total", 2, "all four lines are needed"))  # fmt: skip
    # ---------- alliance
    yield from _three("wai-sr", "total", (12, "12 x 1"), (60, "12 x 5"),
        P("wai-sr", "total", one, 1, 16.363636, "(5 + 10) / 11 x 12", {2: 5}, (1,)))  # fmt: skip
    for scale, blank, high in (("task", 1, 2), ("goal", 4, 6), ("bond", 3, 5)):
        yield from _three("wai-sr", scale, (4, "4 x 1"), (20, "4 x 5"),
            P("wai-sr", scale, one, 1, 9.333333, "(5 + 1 + 1) / 3 x 4", {high: 5}, (blank,)),
        )  # fmt: skip
        yield P("wai-sr", scale, "too many missing", 1, None, "at most one", blank=(blank, high))
    # ---------- others
    yield from _three("wsas", "total", (0, "5 x 0"), (40, "5 x 8"),
                      _incomplete("wsas", "total", 1, "a tenth of 5 is none"))  # fmt: skip
    yield from _three("k10", "total", (10, "10 x 1"), (50, "10 x 5"),
        P("k10", "total", one, 1, 11, "10 / 9 x (2 + 8) = 11.1, so 11 (ALSWH)", {2: 2}, (1,)),
    )  # fmt: skip
    yield P("k10", "total", "two missing and a half", 1, 13,
            "10 / 8 x (3 + 7) = 12.5, so 13 (ALSWH)", {3: 3}, (1, 2))  # fmt: skip
    yield P("k10", "total", "too many missing", 1, None, "ALSWH", blank=(1, 2, 3))
    yield from _three("pcl-5", "total", (0, "20 x 0"), (80, "20 x 4"),
        P("pcl-5", "total", one, 0, 4.210526, f"4 / 19 x 20; {TENTH}", {2: 4}, (1,)))  # fmt: skip
    yield P("pcl-5", "total", "too many missing", 0, None, TENTH, blank=(1, 2, 3))
    yield from _three("bsi", "total", (0, "53 x 0 / 53"), (4, "53 x 4 / 53"),
        P("bsi", "total", one, 0, 0.076923, f"4 / 52; {TENTH}", {2: 4}, (1,)))  # fmt: skip
    yield P("bsi", "total", "too many missing", 0, None, TENTH, blank=(1, 2, 3, 4, 5, 6))
    yield from _three("honos", "total", (0, "12 x 0"), (48, "12 x 4"),
        P("honos", "total", one, 0, 4.363636, "4 / 11 x 12; at most 2", {2: 4}, (1,)))  # fmt: skip
    yield P("honos", "total", "too many missing", 0, None, "at most 2", blank=(1, 2, 3))
    yield from _three("mhc-sf", "total", (0, "14 x 0"), (70, "14 x 5"),
        P("mhc-sf", "total", one, 0, 5.384615, f"5 / 13 x 14; {TENTH}", {2: 5}, (1,)),
    )  # fmt: skip
    for scale, items, first in (("ewb", 3, 1), ("swb", 5, 4), ("pwb", 6, 9)):
        yield from _three("mhc-sf", scale, (0, f"{items} x 0"), (items * 5, f"{items} x 5"),
                          _incomplete("mhc-sf", scale, first, "a tenth is none"))  # fmt: skip
    yield from _three("i-roc", "total", (12, "12 x 1"), (72, "12 x 6"),
        P("i-roc", "total", one, 1, 17.454545, f"(6 + 10) / 11 x 12; {TENTH}", {2: 6}, (1,)),
    )  # fmt: skip
    yield P("i-roc", "total", "too many missing", 1, None, TENTH, blank=(1, 2))
    yield from _three("who-5", "total", (0, "5 x 0 x 4"), (100, "5 x 5 x 4"),
                      _incomplete("who-5", "total", 5, "all five are needed"))  # fmt: skip


PATTERNS = tuple(_patterns())

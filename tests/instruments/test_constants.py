"""The clinical numbers that ship, against lists typed in from the project's rules (B3).

Each number stands with its strength of evidence; what the rules mark as unsure
must be absent, and the file must say why.
"""

from collections.abc import Iterator

import pytest

from flows.instruments import Constant, Instrument, Scale, Sourced, Statement, load_instruments
from tests.instruments.hand_scored import REPORTED, WITHOUT_SCALE

INSTRUMENTS = load_instruments()
US = load_instruments(norms={"oq-45": "us"})
Key = tuple[str, str]

UNCHECKED = ("primary source not checked", "seen in a public source")
NAMED = (
    "ALSWH",
    "Blanchard 2023",
    "Connell 2007",
    "CORE System Trust",
    "CRUfAD",
    "Datec",
    "De Jong 2007",
    "Derogatis",
    "de Beurs 2025",
    "Embloom",
    "Evans 2002",
    "kimdejong.net",
    "Marx 2022",
    "Miller & Duncan 2004",
    "Mundt 2002",
    "NHS Talking Therapies",
    "OpenFIT",
    "OQ Measures",
    "OQ-45 scoring sheet",
    "own choice of Op koers",
    "Op koers",
    "Parabiaghi 2005",
    "Partners for Change Outcome Management System",
    "R package clinicalsignificance",
    "Seggar, Lambert & Hansen 2002",
    "Timman 2017",
)

# Lower is better but for these.
HIGHER_IS_BETTER = {
    "cors", "das", "gsrs", "i-roc", "mhc-sf", "ors", "ors-adolescent", "ors-carer", "srs",
    "wai-sr", "who-5",
}  # fmt: skip
BY_CLINICIAN = {"ham-d", "honos"}
ALLIANCE = {"gcq-s", "gq", "gsrs", "srs", "wai-sr", "wav-12"}

# How many items may be absent, what stands in, and the evidence; of scales with known items.
MISSING: dict[Key, tuple[float, str, str]] = {
    ("phq-9", "total"): (0, "none", "D"),
    ("gad-7", "total"): (0, "none", "D"),
    ("bdi", "total"): (2, "mean", "D"),
    ("bdi-ii", "total"): (2, "mean", "D"),
    ("core-10", "total"): (1, "mean", "V"),
    ("core-om", "total"): (3, "mean", "V"),
    ("core-om", "non-risk"): (3, "mean", "V"),
    ("core-om", "risk"): (0, "none", "V"),
    ("oq-45", "total"): (4, "rounded_mean", "D"),
    ("oq-45", "sd"): (2, "rounded_mean", "D"),
    ("oq-45", "ir"): (1, "rounded_mean", "D"),
    ("oq-45", "sr"): (0, "none", "D"),
    ("ors", "total"): (0, "none", "K"),
    ("ors-adolescent", "total"): (0, "none", "K"),
    ("ors-carer", "total"): (0, "none", "K"),
    ("cors", "total"): (0, "none", "K"),
    ("srs", "total"): (0, "none", "K"),
    ("gsrs", "total"): (0, "none", "K"),
    ("wai-sr", "total"): (1, "mean", "D"),
    ("wai-sr", "task"): (1, "mean", "D"),
    ("wai-sr", "goal"): (1, "mean", "D"),
    ("wai-sr", "bond"): (1, "mean", "D"),
    ("wsas", "total"): (0, "none", "D"),
    ("k10", "total"): (2, "rounded_score", "V"),
    ("pcl-5", "total"): (2, "mean", "D"),
    ("bsi", "total"): (5, "mean", "D"),
    ("honos", "total"): (2, "mean", "D"),
    ("mhc-sf", "total"): (1, "mean", "D"),
    ("mhc-sf", "ewb"): (0, "none", "D"),
    ("mhc-sf", "swb"): (0, "none", "D"),
    ("mhc-sf", "pwb"): (0, "none", "D"),
    ("i-roc", "total"): (1, "mean", "D"),
    ("who-5", "total"): (0, "none", "K"),
}
# In force with the default norms (OQ-45: Dutch).
CUTOFFS: dict[Key, tuple[str, str]] = {
    ("phq-9", "total"): (">= 10", "V"),
    ("gad-7", "total"): (">= 8", "V"),
    ("bdi", "total"): (">= 14.29", "K"),
    ("core-10", "total"): (">= 11", "V"),
    ("core-om", "total"): (">= 10", "V"),
    ("core-5", "total"): (">= 10", "K"),
    ("oq-45", "total"): (">= 56", "V"),
    ("oq-45", "sd"): (">= 33", "K"),
    ("oq-45", "ir"): (">= 12", "V"),
    ("oq-45", "sr"): (">= 12", "V"),
    ("oq-45", "asd"): (">= 17", "V"),
    ("ors", "total"): ("< 25", "V"),
    ("ors-adolescent", "total"): ("< 28", "K"),
    ("ors-carer", "total"): ("< 28", "K"),
    ("cors", "total"): ("< 32", "V"),
    ("wsas", "total"): (">= 10", "K"),
    ("pcl-5", "total"): ("> 28", "V"),
    ("who-5", "total"): ("<= 50", "K"),
    ("ham-d", "total"): ("> 7", "K"),
    ("das", "total"): ("< 98", "K"),
}
CHANGES: dict[Key, tuple[str, str]] = {
    ("phq-9", "total"): (">= 6", "K"),
    ("gad-7", "total"): (">= 4", "K"),
    ("bdi", "total"): (">= 8.46", "K"),
    ("core-10", "total"): (">= 6", "K"),
    ("core-om", "total"): (">= 5", "K"),
    ("oq-45", "total"): (">= 18", "V"),
    ("ors", "total"): (">= 5", "K"),
    ("wsas", "total"): (">= 8", "K"),
    ("pcl-5", "total"): (">= 15", "V"),
    ("honos", "total"): (">= 8", "V"),
    ("who-5", "total"): (">= 10", "K"),
}
US_CUTOFFS = {"total": (">= 64", "K"), "sd": (">= 36", "V"), "ir": (">= 15", "K"),
              "sr": (">= 12", "K")}  # fmt: skip
US_CHANGES = {"total": (">= 14", "V"), "sd": (">= 10", "K"), "ir": (">= 8", "K"),
              "sr": (">= 7", "K")}  # fmt: skip
UNROUNDED = {"phq-9": 5.20, "gad-7": 3.53, "bdi": 8.46}
RELIABILITY: dict[str, tuple[float, str, str]] = {
    "phq-9": (0.84, "test-retest", "K"),
    "gad-7": (0.83, "test-retest", "K"),
    "bdi": (0.86, "internal consistency", "K"),
    "bdi-ii": (0.801, "not stated", "VC"),
    "core-10": (0.90, "internal consistency", "K"),
    "core-om": (0.94, "internal consistency", "K"),
    "oq-45": (0.84, "test-retest", "K"),
    "ors": (0.66, "test-retest", "K"),
    "srs": (0.64, "test-retest", "K"),
    "wsas": (0.73, "test-retest", "V"),
    "mhc-sf": (0.91, "internal consistency", "V"),
    "i-roc": (0.856, "intraclass correlation", "V"),
}
BANDS = {
    "phq-9": [(0, 4), (5, 9), (10, 14), (15, 19), (20, 27)],
    "gad-7": [(0, 4), (5, 9), (10, 14), (15, 21)],
    "bdi": [(0, 9), (10, 18), (19, 29), (30, 63)],
    "bdi-ii": [(0, 13), (14, 19), (20, 28), (29, 63)],
    "core-10": [(11, 14), (15, 19), (20, 24), (25, 40)],
    "wsas": [(10, 20), (21, 40)],
    "k10": [(10, 15), (16, 21), (22, 29), (30, 50)],
    "who-5": [(0, 28), (29, 50)],
}
CRITICAL = {
    "self_harm": {
        "phq-9": {9}, "core-10": {6}, "core-om": {9, 16, 24, 34}, "oq-45": {8}, "bdi": {9},
        "bdi-ii": {9}, "bsi": {9}, "bsi-18": {17}, "ham-d": {3}, "honos": {2},
    },
    "violence": {"core-om": {6, 22}, "oq-45": {44}},
    "substance": {"oq-45": {11, 26, 32}},
}  # fmt: skip
REVERSED = {
    "core-10": (2, 3),
    "core-om": (3, 4, 7, 12, 19, 21, 31, 32),
    "oq-45": (1, 12, 13, 20, 21, 24, 31, 37, 43),
}
# What else is published, kept as it was printed.
PUBLISHED: dict[str, list[tuple[str, str, str]]] = {
    "phq-9": [
        ("internal consistency", "0.86-0.89", "K"),
        ("minimal important difference", "5", "K"),
    ],
    "gad-7": [("internal consistency", "0.92", "K"), ("cut-off", "10", "V")],
    "bdi-ii": [
        ("internal consistency", "0.92", "K"),
        ("test-retest reliability", "0.93", "K"),
        ("minimal important difference", "17.5 % of the score at baseline", "K"),
    ],
    "core-10": [
        ("cut-off for depression", "13", "K"),
        ("other bands", "11-15, 16-20, 21-25 and from 26", "V"),
    ],
    "core-om": [("cut-off", "11.9", "K"), ("cut-off", "12.9", "K")],
    "oq-45": [
        ("internal consistency", "0.93", "K"),
        ("cut-off", "55", "K"),
        ("cut-off", "55", "V"),
        ("reliable change", "14", "K"),
        ("cut-off", "31", "V"),
        ("item 7 of somebody without a partner", "0", "V"),
    ],
    "ors": [
        ("internal consistency", "0.93", "K"),
        ("reliable change", "6", "K"),
        ("usual mean at intake", "16-19", "V"),
        ("effect size that counts as reliable", "0.8 or higher", "V"),
    ],
    "srs": [
        ("internal consistency", "0.88", "K"),
        ("limit of low alliance", "36 or lower", "V"),
        ("answer to talk about", "below 9", "V"),
        ("drop since the session before that counts as red", "1 or more", "V"),
    ],
    "gsrs": [
        ("internal consistency", "0.86-0.90", "K"),
        ("size of the validation study", "105", "V"),
    ],
    "wai-sr": [("internal consistency", "above 0.80", "V")],
    "wsas": [("internal consistency", "0.70-0.94", "V")],
    "k10": [
        ("internal consistency", "0.85-0.93", "K"),
        ("limits of CRUfAD", "20, 25 and 30", "K"),
    ],
    "pcl-5": [
        ("reliable change", "18 or more", "V"),
        ("reliable change", "5", "V"),
        ("meaningful change", "10", "V"),
        ("reliable change", "10", "K"),
        ("minimal important difference", "9-12", "V"),
        ("likely not reliable", "5 or less", "V"),
        ("cut-off", "31-33", "V"),
        ("cut-off", "34", "V"),
        ("cut-off", "32", "K"),
        (
            "provisional diagnosis",
            "answers of 2 or higher: 1 of items 1-5, 1 of items 6-7, 2 of items 8-14 and 2 of"
            " items 15-20",
            "V",
        ),
        ("internal consistency", "0.94-0.95", "K"),
        ("test-retest reliability", "0.79-0.94, by the time in between", "V"),
    ],
    "bsi": [
        ("internal consistency", "0.96-0.97", "V"),
        ("case", "a T-score of 63 or higher for the total, or for 2 of the scales", "V"),
    ],
    "bsi-18": [
        ("advice", "not for routine outcome monitoring", "V"),
        ("sizes of the subscales", "somatisation 6, depression 6, anxiety 6", "K"),
    ],
    "sq-48": [("sizes of the norm groups", "516 and 242", "V"), ("T-scores", "de Beurs 2025", "V")],
    "honos": [
        ("reliable change", "7", "V"),
        ("reliable change", "4 or 8", "V"),
        ("limit for improvement", "11", "V"),
        ("limit for remission", "5", "V"),
        ("limit of severely ill", "12", "V"),
        ("other limits", "10 and 13", "V"),
    ],
    "mhc-sf": [
        (
            "flourishing",
            "an answer of 4 or higher to at least 1 of items 1-3 and at least 6 of items 4-14",
            "K",
        ),
        (
            "languishing",
            "an answer of 1 or lower to at least 1 of items 1-3 and at least 6 of items 4-14",
            "K",
        ),
        ("sizes of the norm groups", "1,802 of the population, 971 patients", "V"),
    ],
    "i-roc": [("internal consistency", "0.921", "V"), ("internal consistency", "0.88", "V")],
    "who-5": [("internal consistency", "0.8-0.9", "K")],
    "wav-12": [
        ("internal consistency", "0.80-0.93", "V"),
        ("ceiling effects", "present", "V"),
        (
            "map of the WAI-S",
            "task 1, 2, 8, 12; goal 4, 6, 10, 11 with 4 and 10 reversed; bond 3, 5, 7, 9",
            "K",
        ),
    ],
    "gq": [
        (
            "sizes of the subscales",
            "positive bond 13, positive work 8, negative relationship 9 (higher is worse)",
            "K",
        ),
        ("alerts", "there are alerts on status and on change", "V"),
    ],
    "gcq-s": [("sizes of the subscales", "engaged 5, conflict 4, avoiding 3", "K")],
    "ham-d": [("response", "half of the score at baseline", "K")],
}


def scales() -> Iterator[tuple[Key, Scale]]:
    for instrument in INSTRUMENTS.values():
        yield from (((instrument.id, scale.id), scale) for scale in instrument.scale)


def constants(name: str, loaded: dict[str, Instrument]) -> dict[Key, tuple[str, str]]:
    """One constant of all scales as it is in force."""
    return {
        (instrument.id, scale.id): (constant.text, constant.evidence)
        for instrument in loaded.values()
        for scale in instrument.scale
        if (constant := getattr(scale, name)) is not None
    }


def test_direction_rater_and_what_is_measured() -> None:
    upwards = {i for (i, _), scale in scales() if scale.sign == 1}
    assert upwards == HIGHER_IS_BETTER
    assert {i.id for i in INSTRUMENTS.values() if i.rater == "clinician"} == BY_CLINICIAN
    assert {i.id for i in INSTRUMENTS.values() if i.measures == "alliance"} == ALLIANCE


def test_how_many_items_may_be_missing() -> None:
    found = {
        key: (scale.missing.value, scale.missing.replacement, scale.missing.evidence)
        for key, scale in scales()
        if scale.items
    }
    assert found == MISSING


def test_an_absent_item_of_the_oq_45_takes_the_mean_of_its_subscale() -> None:
    within = {key: scale.missing.within for key, scale in scales() if scale.missing.within}
    assert within == {("oq-45", "total"): ("sd", "ir", "sr")}


def test_reversed_items() -> None:
    assert {i: s.reversed for (i, name), s in scales() if name == "total" and s.reversed} == {
        **REVERSED
    }
    parts = {name: s.reversed for (i, name), s in scales() if i == "oq-45"}
    assert parts["sd"] == (13, 24, 31)
    assert parts["ir"] == (1, 20, 37, 43)
    assert parts["sr"] == (12, 21)


def test_sizes_and_items_of_subscales() -> None:
    """OQ-45: 25, 11 and 9 share out the 45; CORE-OM: 4 + 12 + 12 + 6 are 34."""
    widths = {key: scale.width for key, scale in scales()}
    assert [widths["oq-45", part] for part in ("sd", "ir", "sr", "asd")] == [25, 11, 9, 13]
    core = ("wellbeing", "problems", "functioning", "risk")
    assert [widths["core-om", part] for part in core] == [4, 12, 12, 6]
    sq48 = ("mood", "anxi", "soma", "agor", "aggr", "cogn", "soph")
    assert [widths["sq-48", part] for part in sq48] == [6, 6, 7, 4, 4, 5, 5]
    assert widths["sq-48", "total"] == sum((6, 6, 7, 4, 4, 5, 5)) == 37

    items = {key: scale.items for key, scale in scales()}
    assert items["oq-45", "ir"] == (1, 7, 16, 17, 18, 19, 20, 26, 30, 37, 43)
    assert items["oq-45", "sr"] == (4, 12, 14, 21, 28, 32, 38, 39, 44)
    shared = sorted(items["oq-45", "sd"] + items["oq-45", "ir"] + items["oq-45", "sr"])
    assert shared == list(range(1, 46))
    assert items["core-om", "risk"] == (6, 9, 16, 22, 24, 34)
    assert sorted(items["core-om", "non-risk"] + items["core-om", "risk"]) == list(range(1, 35))
    assert items["wai-sr", "task"] == (1, 2, 10, 12)
    assert items["wai-sr", "goal"] == (4, 6, 8, 11)
    assert items["wai-sr", "bond"] == (3, 5, 7, 9)
    assert items["mhc-sf", "ewb"] == (1, 2, 3)
    assert items["mhc-sf", "swb"] == (4, 5, 6, 7, 8)
    assert items["mhc-sf", "pwb"] == (9, 10, 11, 12, 13, 14)


def test_cut_offs_and_their_evidence() -> None:
    assert constants("cutoff", dict(INSTRUMENTS)) == CUTOFFS


def test_reliable_change_and_its_evidence() -> None:
    assert constants("reliable_change", dict(INSTRUMENTS)) == CHANGES


def test_the_us_norms_of_the_oq_45() -> None:
    oq = {"oq-45": US["oq-45"]}
    assert {name: told for (_, name), told in constants("cutoff", oq).items()} == US_CUTOFFS
    assert {n: told for (_, n), told in constants("reliable_change", oq).items()} == US_CHANGES
    assert (US["oq-45"].norm_in_force, INSTRUMENTS["oq-45"].norm_in_force) == ("us", "nl")


def test_low_alliance_and_functional_values() -> None:
    assert constants("low_alliance", dict(INSTRUMENTS)) == {("srs", "total"): ("< 36", "V")}
    means = constants("functional_mean", dict(INSTRUMENTS))
    assert means == {("bdi-ii", "total"): ("7.69", "VC")}
    assert constants("functional_sd", dict(INSTRUMENTS)) == {("bdi-ii", "total"): ("7.52", "VC")}
    assert constants("clinical_sd", dict(INSTRUMENTS)) == {}


def test_points_before_rounding_and_their_interval() -> None:
    changes = {name: scale.reliable_change for (name, _), scale in scales()}
    found = {name: c.unrounded for name, c in changes.items() if c and c.unrounded}
    assert found == UNROUNDED
    intervals = {name: c.z for name, c in changes.items() if c and c.z}
    assert intervals == dict.fromkeys(UNROUNDED, 1.959964) | {"core-10": 1.645}
    core_om = INSTRUMENTS["core-om"].scale[0].cutoff
    assert core_om is not None
    assert core_om.unrounded == 9.9


def test_reliability() -> None:
    found = {
        key: (told.value, told.kind, told.evidence)
        for key, scale in scales()
        if (told := scale.reliability) is not None
    }
    assert found == {(name, "total"): told for name, told in RELIABILITY.items()}


def test_bands() -> None:
    found = {i: [(b.lowest, b.highest) for b in scale.band] for (i, _), scale in scales()}
    assert {name: bands for name, bands in found.items() if bands} == BANDS


def test_critical_items_by_domain() -> None:
    for domain, expected in CRITICAL.items():
        found = {
            name: {c.item for c in instrument.critical_item if c.domain == domain}
            for name, instrument in INSTRUMENTS.items()
        }
        assert {name: items for name, items in found.items() if items} == expected
    every = [c for i in INSTRUMENTS.values() for c in i.critical_item]
    assert {c.threshold for c in every} == {1}
    core_10 = INSTRUMENTS["core-10"].critical_item[0]
    assert {c.evidence for c in every if c is not core_10} == {"K"}
    assert core_10.evidence == "V"


def test_what_else_was_published() -> None:
    def told(statements: tuple[Statement, ...]) -> list[tuple[str, str, str]]:
        return [(s.kind, s.value, s.evidence) for s in statements]

    found = {
        name: [*told(i.published), *(line for scale in i.scale for line in told(scale.published))]
        for name, i in INSTRUMENTS.items()
    }
    assert {name: lines for name, lines in found.items() if lines} == PUBLISHED


def test_ages_codings_units_and_codes_for_missing() -> None:
    ages = {n: (i.age_from, i.age_to) for n, i in INSTRUMENTS.items() if i.age_from or i.age_to}
    assert ages == {"ors": (18, None), "ors-adolescent": (13, 17), "cors": (6, 12)}
    codings = {name: dict(i.codings) for name, i in INSTRUMENTS.items() if i.codings}
    assert codings == {"k10": {"1-5": 0, "0-4": 1}}
    assert INSTRUMENTS["k10"].answer_range(1) == (0, 5)
    missing = {name: i.missing_codes for name, i in INSTRUMENTS.items() if i.missing_codes}
    assert missing == {"honos": (9,)}
    lines = {"ors", "ors-adolescent", "ors-carer", "cors", "srs", "gsrs"}
    units = {name: dict(i.units) for name, i in INSTRUMENTS.items() if i.units}
    assert units == {name: {"cm": 1, "mm": 0.1} for name in lines}


def test_where_values_conflict_the_choice_is_marked_and_explained() -> None:
    chosen = {
        (instrument.id, scale.id, name)
        for instrument in INSTRUMENTS.values()
        for scale in instrument.scale
        for name, constant in scale.known()
        if constant.choice and name != "reliability"
    }
    assert chosen == {
        ("core-om", "total", "cutoff"),
        ("honos", "total", "reliable_change"),
        ("oq-45", "total", "cutoff"),
        ("oq-45", "total", "reliable_change"),
        ("oq-45", "sd", "cutoff"),
        ("ors", "total", "reliable_change"),
        ("pcl-5", "total", "cutoff"),
        ("pcl-5", "total", "reliable_change"),
        ("srs", "total", "low_alliance"),
    }


def test_what_is_absent_is_listed_with_its_reason() -> None:
    for instrument in INSTRUMENTS.values():
        listed = {(unknown.what, unknown.scale) for unknown in instrument.unknown}
        for scale in instrument.scale:
            for what, constant in (
                ("cut-off", scale.cutoff),
                ("reliable change", scale.reliable_change),
            ):
                is_listed = (what, scale.id) in listed or (what, None) in listed
                assert is_listed == (constant is None), (instrument.id, scale.id, what)
        for scale in instrument.scale[:1]:
            is_listed = ("reliability", scale.id) in listed
            assert is_listed == (scale.reliability is None), instrument.id
    for name, scale_id in REPORTED:
        listed = {(unknown.what, unknown.scale) for unknown in INSTRUMENTS[name].unknown}
        assert {("item map", scale_id), ("item map", None)} & listed, (name, scale_id)
    for name in WITHOUT_SCALE:
        assert "item map" in {unknown.what for unknown in INSTRUMENTS[name].unknown}


def every_source() -> Iterator[tuple[str, str]]:
    for name, instrument in INSTRUMENTS.items():
        yield name, instrument.item_source
        for scale in instrument.scale:
            told: list[Constant] = [scale.missing] if scale.items else []
            told += [c for each in (scale, *scale.norm) for _, c in each.known()]
            yield from ((name, constant.source) for constant in told)
            parts: list[Sourced] = [*scale.published, *scale.band]
            yield from ((name, part.source) for part in parts)
            yield name, scale.map_source
        parts = [*instrument.critical_item, *instrument.published]
        yield from ((name, part.source) for part in parts)


@pytest.mark.parametrize("name", INSTRUMENTS)
def test_a_source_is_named_or_said_not_to_have_been_checked(name: str) -> None:
    sources = {source for owner, source in every_source() if owner == name}

    assert sources
    assert [s for s in sources if not any(known in s for known in (*UNCHECKED, *NAMED))] == []

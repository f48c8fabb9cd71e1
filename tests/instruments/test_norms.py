"""Which norm group is in force, and that a mistyped one is refused."""

import pytest

from flows.instruments import InstrumentError, load_instruments


def test_the_default_norm_is_in_force_unless_another_is_named() -> None:
    """OQ-45: Dutch (Timman 2017) 56 and 18, US 64 and 14."""
    for norms, cutoff, points in (
        (None, 56, 18),
        ({"oq-45": "nl"}, 56, 18),
        ({"oq-45": "us"}, 64, 14),
    ):
        total = load_instruments(norms=norms)["oq-45"].scale[0]
        assert total.cutoff is not None
        assert total.reliable_change is not None
        assert (total.cutoff.value, total.reliable_change.value) == (cutoff, points)


def test_what_is_no_matter_of_norms_stays() -> None:
    dutch, us = load_instruments()["oq-45"], load_instruments(norms={"oq-45": "us"})["oq-45"]

    for one, other in zip(dutch.scale, us.scale, strict=True):
        assert (one.items, one.missing, one.reliability) == (
            other.items, other.missing, other.reliability,
        )  # fmt: skip
    assert dutch.norm == us.norm
    assert [norm.id for norm in dutch.norm if norm.default] == ["nl"]


def test_a_reliable_change_that_one_norm_has_is_unknown_under_the_other() -> None:
    def unknown(norm: str) -> set[str | None]:
        told = load_instruments(norms={"oq-45": norm})["oq-45"].still_unknown()
        return {each.scale for each in told if each.what == "reliable change"}

    assert unknown("nl") == {"sd", "ir", "sr", "asd"}
    assert unknown("us") == {"asd"}


def test_an_instrument_without_norms_has_none_in_force() -> None:
    assert load_instruments()["phq-9"].norm_in_force is None


@pytest.mark.parametrize(
    ("norms", "what"),
    [
        ({"oq": "nl"}, "names 'oq', which is no instrument"),
        ({"oq-45": "uk"}, "gives 'uk' for 'oq-45', which has only nl, us"),
        ({"phq-9": "nl"}, "gives 'nl' for 'phq-9', which has no norm groups"),
    ],
)
def test_a_norm_that_does_not_exist_is_refused(norms: dict[str, str], what: str) -> None:
    with pytest.raises(InstrumentError) as raised:
        load_instruments(norms=norms)

    assert what in str(raised.value)
    assert str(raised.value).startswith("[instruments] norms in opkoers.toml")

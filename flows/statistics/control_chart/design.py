"""Which chart is drawn, and by whose rules it is read."""

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """Of single values, of shares, of shares that differ by more than chance, or of runs alone."""

    XMR = "xmr"
    P = "p"
    P_PRIME = "pp"
    RUN = "run"

    @property
    def is_of_shares(self) -> bool:
        """Whether values are counts out of sizes, and limits stay within 0 and 1."""
        return self in (Kind.P, Kind.P_PRIME)


class RuleSet(StrEnum):
    """NHS: R1-R4 of Making Data Count; ANHOEJ: points outside, long runs, few crossings."""

    NHS = "nhs"
    ANHOEJ = "anhoej"


@dataclass(frozen=True)
class Design:
    """What the charts of a set of series have in common.

    `freeze` is how many periods make the baseline, None for all. With NHS rules each part has its
    own baseline of so many periods; with Anhøj's a series of two or more parts has none but the
    parts themselves (qicharts2 does so). `is_screened` says whether moving ranges of 3.267 times
    their mean or more are left out once; None is the way of each package: yes for an XmR chart
    with NHS rules, else no.
    """

    kind: Kind
    rules: RuleSet
    freeze: int | None = None
    is_screened: bool | None = None

    @property
    def screens(self) -> bool:
        """Whether large moving ranges are left out."""
        if self.is_screened is not None:
            return self.is_screened and self.kind in (Kind.XMR, Kind.P_PRIME)
        return self.kind is Kind.XMR and self.rules is RuleSet.NHS

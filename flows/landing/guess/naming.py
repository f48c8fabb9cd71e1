"""What a column name tells of an answer: its questionnaire, its item and its moment."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from flows.landing.guess.columns import Column
from flows.landing.guess.names import TOTAL
from flows.landing.guess.occasions import LABEL

SEP = r"[._\- ]"
STEM = r"(?P<stem>[^\W\d_].*?)"
PART = rf"(?P<part>\d{{1,3}}|{'|'.join(TOTAL)})"
OCCASION = rf"(?P<occasion>{LABEL})"
ALONE = "alone"


def _form(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE)


# From the form that says most to the one that says least.
MOMENTS_AND_ITEMS = (
    _form(f"{STEM}{SEP}{OCCASION}{SEP}{PART}"),  # phq9_t1_3
    _form(f"{STEM}{SEP}{PART}{SEP}{OCCASION}"),  # phq9_3_t1
    _form(f"{OCCASION}{SEP}{STEM}{SEP}{PART}"),  # t1_phq9_3
    _form(rf"{OCCASION}{SEP}(?P<stem>[a-z]+)(?P<part>\d{{1,3}})"),  # pre_bdi3
)
NUMBERED_MOMENTS = _form(rf"(?P<stem>[a-z_]*[a-z])(?P<occasion>\d{{1,2}})[._]{PART}")  # BDI1.3
MOMENTS = (
    _form(f"{STEM}{SEP}{OCCASION}"),  # bdi_s0, bdi.2m
    _form(f"{OCCASION}{SEP}{STEM}"),  # pre_bdi
    _form(r"(?P<stem>[a-z]{2,})(?P<occasion>pre|post)"),  # bdipre
)
ITEMS = (
    _form(rf"{STEM}{SEP}{PART}"),  # phq9_3, phq9_total
    _form(r"(?P<stem>[^\W\d_]+)(?P<part>\d{1,2})[._]q\d{1,3}"),  # audit3_q33
    _form(r"(?P<stem>.*[^\W\d])(?P<part>\d{1,3})"),  # EDDEP04, Q002MC_SQ001
)


@dataclass(frozen=True)
class Group:
    """Columns of one questionnaire: by moment ("" where there is one), then by item or scale.

    `stem` is what their names have in common.
    """

    stem: str
    columns: dict[str, dict[str, Column]] = field(default_factory=dict)
    templates: dict[str, str] = field(default_factory=dict)

    @property
    def all_columns(self) -> tuple[Column, ...]:
        return tuple(column for parts in self.columns.values() for column in parts.values())

    @property
    def items(self) -> tuple[str, ...]:
        """The numbers of its items as the names write them, in the order of the columns."""
        return tuple(part for part in self.templates if part.isdecimal())

    @property
    def scales(self) -> tuple[str, ...]:
        return tuple(part for part in self.templates if not part.isdecimal())

    @property
    def occasions(self) -> tuple[str, ...]:
        return tuple(occasion for occasion in self.columns if occasion)


@dataclass(frozen=True)
class _Read:
    column: Column
    stem: str
    occasion: str
    part: str
    template: str


def find_groups(columns: Sequence[Column], is_instrument: Iterable[str]) -> Iterator[Group]:
    """Columns whose names belong together, the most telling form of name first.

    `is_instrument` are names under which instruments are known: the 9 of
    phq9_1 is no moment.
    """
    known = set(is_instrument)
    left = list(columns)
    for form in (*MOMENTS_AND_ITEMS, NUMBERED_MOMENTS, *MOMENTS):
        for group in _grouped(left, form):
            if _is_course(group, known, form is NUMBERED_MOMENTS):
                yield group
                left = [column for column in left if column not in group.all_columns]
    for form in ITEMS:
        for group in _grouped(left, form):
            if len(group.templates) > 1:
                yield group
                left = [column for column in left if column not in group.all_columns]


def find_courses(columns: Sequence[Column]) -> Iterator[Group]:
    """Columns of one thing at several moments, such as date_t1 and date_t2."""
    for form in MOMENTS:
        yield from (group for group in _grouped(columns, form) if len(group.occasions) > 1)


def _is_course(group: Group, known: set[str], is_numbered: bool) -> bool:
    """Whether a group holds several moments; numbered ones all need the same columns."""
    if len(group.occasions) < 2:
        return False
    if not is_numbered:
        return True
    names = {f"{group.stem}{occasion}".lower() for occasion in group.occasions}
    parts = [set(held) for held in group.columns.values()]
    return not names & known and all(held == parts[0] for held in parts)


def _grouped(columns: Sequence[Column], form: re.Pattern[str]) -> list[Group]:
    groups: dict[str, Group] = {}
    for column in columns:
        read = _read(column, form)
        if read is not None:
            group = groups.setdefault(read.stem.lower(), Group(read.stem))
            group.columns.setdefault(read.occasion, {})[read.part] = column
            group.templates.setdefault(read.part, read.template)
    return list(groups.values())


def _read(column: Column, form: re.Pattern[str]) -> _Read | None:
    match = form.fullmatch(column.name)
    if match is None:
        return None
    told = match.groupdict()
    template = column.name
    if "occasion" in told:
        start, end = match.span("occasion")
        template = template[:start] + "{occasion}" + template[end:]
    part = told.get("part") or ALONE
    return _Read(column, match["stem"], told.get("occasion") or "", part.lower(), template)

"""Three exports of one service, each in a dialect of its own: wide, long and totals.

Lines are built as numpy byte strings, column by column; no field but a planted
one needs quotes, so a record is always one physical line.
"""

from dataclasses import dataclass
from datetime import timedelta
from functools import cache, reduce
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from flows.demo.answers import ITEMS, MISSING, PHQ, QUESTIONNAIRES, Answers, Moments
from flows.demo.courses import Courses
from flows.demo.deliveries import delivered_on, file_on
from flows.demo.service import Therapists
from flows.demo.simulation import CLINICS, FIRST_MONDAY, LAST_DAY, Flags, Ints

Texts = NDArray[np.bytes_]
_LONG_NAMES = ("PHQ9", "GAD7", "ORS", "SRS")
_WIDE_NAMES = ("phq9", "gad7", "ors", "srs")
_ENDS = np.cumsum([q.items for q in QUESTIONNAIRES])
BLOCKS = tuple(slice(int(e) - q.items, int(e)) for q, e in zip(QUESTIONNAIRES, _ENDS, strict=True))


@dataclass(frozen=True)
class Dialect:
    """How one clinic's export looks.

    `answer` and `answers` are the place of the first answer column and their
    number; in a long export that is one, in a line of its own per item.
    `text` and `too_high` are answers that no questionnaire allows.
    """

    clinic: int
    delimiter: str
    columns: tuple[str, ...]
    answer: int
    answers: int
    date: int
    date_format: str
    decimal: str
    text: str
    too_high: str
    shape: Literal["wide", "long", "totals"]
    byte_order_mark: bool = False
    has_testers: bool = False

    @property
    def name(self) -> str:
        return CLINICS[self.clinic].name

    def file(self, day: int) -> str:
        """Name of the file delivered on a day."""
        return file_on(self.name, day)

    def header(self) -> bytes:
        """First line of the file, with the byte order mark where the dialect has one."""
        encoding = "utf-8-sig" if self.byte_order_mark else "utf-8"
        return (self.delimiter.join(self.columns) + "\n").encode(encoding)


_WIDE_ITEMS = tuple(
    f"{name}_{item}"
    for name, q in zip(_WIDE_NAMES, QUESTIONNAIRES, strict=True)
    for item in range(1, q.items + 1)
)
NOORD = Dialect(
    clinic=0,
    delimiter=";",
    columns=(
        *("clientnummer", "behandelaar", "traject", "groep", "zitting", "datum"),
        *_WIDE_ITEMS,
        "tester",
    ),
    answer=6,
    answers=ITEMS,
    date=5,
    date_format="%d-%m-%Y",
    decimal=",",
    text='"soms; wel eens"',
    too_high="7",
    shape="wide",
    byte_order_mark=True,
    has_testers=True,
)
MIDDEN = Dialect(
    clinic=1,
    delimiter=",",
    columns=(
        *("patient", "therapist", "episode", "group", "session", "measured_on"),
        *("questionnaire", "item", "answer"),
    ),
    answer=8,
    answers=1,
    date=5,
    date_format="%Y-%m-%d",
    decimal=".",
    text='"soms, wel eens"',
    too_high="7",
    shape="long",
)
ZUID = Dialect(
    clinic=2,
    delimiter="\t",
    columns=(
        *("patient", "therapist", "session", "date"),
        *(f"{name}_total" for name in _WIDE_NAMES),
    ),
    answer=4,
    answers=len(QUESTIONNAIRES),
    date=3,
    date_format="%d/%m/%Y",
    decimal=".",
    text="n.v.t.",
    too_high="270",
    shape="totals",
)
DIALECTS = (NOORD, MIDDEN, ZUID)


@dataclass(frozen=True)
class Labels:
    """Pseudonymous ids as text, one row per episode."""

    patient: Texts
    therapist: Texts
    episode: Texts
    group: Texts


@dataclass(frozen=True)
class Export:
    """Lines without their ends, the day of each, and the places where an error may be planted.

    Lines are in order of `day`. A place is the line of a later session's record with a whole
    PHQ-9; in a long export, of its first answer; with totals, one with another total.
    """

    lines: Texts
    day: Ints
    places: Ints


def labels_of(courses: Courses, team: Therapists, patients: int) -> Labels:
    """Ids of the episodes; wide enough for `patients` numbers."""
    intake = courses.intake
    width = max(5, len(str(patients)))
    prefix = np.array([c.prefix.encode() for c in CLINICS])[intake.clinic]
    patient = np.strings.add(prefix, np.strings.zfill(intake.patient.astype("S7"), width))
    groups = np.array([(c.group or "").encode() for c in CLINICS])
    return Labels(
        patient=patient,
        therapist=np.array([name.encode() for name in team.ids])[intake.therapist],
        episode=joined([patient, intake.episode_no.astype("S1")], "-"),
        group=np.where(intake.in_group > 0, groups[intake.clinic], b""),
    )


@dataclass(frozen=True)
class Plans:
    """What one clinic records of its treatments: their start, planned sessions and how they ended.

    It records no day of the end, so that this is still read from the measurements. A file tells
    the treatments that began or ended since the one before it.
    """

    clinic: int = NOORD.clinic
    stem: str = f"trajecten_{NOORD.name}"
    columns: tuple[str, ...] = ("clientnummer", "traject", "start", "gepland", "einde")

    def header(self) -> bytes:
        return (";".join(self.columns) + "\n").encode()

    def lines(
        self, courses: Courses, labels: Labels, days: tuple[int, ...]
    ) -> dict[int, list[bytes]]:
        """By day of delivery (of `days`), one line for each episode of the clinic to tell."""
        begun = (courses.intake.clinic == self.clinic) & courses.held[:, 0]
        began_in = delivered_on(days, courses.day[:, 0])
        ended_in = delivered_on(days, courses.at_last_session(courses.day))
        return {
            day: self._told(
                courses,
                labels,
                begun & ((began_in == day) | (courses.ended & (ended_in == day))),
                courses.ended & (ended_in <= day),
            )
            for day in days
        }

    def _told(self, courses: Courses, labels: Labels, here: Flags, is_over: Flags) -> list[bytes]:
        start = _dates(NOORD.date_format)[courses.day[here, 0]]
        planned = courses.traits.planned[here].astype("S4")
        left = np.where(courses.traits.dropped_out[here], b"patient_unilateral", b"planned")
        ended = np.where(is_over[here], left, b"")
        columns = [labels.patient[here], labels.episode[here], start, planned, ended]
        texts = joined(columns, ";")
        return list(texts.tolist())


PLANS = Plans()


def export_of(dialect: Dialect, labels: Labels, moments: Moments) -> Export:
    """The export of the clinic's `moments`."""
    writers = {"wide": _wide, "long": _long, "totals": _totals}
    return writers[dialect.shape](dialect, labels, moments)


def _wide(dialect: Dialect, labels: Labels, moments: Moments) -> Export:
    items = _item_texts(moments.answers, dialect.decimal)
    no_tester = np.full(len(moments), b"0")
    columns = [*_record_columns(dialect, labels, moments), *items.T, no_tester]
    lines = joined(columns, dialect.delimiter)
    return Export(lines, moments.day, np.flatnonzero(_is_place(moments)))


def _long(dialect: Dialect, labels: Labels, moments: Moments) -> Export:
    record = joined(_record_columns(dialect, labels, moments), dialect.delimiter)
    answered = moments.answers != MISSING
    row, item = np.nonzero(answered)
    answer = _item_texts(moments.answers, dialect.decimal)[answered]
    places = np.flatnonzero((item == PHQ.start) & _is_place(moments)[row])
    lines = joined([record[row], _long_items()[item], answer], dialect.delimiter)
    return Export(lines, moments.day[row], places)


def _totals(dialect: Dialect, labels: Labels, moments: Moments) -> Export:
    totals = np.stack([_total(moments.answers[:, block]) for block in BLOCKS], axis=1)
    moments = moments.of(np.asarray((totals != MISSING).any(axis=1)))
    totals = totals[(totals != MISSING).any(axis=1)]
    texts = [
        _texts_of(totals[:, number], q.is_line, dialect.decimal)
        for number, q in enumerate(QUESTIONNAIRES)
    ]
    ids = [labels.patient[moments.episode], labels.therapist[moments.episode]]
    when = [moments.session.astype("S2"), _dates(dialect.date_format)[moments.day]]
    lines = joined([*ids, *when, *texts], dialect.delimiter)
    has_other = (totals[:, 1:] != MISSING).any(axis=1)
    return Export(lines, moments.day, np.flatnonzero(_is_place(moments) & has_other))


def _is_place(moments: Moments) -> Flags:
    """First sessions stay as they are, so that errors move no baseline and lose no patient."""
    complete = (moments.answers[:, PHQ] != MISSING).all(axis=1)
    return np.asarray(complete & (moments.session > 1))


def is_answered(answers: Answers, block: slice) -> Flags:
    """Which moments hold any answer of the block."""
    return np.asarray((answers[:, block] != MISSING).any(axis=1))


def _total(answers: Answers) -> Answers:
    """Sum, or MISSING where any item is: this clinic's system does not prorate."""
    complete = (answers != MISSING).all(axis=1)
    return np.where(complete, answers.sum(axis=1), MISSING).astype(np.int16)


def _record_columns(dialect: Dialect, labels: Labels, moments: Moments) -> list[Texts]:
    row = moments.episode
    ids = [labels.patient[row], labels.therapist[row], labels.episode[row], labels.group[row]]
    return [*ids, moments.session.astype("S2"), _dates(dialect.date_format)[moments.day]]


def joined(columns: list[Texts], delimiter: str) -> Texts:
    """The columns side by side with the delimiter between them."""
    mark = delimiter.encode()

    def add(left: Texts, right: Texts) -> Texts:
        return np.strings.add(np.strings.add(left, mark), right)

    return reduce(add, columns)


def _item_texts(answers: Answers, decimal: str) -> Texts:
    """Texts of moments x ITEMS, empty where missing."""
    parts = [
        _texts_of(answers[:, block], q.is_line, decimal)
        for block, q in zip(BLOCKS, QUESTIONNAIRES, strict=True)
    ]
    return np.concatenate(parts, axis=1)


def _texts_of(values: Answers, in_tenths: bool, decimal: str) -> Texts:
    return _number_texts(decimal if in_tenths else "")[values + 1]


@cache
def _number_texts(decimal: str) -> Texts:
    """MISSING as empty text, then 0 to 400 as whole numbers or as tenths."""
    whole = [f"{n // 10}{decimal}{n % 10}" if decimal else str(n) for n in range(401)]
    return np.array([b"", *(text.encode() for text in whole)])


@cache
def _dates(date_format: str) -> Texts:
    days = (FIRST_MONDAY + timedelta(days=day) for day in range(LAST_DAY + 1))
    return np.array([day.strftime(date_format).encode() for day in days])


@cache
def _long_items() -> Texts:
    names = zip(_LONG_NAMES, QUESTIONNAIRES, strict=True)
    return np.array([f"{n},{i}".encode() for n, q in names for i in range(1, q.items + 1)])

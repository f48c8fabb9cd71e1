"""A guess as the text of a source file; comments say what was seen and what to check."""

import textwrap
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from flows.landing.guess import toml
from flows.landing.guess.measures import Guessed
from flows.landing.guess.moments import Timing
from flows.landing.guess.roles import Finding
from flows.landing.source import MISSING_MARKERS, Long, Skip

WIDTH = 98
CHECK = "CHECK "
NOT_DESCRIBED = "no instrument file has this name, taken from the columns: it lands unscored"
EXAMPLE_VALUES = '# values = { "first answer" = 0, "second answer" = 1 }'
HEADS = (
    "clinic_id", "patient_id", "therapist_id", "episode_id", "group_id", "respondent", "record_id",
)  # fmt: skip


@dataclass(frozen=True)
class Line:
    """A key of the source that tells how to read the file."""

    key: str
    value: toml.Value
    seen: str | None = None
    doubt: str | None = None


@dataclass(frozen=True)
class Draft:
    """Everything that a source file will say.

    `title` is a sentence on the file, `unused` are columns of which no use is made.
    """

    title: str
    reading: tuple[Line, ...]
    missing: tuple[str, ...]
    people: dict[str, Finding]
    timing: Timing
    measures: tuple[Guessed, ...] = ()
    long: Long | None = None
    long_seen: str | None = None
    doubts: tuple[str, ...] = ()
    skips: tuple[Skip, ...] = ()
    unused: tuple[str, ...] = ()
    companions: tuple[Path, ...] = ()

    @property
    def is_open(self) -> bool:
        """Whether a person has to choose before anything can be landed."""
        return len(self.timing.moments) > 1

    def with_keys(self, keys: Mapping[str, str | int]) -> "Draft":
        """The same with the place of the column names in a workbook."""
        row = keys.get("header_row")
        if row is None:
            return self
        line = Line("header_row", row, "titles stand above the names of columns")
        return replace(self, reading=(*self.reading, line))

    def with_sheet(self, name: str, sheets: int) -> "Draft":
        """The same for one of several sheets."""
        doubt = f"the workbook has {sheets} sheets with columns: this one is read"
        return replace(self, reading=(*self.reading, Line("sheet", name, None, doubt)))

    def with_skips(self, skips: Iterable[Skip]) -> "Draft":
        """The same without records that are not meant to land."""
        found = tuple(skips)
        columns = {skip.column for skip in found}
        unused = tuple(name for name in self.unused if name not in columns)
        return replace(self, skips=found, unused=unused)

    def with_companions(self, companions: Mapping[str, Path]) -> "Draft":
        """The same with files that lie beside the source and explain the export."""
        lines = tuple(
            Line(key, file.name, None, f"'{file.name}' has to lie beside this source")
            for key, file in sorted(companions.items())
        )
        paths = tuple(companions[key] for key in sorted(companions))
        return replace(self, reading=(*self.reading, *lines), companions=paths)

    @property
    def all_doubts(self) -> tuple[str, ...]:
        """Everything that a person has to look at, in the order of the file."""
        told = [line.doubt for line in self.reading]
        told += [finding.doubt for finding in self._people()]
        told += [*self.timing.doubts, *self.doubts]
        told += [doubt for guessed in self.measures for doubt in guessed.doubts]
        told += self._not_described()
        return tuple(dict.fromkeys(doubt for doubt in told if doubt))

    def _not_described(self) -> Iterator[str]:
        names = dict.fromkeys(
            guessed.measure.instrument for guessed in self.measures if not guessed.is_described
        )
        if names:
            yield (
                f"no instrument file describes {', '.join(names)} (named after the columns): such"
                " answers land unscored; write the right name, or take out what is no questionnaire"
            )

    def _people(self) -> Iterator[Finding]:
        return (self.people[head] for head in HEADS if head in self.people)


def source_text(draft: Draft) -> str:
    """The source file."""
    lines = [
        *_comment(f"A first version by `opkoers sources guess`. {draft.title}"),
        *_comment("What is unsure is marked CHECK; flows/landing/README.md explains every key."),
        "",
    ]
    for line in draft.reading:
        lines += [*_noted(line.seen, line.doubt), f"{line.key} = {toml.value_of(line.value)}"]
    if draft.missing:
        lines.append(f"missing = {toml.value_of((*MISSING_MARKERS, *draft.missing))}")
    lines.append("")
    for head in HEADS:
        if head in draft.people:
            finding = draft.people[head]
            lines += _noted(finding.seen, finding.doubt)
            lines.append(f"{head} = {toml.from_column(finding.part)}")
    lines += ["", *_timing_lines(draft.timing)]
    lines += _doubt_lines(draft.doubts)
    for guessed in draft.measures:
        lines += ["", *_measure_lines(guessed)]
    if draft.long is not None:
        lines += ["", *_noted(draft.long_seen, None), *toml.long(draft.long)]
    for skip in draft.skips:
        lines += ["", *toml.skip(skip)]
    if draft.unused:
        lines += ["", *_comment(f"Not used: {', '.join(draft.unused)}.")]
    return "\n".join(lines) + "\n"


def _timing_lines(timing: Timing) -> Iterator[str]:
    if timing.session_no is not None:
        yield f"session_no = {toml.from_column(timing.session_no)}"
    yield from _noted(timing.seen, None)
    yield from _doubt_lines(timing.doubts)
    sign = "# " if len(timing.moments) > 1 else ""
    yield from (f"{sign}measured_at = {toml.moment(moment)}" for moment in timing.moments)


def _measure_lines(guessed: Guessed) -> Iterator[str]:
    yield from _noted(guessed.seen, None)
    yield from _doubt_lines(guessed.doubts)
    if not guessed.is_described:
        yield from _doubt_lines([NOT_DESCRIBED])
    lines = toml.measure(guessed.measure)
    for line in lines:
        if guessed.has_unknown_words and (line.startswith("[measure.items]")):
            yield EXAMPLE_VALUES
        yield line
    if guessed.has_unknown_words and "[measure.items]" not in lines:
        yield EXAMPLE_VALUES


def _noted(seen: str | None, doubt: str | None) -> list[str]:
    noted = _comment(f"{seen[0].upper()}{seen[1:]}.") if seen else []
    return noted + _doubt_lines([doubt] if doubt else [])


def _doubt_lines(doubts: Sequence[str]) -> list[str]:
    return [line for doubt in doubts for line in _comment(f"{CHECK}{sentence(doubt)}")]


def sentence(words: str) -> str:
    """With a point at its end, or the question mark that it has."""
    return words if words.endswith("?") else f"{words}."


def _comment(sentence: str) -> list[str]:
    """A sentence as comment lines; control signs of foreign names would break them."""
    plain = "".join(sign if sign.isprintable() else " " for sign in sentence)
    return textwrap.wrap(
        plain, WIDTH, initial_indent="# ", subsequent_indent="# ", break_on_hyphens=False
    )

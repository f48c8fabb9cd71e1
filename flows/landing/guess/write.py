"""A guess as the text of a source file; comments say what was seen and what to check."""

import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from flows.landing.guess import toml
from flows.landing.guess.moments import Timing
from flows.landing.guess.questionnaires import Guessed
from flows.landing.guess.roles import Finding
from flows.landing.source import MISSING_MARKERS, Long

WIDTH = 98
CHECK = "CHECK "
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
    unused: tuple[str, ...] = ()

    @property
    def all_doubts(self) -> tuple[str, ...]:
        """Everything that a person has to look at, in the order of the file."""
        told = [line.doubt for line in self.reading]
        told += [finding.doubt for finding in self._people()]
        told += [*self.timing.doubts, *self.doubts]
        told += [doubt for guessed in self.measures for doubt in guessed.doubts]
        return tuple(dict.fromkeys(doubt for doubt in told if doubt))

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
    if draft.unused:
        lines += ["", *_comment(f"Not used: {', '.join(draft.unused)}.")]
    return "\n".join(lines) + "\n"


def _timing_lines(timing: Timing) -> Iterator[str]:
    if timing.session_no is not None:
        yield f"session_no = {toml.from_column(timing.session_no)}"
    yield from _noted(timing.seen, None)
    yield from _doubt_lines(timing.doubts)
    is_open = len(timing.moments) > 1
    for moment in timing.moments:
        yield f"{'# ' if is_open else ''}measured_at = {toml.moment(moment)}"


def _measure_lines(guessed: Guessed) -> Iterator[str]:
    yield from _noted(guessed.seen, None)
    yield from _doubt_lines(guessed.doubts)
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
    return [line for doubt in doubts for line in _comment(f"{CHECK}{doubt}.")]


def _comment(sentence: str) -> list[str]:
    """A sentence as comment lines; control signs of foreign names would break them."""
    plain = "".join(sign if sign.isprintable() else " " for sign in sentence)
    return textwrap.wrap(
        plain, WIDTH, initial_indent="# ", subsequent_indent="# ", break_on_hyphens=False
    )

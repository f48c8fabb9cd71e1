"""Answers of a closed question, which an export writes as codes or as the labels people saw."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

from flows.errors import OpKoersError
from flows.landing.reading import unreadable
from flows.landing.text_file import Numbered

FIRST_ROWS = 1000
FIRST_SIGNS = 1 << 22


@dataclass(frozen=True)
class Coding:
    """What each code stands for among the landed answers, and the code of each label."""

    values: Mapping[str, str]
    labels: Mapping[str, str]

    @property
    def is_ambiguous(self) -> bool:
        """Whether the code of one answer is the label of another."""
        return any(self.labels.get(code, code) != code for code in self.values)

    def reader(self, *, labelled: bool | None) -> Callable[[str], str]:
        """How to read a cell: codes go before labels, unless the export holds labels."""
        values, labels = self.values, self.labels

        def read(text: str) -> str:
            told = " ".join(text.split())
            code = told if told in values and not (labelled and told in labels) else None
            code = labels.get(told) if code is None else code
            return text if code is None else values.get(code, code)

        return read


def first_rows(rows: Iterator[Numbered], chunk_rows: int) -> list[Numbered]:
    """The records at the begin of an export, taken from `rows`; few where they are long."""
    first: list[Numbered] = []
    signs = 0
    for numbered in islice(rows, min(FIRST_ROWS, chunk_rows)):
        first.append(numbered)
        signs += sum(map(len, numbered[1]))
        if signs > FIRST_SIGNS:
            break
    return first


def holds_labels(codings: Mapping[int, Coding], rows: Iterable[Numbered]) -> bool | None:
    """Whether an export holds labels, by the first cell that tells; None where none does."""
    for _, fields in rows:
        for place, coding in codings.items():
            text = " ".join(fields[place].split()) if place < len(fields) else ""
            is_label, is_code = text in coding.labels, text in coding.values
            if is_label != is_code:
                return is_label
    return None


def check_labels_or_codes(
    codings: Mapping[int, Coding], rows: Sequence[Numbered], name: str
) -> bool | None:
    """What `holds_labels` finds. Raises OpKoersError where that must be known and is not."""
    labelled = holds_labels(codings, rows)
    if labelled is None and any(coding.is_ambiguous for coding in codings.values()):
        raise _ambiguous(name)
    return labelled


def _ambiguous(name: str) -> OpKoersError:
    return unreadable(
        name,
        "it cannot be told whether this export holds codes or labels, and some codes are"
        " labels of other answers",
        "Export it with codes, and with all columns of the project or survey",
    )

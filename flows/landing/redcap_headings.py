"""The headings of a REDCap export with labels -> names of fields.

Such an export names every column by the text that people see, which several
columns may share: `Complete?` ends each form.
"""

from collections import Counter
from collections.abc import Iterator, Sequence

from flows.landing.redcap_project import Project, plain_label

OWN_HEADINGS = {
    "Event Name": "redcap_event_name",
    "Repeat Instrument": "redcap_repeat_instrument",
    "Repeat Instance": "redcap_repeat_instance",
    "Data Access Group": "redcap_data_access_group",
    "Survey Identifier": "redcap_survey_identifier",
}
COMPLETE = "Complete?"
TIMESTAMP = "Survey Timestamp"


def field_names(header: Sequence[str], project: Project) -> tuple[str, ...]:
    """The name of each column; a heading that tells no field stays as it is."""
    named = list(_by_label(header, project))
    for place, heading in enumerate(header):
        if heading == COMPLETE and (form := _form(reversed(named[:place]), project)):
            named[place] = f"{form}_complete"
        elif heading == TIMESTAMP and (form := _form(iter(named[place + 1 :]), project)):
            named[place] = f"{form}_timestamp"
    return tuple(named)


def _by_label(header: Sequence[str], project: Project) -> Iterator[str]:
    """A label that several fields bear tells each in turn, where all of them are there."""
    bearers: dict[str, list[str]] = {}
    for known in project.fields.values():
        bearers.setdefault(known.label, []).append(known.name)
    times = Counter(plain_label(heading) for heading in header)
    telling = {label: iter(names) for label, names in bearers.items() if len(names) == times[label]}
    for heading in header:
        named = telling.get(plain_label(heading))
        if heading in project.fields or named is None:
            yield OWN_HEADINGS.get(heading, heading)
        else:
            yield next(named)


def _form(names: Iterator[str], project: Project) -> str | None:
    """The form of the nearest column that is a field of the dictionary."""
    return next((project.fields[name].form for name in names if name in project.fields), None)

"""The mails: what each says, as text and as HTML. Counts and a link, never a person.

The HTML loads nothing, reads in the order of the text, and follows a reader's dark mode.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from html import escape

from dashboards.drawing.formats import number
from dashboards.drawing.translation import N_, translation

# In the order of a mail; the keys are those of `counts` in report.json.
COUNTED = {
    "critical": N_("Critical items open"),
    "new": N_("New alerts this week"),
    "open": N_("Alerts still open from before"),
    "red": N_("Red among new and open alerts"),
    "amber": N_("Amber among new and open alerts"),
    "overdue": N_("Measurements overdue"),
}
COUNTED_ALONE = {
    "critical": COUNTED["critical"],
    "late": N_("Of these without an answer in time"),
}
SMALLEST_SHOWN = 5
LONGEST_NAME = 80


@dataclass(frozen=True)
class Letter:
    """What a mail says, in one language: `counts` goes from words to a number as written."""

    language: str
    subject: str
    lines: tuple[str, ...]
    counts: tuple[tuple[str, str], ...] = ()
    caption: str = ""
    link: tuple[str, str] | None = None
    small_print: tuple[str, ...] = ()


def clinic_letter(
    clinic: str,
    week: str,
    revision: int,
    counts: Mapping[str, int],
    pages: str,
    *,
    language: str,
    simulated: bool,
) -> Letter:
    """That a clinic's weekly report is ready, for its coordinator."""
    _ = translation(language).gettext
    name = _shown(clinic)
    subject = _("Op koers: report of week {week}, {clinic}").format(week=week, clinic=name)
    lines = [_("The weekly report of {clinic} for week {week} is ready.").format(
        clinic=name, week=week)]  # fmt: skip
    if revision > 1:
        subject = _("{subject} (revision {n})").format(subject=subject, n=revision)
        lines.append(_revised(revision, language))
    return Letter(
        language=language,
        subject=subject,
        lines=tuple(lines),
        counts=tuple((_(words), number(counts[key], language)) for key, words in COUNTED.items()),
        caption=_("What waits in {clinic}").format(clinic=name),
        link=_link(pages, language),
        small_print=_small_print(language, simulated=simulated),
    )


def critical_letter(
    clinic: str,
    week: str,
    counts: Mapping[str, int],
    pages: str,
    *,
    language: str,
    simulated: bool,
) -> Letter:
    """That checks held a clinic's weekly report back, and its critical items are there alone."""
    _ = translation(language).gettext
    name = _shown(clinic)
    return Letter(
        language=language,
        subject=_("Op koers: critical items of week {week}, {clinic}").format(
            week=week, clinic=name
        ),
        lines=(
            _(
                "The critical items of {clinic} are listed in the folder of week {week}. Checks on"
                " the data failed, so the rest of the report was held back."
            ).format(clinic=name, week=week),
        ),
        counts=tuple(
            (_(words), number(counts[key], language)) for key, words in COUNTED_ALONE.items()
        ),
        caption=_("What waits in {clinic}").format(clinic=name),
        link=_link(pages, language),
        small_print=_small_print(language, simulated=simulated),
    )


def therapist_letter(
    clinic: str, week: str, revision: int, pages: str, *, language: str, simulated: bool
) -> Letter:
    """That this week's list is ready, for those who treat; without any count of their patients."""
    _ = translation(language).gettext
    lines = [_("Your own list of week {week} is ready.").format(week=week)]
    if revision > 1:
        lines.append(_revised(revision, language))
    return Letter(
        language=language,
        subject=_("Op koers: your list of week {week}, {clinic}").format(
            week=week, clinic=_shown(clinic)
        ),
        lines=tuple(lines),
        link=_link(pages, language),
        small_print=_small_print(language, simulated=simulated),
    )


def quality_letter(
    name: str,
    week: str,
    counts: Mapping[str, int],
    pages: str,
    *,
    language: str,
    simulated: bool,
) -> Letter:
    """The week of a clinic or of the whole service in counts; those of 1 to 4 are not told."""
    _ = translation(language).gettext
    few = _("fewer than {n}").format(n=SMALLEST_SHOWN)
    return Letter(
        language=language,
        subject=_("Op koers: summary of week {week}, {name}").format(week=week, name=_shown(name)),
        lines=(_("Week {week} of {name} in numbers.").format(week=week, name=_shown(name)),),
        counts=tuple(
            (_(words), few if 0 < counts[key] < SMALLEST_SHOWN else number(counts[key], language))
            for key, words in COUNTED.items()
        ),
        caption=_("What waits in {clinic}").format(clinic=_shown(name)),
        link=_link(pages, language),
        small_print=_small_print(language, simulated=simulated),
    )


def failure_letter(started: str, exit_code: int | None, *, language: str) -> Letter:
    """That a run failed or was cut short, for who runs Op koers. `started` as it is to be read."""
    _ = translation(language).gettext
    if exit_code is None:
        happened = _("The run of {started} was cut short: it never said that it ended.")
    else:
        happened = _("The run of {started} failed, with exit code {exit_code}.")
    return Letter(
        language=language,
        subject=_("Op koers: a run failed"),
        lines=(
            happened.format(started=started, exit_code=exit_code),
            _("What was published before it still stands; pages and reports are of that day."),
            _("The file logs/opkoers.log in the home says what, where and what to do."),
        ),
    )


def silence_letter(days: int, *, language: str) -> Letter:
    """That no run finished for so many days, for who runs Op koers."""
    words = translation(language)
    return Letter(
        language=language,
        subject=words.gettext("Op koers: no run for more than a week"),
        lines=(
            words.ngettext(
                "The last run that finished was {days} day ago.",
                "The last run that finished was {days} days ago.",
                days,
            ).format(days=days),
            words.gettext("Look whether `opkoers schedule` still runs, and at logs/opkoers.log."),
        ),
    )


def as_text(letter: Letter) -> str:
    """The letter as plain text, a blank line between its parts."""
    counts = "\n".join(f"{words}: {count}" for words, count in letter.counts)
    link = "\n".join(letter.link) if letter.link else ""
    parts = [*letter.lines, counts, link, "\n".join(letter.small_print)]
    return "\n\n".join(part for part in parts if part) + "\n"


def as_html(letter: Letter) -> str:
    """The letter as a page of its own: one column, real headings and a real table."""
    lines = "\n".join(f"<p>{escape(line)}</p>" for line in letter.lines)
    link = ""
    if letter.link:
        words, address = map(escape, letter.link)
        link = (
            f'<p><a class="button" href="{address}">{words}</a></p>\n<p class="small">{address}</p>'
        )
    small = "\n".join(f'<p class="small">{escape(line)}</p>' for line in letter.small_print)
    return _PAGE.format(
        language=letter.language,
        title=escape(letter.subject),
        lines=lines,
        table=_table(letter),
        link=link,
        small=small,
    )


def _table(letter: Letter) -> str:
    if not letter.counts:
        return ""
    rows = "\n".join(
        f'<tr><th scope="row">{escape(words)}</th><td>{escape(count)}</td></tr>'
        for words, count in letter.counts
    )
    return f"<table>\n<caption>{escape(letter.caption)}</caption>\n{rows}\n</table>"


def _shown(name: str) -> str:
    """A clinic's or service's own name on one line, without what would turn the line round."""
    plain = "".join(each if each.isprintable() else " " for each in name)
    return f"{plain[:LONGEST_NAME]}…" if len(plain) > LONGEST_NAME else plain


def _revised(revision: int, language: str) -> str:
    _ = translation(language).gettext
    return _(
        "This is revision {n}: data that came in late changed that week. It takes the place of"
        " the earlier report."
    ).format(n=revision)


def _link(pages: str, language: str) -> tuple[str, str] | None:
    _ = translation(language).gettext
    return (_("Open the pages of Op koers"), pages) if pages else None


def _small_print(language: str, *, simulated: bool) -> tuple[str, ...]:
    _ = translation(language).gettext
    return (
        *([_("Simulated data. Nobody in it exists.")] if simulated else []),
        _("This mail names nobody. Who is meant stands in the report and on the pages."),
        _("Op koers supports the decisions of trained professionals. It is not a crisis line."),
    )


_PAGE = """<!doctype html>
<html lang="{language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="supported-color-schemes" content="light dark">
<title>{title}</title>
<style>
:root {{ color-scheme: light dark; }}
body {{ margin: 0; padding: 24px 16px; background: #ffffff; color: #1d2329;
  font: 16px/1.5 "Segoe UI", Roboto, Helvetica, Arial, sans-serif; }}
main {{ max-width: 34em; margin: 0 auto; }}
h1 {{ font-size: 20px; line-height: 1.3; margin: 0 0 16px; }}
table {{ border-collapse: collapse; width: 100%; margin: 16px 0; }}
caption {{ text-align: left; font-weight: 600; padding: 0 0 6px; }}
th, td {{ padding: 8px 0; border-bottom: 1px solid #c9d0d6; }}
th {{ text-align: left; font-weight: 400; }}
td {{ text-align: right; font-variant-numeric: tabular-nums; font-weight: 600; }}
a {{ color: #0b5394; }}
.button {{ display: inline-block; padding: 10px 16px; border-radius: 4px;
  background: #0b5394; color: #ffffff; text-decoration: none; }}
.small {{ font-size: 14px; color: #4a545d; margin: 8px 0; overflow-wrap: anywhere; }}
@media (prefers-color-scheme: dark) {{
  body {{ background: #14181c; color: #e8ecef; }}
  th, td {{ border-color: #48525b; }}
  a {{ color: #8cc4ff; }}
  .button {{ background: #8cc4ff; color: #0c1116; }}
  .small {{ color: #b3bcc4; }}
}}
</style>
</head>
<body>
<main>
<h1>{title}</h1>
{lines}
{table}
{link}
{small}
</main>
</body>
</html>
"""

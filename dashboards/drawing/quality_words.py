"""What changed in a figure of quality since the quarter before, from the rules that fired."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from dashboards.drawing.control_chart import RULES
from dashboards.drawing.formats import number
from dashboards.drawing.paper import figure
from dashboards.drawing.periods import Period, period_name
from dashboards.drawing.translation import N_, said, translation

SMALL = "(<5)"
"""Stands for a count that is left out, in both languages."""
NOTHING = "\N{EN DASH}"
"""Stands where there is no figure."""

ABSENT = {
    "no_end_reason_known": N_("The exports do not tell how treatments ended."),
    "no_reason_for_missing_measurements_known": N_(
        "The exports hold no reasons for missing measurements."
    ),
    "no_appointments_known": N_("The exports hold no appointments."),
    "no_plan_or_appointments_known": N_("The exports hold no plans, or no appointments."),
    "no_waiting_time_known": N_("The exports hold no waiting times."),
    "no_recorded_end_known": N_("The exports hold no recorded ends of treatment."),
    "alliance_not_measured": N_("No questionnaire about the alliance was filled in."),
    "no_rupture_found": N_("No rupture of the alliance was found."),
    "no_answers_to_items_known": N_("The exports hold totals only, no answers to items."),
    "no_start_known": N_("The exports hold no starts of treatment and no sessions."),
    "no_alert_was_answered": N_("No alert was answered yet."),
    "no_alert_was_shown": N_("No alert was shown yet."),
    "files_are_not_of_one_team": N_("Files come from clinics, not from teams."),
    "nothing_to_count": N_("There was nothing to count."),
}
"""Why there are no figures, by the keys of the table `indicator_absence`."""

REJECTED = {
    "held_back": N_("all of it: the file is held back"),
    "none": N_("nothing"),
    "some": N_("something"),
    "under_1": N_("less than 1 %"),
    "under_5": N_("1 to 5 %"),
    "over_5": N_("more than 5 %"),
}
"""How much of a file was rejected, by the keys of the table `shown_file`."""

CAUTION = {
    "not_a_proof_of_effect": N_(
        "This is no proof that answering helps. Who answers an alert chooses which, and scores that"
        " were high fall back towards the mean by themselves. Comparable alerts are of the same"
        " kind, questionnaire, session and severity, and differ in what nobody recorded."
    )
}
"""What every reader of the audit is told, by the keys of the table `loop_audit`."""


@dataclass(frozen=True)
class QuarterFigure:
    """An indicator in a quarter; `value` is None where it is left out or nothing was counted.

    `rules` are keys of RULES; `has_limits` is false where there are too few quarters for them.
    """

    first_day: date
    value: float | None
    rules: tuple[str, ...] = ()
    has_limits: bool = False
    is_trial: bool = False
    is_better: bool | None = None


@dataclass(frozen=True)
class Change:
    """An indicator of a unit in its last complete quarter and the one before."""

    title: str
    is_share: bool
    now: QuarterFigure
    before: QuarterFigure | None


def change_in_words(change: Change, language: str) -> str:
    """What the last complete quarter was, beside the one before, and what that means."""
    return " ".join([_beside(change, language), *_meaning(change.now, language)])


def meaning_in_words(now: QuarterFigure, language: str) -> str:
    """What a quarter's figure means by the rules alone; "" where it is not shown."""
    return " ".join(_meaning(now, language))


def count_in_words(count: float | None, language: str, *, is_withheld: bool) -> str:
    """The count, the mark of one that is left out, or a dash where there is none."""
    if count is None:
        return SMALL if is_withheld else NOTHING
    return number(round(count, 1), language)


def value_in_words(value: float | None, language: str, *, is_share: bool, is_withheld: bool) -> str:
    """The value as a share or a figure, or the mark of one that is left out."""
    if value is None:
        return SMALL if is_withheld else NOTHING
    return figure(value, language, is_share=is_share)


def _beside(change: Change, language: str) -> str:
    words, now, before = translation(language), change.now, change.before
    told = {
        "title": said(change.title, language),
        "period": period_name(now.first_day, Period.QUARTER, language),
    }
    if now.value is None:
        return words.gettext("{title}: not shown for {period}.").format(**told)
    told["value"] = figure(now.value, language, is_share=change.is_share)
    if before is None or before.value is None:
        sentence = words.gettext("{title}: {value} in {period}; the quarter before is not shown.")
        return sentence.format(**told)
    told["before"] = figure(before.value, language, is_share=change.is_share)
    told["quarter"] = period_name(before.first_day, Period.QUARTER, language)
    return words.gettext("{title}: {value} in {period}, {before} in {quarter}.").format(**told)


def _meaning(now: QuarterFigure, language: str) -> Iterator[str]:
    words = translation(language)
    if now.value is None:
        return
    if not now.has_limits:
        yield words.gettext("There are too few quarters to tell chance from change.")
        return
    fired = rules_in_words(now.rules, language)
    if fired:
        yield words.gettext("Signal: {rules}.").format(rules=fired) + _verdict(now, language)
    else:
        yield words.gettext("No rule fired: this is within what chance explains.")
    if now.is_trial:
        yield words.gettext("The limits are from fewer than 12 quarters and can still shift.")


def _verdict(now: QuarterFigure, language: str) -> str:
    words = translation(language)
    if now.is_better is None:
        return ""
    better, worse = words.gettext("That is better."), words.gettext("That is worse.")
    return f" {better if now.is_better else worse}"


def rules_in_words(rules: tuple[str, ...], language: str) -> str:
    """The rules that fired, in the order in which charts name them; "" for none."""
    words = translation(language)
    order = [rule for rule in RULES if rule in rules]
    return ", ".join(dict.fromkeys(words.gettext(RULES[rule]) for rule in order))


def reason_in_words(reason: str, language: str) -> str:
    """Why an indicator has no figures."""
    return translation(language).gettext(ABSENT[reason])


def rejected_in_words(band: str, language: str) -> str:
    """How much of a file was rejected."""
    return translation(language).gettext(REJECTED[band])


def caution_in_words(key: str, language: str) -> str:
    """What is to be read with the audit of the loop."""
    return translation(language).gettext(CAUTION[key])

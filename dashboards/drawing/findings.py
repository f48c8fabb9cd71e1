"""What stands out in a file, and what to mend at the source, in the words of a sender.

The keys are those of the table `file_check`. Counts and limits only, never an answer.
"""

from collections.abc import Mapping
from typing import cast

from dashboards.drawing.formats import number
from dashboards.drawing.translation import N_, translation

FINDINGS = {
    "volume_like_the_files_before": N_(
        "The file holds {value} records; after the files before it {lower} to {upper} were to be"
        " expected."
    ),
    "nothing_lost_since_the_file_before": N_(
        "The file should be complete but holds {value} records; after the one before it at least"
        " {lower} were to be expected."
    ),
    "few_records_are_refused": N_("{failed} of {checked} records were refused because of errors."),
    "few_answers_are_refused": N_(
        "{failed} answers were refused, in a file of {checked} records that were otherwise read."
    ),
    "few_records_repeat": N_("{failed} of {checked} records repeat another record of the file."),
    "one_therapist_a_day": N_(
        "On {failed} of {checked} days with measurements a patient stands with two therapists."
    ),
    "sessions_in_order_of_time": N_(
        "{failed} of {checked} questionnaires have a lower session number than an earlier one of"
        " the same patient."
    ),
    "inside_its_episode": N_(
        "{failed} of {checked} questionnaires were measured far before or after their treatment."
    ),
    "measured_before_landing": N_(
        "{failed} of {checked} questionnaires have a date after the day on which the file came in."
    ),
    "every_item_is_answered": N_(
        "{scale}: {failed} of the {checked} items stand without any answer in the whole file."
    ),
    "forms_are_complete": N_("{scale}: {failed} of {checked} questionnaires are incomplete."),
    "reported_totals_agree": N_(
        "{scale}: {failed} of {checked} totals in the file differ from what the items give."
    ),
    "mean_like_the_files_before": N_(
        "{scale}: the mean is {value}; after the files before it {lower} to {upper} was to be"
        " expected."
    ),
    "few_forms_are_straight": N_(
        "{scale}: {failed} of {checked} questionnaires have the same answer to every item."
    ),
    "few_scores_at_an_end": N_(
        "{scale}: {failed} of {checked} scores lie at the very end of the scale."
    ),
    "answers_use_their_range": N_(
        "{scale}: the answers span {value} points and leave a part of the answers unused; at least"
        " {lower}, from the lowest answer on, was to be expected."
    ),
    "coding_of_answers_is_known": N_(
        "{scale}: no answer shows from which number answers are counted; they were read as {lower}"
        " to {upper}."
    ),
}

FIXES = {
    "volume_like_the_files_before": N_(
        "Check whether a period, a location or a questionnaire is missing from the export, or"
        " stands in it twice."
    ),
    "nothing_lost_since_the_file_before": N_(
        "Check whether the export was cut off or filtered: what it leaves out counts as withdrawn."
        " If exports of this source hold only a part, say so in the source file."
    ),
    "few_records_are_refused": N_(
        "Mend the lines that are named in rejected.csv (opkoers receipts --file tells where it"
        " is) and export them again."
    ),
    "few_answers_are_refused": N_(
        "See in rejected.csv which column comes back (opkoers receipts --file tells where it is);"
        " mend its coding in the export or in the source file."
    ),
    "few_records_repeat": N_(
        "Check whether tables were joined in the export, or a period was exported twice."
    ),
    "one_therapist_a_day": N_(
        "Check which column names the treating therapist, and from which day a change of therapist"
        " counts."
    ),
    "sessions_in_order_of_time": N_(
        "Check dates and session numbers; a new treatment needs an episode of its own."
    ),
    "inside_its_episode": N_(
        "Check start and end of the treatment, and to which treatment the questionnaire belongs."
    ),
    "measured_before_landing": N_(
        "Check in the source file how dates are written (day, month, year), and the time zone."
    ),
    "every_item_is_answered": N_(
        "Add the columns of these items to the export, or mend their names in the source file."
    ),
    "forms_are_complete": N_(
        "Check whether the export leaves items out, or questionnaires are often broken off."
    ),
    "reported_totals_agree": N_(
        "Compare version, order and reversed items with the sender; Op koers counts from the items."
    ),
    "mean_like_the_files_before": N_(
        "Check whether coding, version or the group of patients has changed."
    ),
    "few_forms_are_straight": N_(
        "Check whether the sending system fills in an answer itself; if not, talk about how the"
        " questionnaire is given."
    ),
    "few_scores_at_an_end": N_(
        "Talk about how the questionnaire is given: with the therapist looking on, scores are often"
        " at their best."
    ),
    "answers_use_their_range": N_(
        "Check in the source file whether answers are counted from 0 or from 1, and in which unit"
        " (cm or mm)."
    ),
    "coding_of_answers_is_known": N_(
        'Write in the source file from which number answers are counted, as in coding = "0-4".'
    ),
}


def finding_sentence(expectation: str, told: Mapping[str, object], language: str) -> str:
    """What stands out: `told` holds checked, failed, value, lower, upper and the scale's name.

    A key that this version does not know gives its plain words.
    """
    if expectation not in FINDINGS:
        return expectation.replace("_", " ")
    sentence = translation(language).gettext(FINDINGS[expectation])
    return sentence.format(**{key: _said(value, language) for key, value in told.items()})


def finding_fix(expectation: str, language: str) -> str:
    """What to do about it at the source; nothing for a key that this version does not know."""
    if expectation not in FIXES:
        return ""
    return translation(language).gettext(FIXES[expectation])


def _said(value: object, language: str) -> str:
    if value is None or isinstance(value, str):
        return value or ""
    return number(cast(float, value), language)

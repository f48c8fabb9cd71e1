"""What stands behind the alerts of a report: figures, quality, dates, definitions, use."""

from collections.abc import Iterable, Mapping, Sequence, Set
from itertools import groupby

from dashboards.drawing.formats import day, moment, number, one_decimal
from dashboards.drawing.sentences import domain_name, name_of
from dashboards.drawing.translation import said, translation
from flows.publishing.report_computed import COMPUTED, computed_row
from flows.publishing.report_data import (
    Clinic,
    Constant,
    CriticalItem,
    Figure,
    OwnInstrument,
    ReportData,
    Run,
    Setting,
)
from flows.publishing.report_quality import quality
from flows.publishing.report_words import (
    ABSENT,
    ALERT_FIGURES,
    CARE_FIGURES,
    CHANGE_FIGURES,
    CONSTANTS,
    EVIDENCE,
    INTENDED_USE,
    RULES,
    SETTINGS,
)
from flows.sealing import PRINTED_DIGITS


def background(data: ReportData, clinic: Clinic, language: str) -> Mapping[str, object]:
    """The parts of the report after the page of what to do."""
    return {
        "figures": _figures(clinic, language),
        "quality": quality(data, clinic, language),
        "dates": _dates(data, clinic, language),
        "definitions": _definitions(data, clinic, language),
        "intended_use": intended_use(language),
    }


def intended_use(language: str) -> Mapping[str, object]:
    _ = translation(language).gettext
    return {"title": _("Intended use"), "points": [_(point) for point in INTENDED_USE]}


def _figures(clinic: Clinic, language: str) -> Mapping[str, object]:
    _ = translation(language).gettext
    named = {**CARE_FIGURES, **ALERT_FIGURES, **CHANGE_FIGURES}
    others = {key: key.replace("_", " ") for key in clinic.figures if key not in named}
    groups = (
        (_("Care"), CARE_FIGURES),
        (_("Alerts"), ALERT_FIGURES),
        (_("Results"), CHANGE_FIGURES),
        (_("Other"), others),
    )
    rows = [(title, _figure_rows(clinic, names, language)) for title, names in groups]
    return {
        "title": _("This week in figures"),
        "groups": [{"title": title, "rows": part} for title, part in rows if part],
        "results_note": _(
            "Results: closed episodes of the last 365 days, for each questionnaire on symptoms"
            " in an episode, and only those with both a first and a last measurement (paired)."
            " They show change, not what caused it."
        )
        if any(key in clinic.figures for key in CHANGE_FIGURES)
        else None,
        "note": _("Every figure stands in the table clinic_figure (opkoers export clinic_figure)."),
    }


def _figure_rows(
    clinic: Clinic, names: Mapping[str, str], language: str
) -> Sequence[Mapping[str, object]]:
    return [
        _figure_row(clinic.figures[key], name, language)
        for key, name in names.items()
        if key in clinic.figures
    ]


def _figure_row(figure: Figure, name: str, language: str) -> Mapping[str, object]:
    """`share` (0 to 1) draws a bar; only the parts of a whole have one."""
    words = translation(language)
    share = figure.numerator / figure.denominator if figure.denominator else None
    value = number(figure.numerator, language)
    if figure.denominator is not None:
        of = number(figure.denominator, language)
        value = words.gettext("{part} of {whole}").format(part=value, whole=of)
    if figure.figure == "alerts_per_100_assessments" and share is not None:
        value = f"{one_decimal(100 * share, language)} ({value})"
    is_part = figure.figure in CHANGE_FIGURES
    return {
        "label": words.gettext(name),
        "value": value,
        "share": share if is_part else None,
    }


def _dates(data: ReportData, clinic: Clinic, language: str) -> Mapping[str, object]:
    _ = translation(language).gettext
    run, measured = data.run, clinic.measured
    rows = [
        (_("Measured up to"), day(run.as_of, language)),
        (_("Received up to"), moment(run.known_at, language)),
        (
            _("Last measurement of this clinic"),
            day(measured.last_measured_at, language) if measured else ABSENT,
        ),
        (_("Run"), run.run_id),
        (
            _("Answers to alerts read up to number; seal"),
            f"{number(run.journal_seq, language)}; {_seal(run)}",
        ),
        (_("Version of Op koers, of the tables"), f"{run.code_version}, {run.contract_version}"),
    ]
    artificial = _(
        "Some exports know sessions but no dates; their dates were made from the session"
        " numbers and are not real."
    )
    return {
        "title": _("Date of the data"),
        "rows": [list(row) for row in rows],
        "note": artificial if measured and measured.has_artificial_date else None,
    }


def _seal(run: Run) -> str:
    """Number and head of the last sealed batch, in groups that an eye can compare.

    Half of its digits: to make another chain that ends in the same 128 bits is out of reach.
    """
    if run.journal_head is None:
        return ABSENT
    groups = [run.journal_head[at : at + 8] for at in range(0, PRINTED_DIGITS, 8)]
    return f"{run.journal_seal}: {' '.join(groups)}"


def _definitions(data: ReportData, clinic: Clinic, language: str) -> Mapping[str, object]:
    _ = translation(language).gettext
    used = set(clinic.measured.instruments) if clinic.measured else set()
    constants = [
        constant
        for constant in data.constants
        if constant.instrument in used
        and _constant_key(constant)
        and not (data.has_local_values and _constant_key(constant) in COMPUTED)
    ]
    computed = [
        limit
        for limit in data.computed_limits
        if limit.clinic_id == clinic.clinic_id and limit.instrument in used
    ]
    order = list(CONSTANTS)
    constants.sort(key=lambda c: (c.short_name, c.scale or "", order.index(_constant_key(c))))
    watched = [item for item in data.critical_items if item.instrument in used]
    own = [each for each in data.own_instruments if each.instrument in used]
    return {
        "title": _("Definitions and sources"),
        "rules": [{"name": _(name), "text": _(text)} for name, text in RULES],
        "constants_title": _("Questionnaires of this clinic"),
        "constant_columns": [_("Questionnaire"), _("What"), _("Value"), _("Source"), _("For")],
        "constants": [
            *(_constant_row(constant, language) for constant in constants),
            *(computed_row(limit, language) for limit in computed),
        ],
        "unjudged_title": _("No reliable-change value configured"),
        "unjudged": ", ".join(_unjudged(data, clinic, used)) or None,
        "own_title": _("By this service's own instrument files"),
        "own": _own_instruments(own, language),
        "watched_title": _("Critical items watched"),
        "watched": "; ".join(_watched(item, language) for item in watched) or None,
        "settings_title": _("Settings in force"),
        "setting_columns": [_("Setting"), _("Value"), _("Source")],
        "settings": _setting_rows(data.settings, language),
        "evidence_title": _("Strength of the evidence"),
        "evidence": _evidence({c.evidence for c in constants}, language),
    }


def _constant_key(constant: Constant) -> str:
    """Which of the printed constants this is; '' for one that is not printed."""
    name = constant.constant.lower().replace("-", "_").replace(" ", "_")
    aliases = {"cut_off": "cutoff", "allowed_missing": "missing"}
    for begin, key in {**{key: key for key in CONSTANTS}, **aliases}.items():
        if name.startswith(begin):
            return key
    return ""


def _constant_row(constant: Constant, language: str) -> Sequence[str]:
    name = constant.short_name
    if constant.scale and constant.scale != "total":
        name = f"{name} {constant.scale}"
    source = said(constant.source, language)
    if constant.note:
        source = f"{source}; {said(constant.note, language)}"
    return [
        name,
        name_of(_constant_key(constant), CONSTANTS, language),
        _decimal(constant.value, language),
        f"{source} [{constant.evidence}]",
        said(constant.population, language) if constant.population else ABSENT,
    ]


def _decimal(value: str, language: str) -> str:
    """A value kept as text (">= 7.5"), its signs as the reader writes them."""
    value = value.replace(">=", "\N{GREATER-THAN OR EQUAL TO}").replace(
        "<=", "\N{LESS-THAN OR EQUAL TO}"
    )
    return value.replace(".", ",") if language == "nl" else value


def _unjudged(data: ReportData, clinic: Clinic, used: Set[str]) -> Sequence[str]:
    """Questionnaires and scales of which no change is called reliable."""
    in_force = [
        data.scale(clinic.clinic_id, instrument, scale)
        for clinic_id, instrument, scale in data.scales
        if clinic_id is None and instrument in used
    ]
    return [
        scale.short_name if scale.scale == "total" else f"{scale.short_name} {scale.scale}"
        for scale in in_force
        if scale is not None and scale.reliable_change_rule is None
    ]


def _own_instruments(own: Sequence[OwnInstrument], language: str) -> Sequence[str]:
    """One sentence for each questionnaire that the service changed or added."""
    _ = translation(language).gettext
    sentences = []
    for name, rows in groupby(own, key=lambda each: each.short_name):
        changes = [_changed(each, language) for each in rows if each.what]
        added = _("described by this service itself")
        sentences.append(f"{name}: {'; '.join(changes) or added}")
    return sentences


def _changed(own: OwnInstrument, language: str) -> str:
    """`total: Cut-off ≥ 12 instead of ≥ 10`; what is not a printed constant keeps its own word."""
    _ = translation(language).gettext
    what = "missing" if own.what == "missing_items_allowed" else own.what or ""
    name = name_of(what, CONSTANTS, language) if what in CONSTANTS else what.replace("_", " ")
    told = _("{what} {own} instead of {shipped}").format(
        what=name,
        own=_decimal(own.own or ABSENT, language),
        shipped=_decimal(own.shipped or ABSENT, language),
    )
    scale = own.scale if own.scale != "total" else None
    return ": ".join([*(part for part in (scale, own.norm) if part), told])


def _watched(item: CriticalItem, language: str) -> str:
    _ = translation(language).gettext
    return _("{instrument} item {item} from {threshold} ({domain})").format(
        instrument=item.short_name,
        item=item.item,
        threshold=number(item.threshold, language),
        domain=domain_name(item.domain, language),
    )


def _setting_rows(settings: Sequence[Setting], language: str) -> Sequence[Sequence[str]]:
    """Those that shape alerts and figures, in the order of their names here."""
    in_force = {f"{setting.section}.{setting.name}": setting for setting in settings}
    return [
        [
            name_of(key, SETTINGS, language),
            _decimal(in_force[key].value, language) or ABSENT,
            said(in_force[key].source, language) or ABSENT,
        ]
        for key in SETTINGS
        if key in in_force
    ]


def _evidence(tags: Iterable[str], language: str) -> Sequence[Mapping[str, str]]:
    return [
        {"tag": tag, "text": name_of(tag, EVIDENCE, language)}
        for tag in EVIDENCE
        if tag in set(tags)
    ]

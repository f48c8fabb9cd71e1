"""What a report's words and numbers rest on: rules, thresholds, settings, with their sources."""

from collections.abc import Iterable, Mapping, Sequence, Set
from itertools import groupby

from dashboards.drawing.formats import number
from dashboards.drawing.sentences import domain_name, name_of
from dashboards.drawing.translation import said, translation
from flows.publishing.report_computed import COMPUTED, computed_row
from flows.publishing.report_rows import (
    Clinic,
    Constant,
    CriticalItem,
    OwnInstrument,
    ReportData,
    Setting,
)
from flows.publishing.report_words import (
    ABSENT,
    CONSTANTS,
    EVIDENCE,
    RULES,
    SETTING_VALUES,
    SETTINGS,
)


def definitions(data: ReportData, clinic: Clinic, language: str) -> Mapping[str, object]:
    """Rules, thresholds of the questionnaires that the clinic uses, settings, evidence."""
    _ = translation(language).gettext
    used = set(clinic.measured.instruments) if clinic.measured else set()
    constants = [
        constant
        for constant in data.constants
        if constant.instrument in used
        and _constant_key(constant)
        and not (data.has_local_values and _constant_key(constant) in COMPUTED)
    ]
    computed = [limit for limit in clinic.computed_limits if limit.instrument in used]
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
        "unjudged": ", ".join(_unjudged(clinic, used)) or None,
        "own_title": _("By this service's own instrument files"),
        "own": _own_instruments(own, language),
        "watched_title": _("Critical items watched"),
        "watched": "; ".join(_watched(item, language) for item in watched) or None,
        "settings_title": _("Settings in force"),
        "settings": _settings(data.settings, language),
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


def _unjudged(clinic: Clinic, used: Set[str]) -> Sequence[str]:
    """Questionnaires and scales of which no change is called reliable."""
    return [
        scale.short_name if scale.scale == "total" else f"{scale.short_name} {scale.scale}"
        for scale in clinic.scales.values()
        if scale.instrument in used and scale.reliable_change_rule is None
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


def _settings(settings: Sequence[Setting], language: str) -> Sequence[Mapping[str, object]]:
    """Those that shape alerts and figures, under the source that they share."""
    in_force = {f"{setting.section}.{setting.name}": setting for setting in settings}
    by_source: dict[str, list[Sequence[str]]] = {}
    for key in SETTINGS:
        if key in in_force:
            source = said(in_force[key].source, language) or ABSENT
            told = [name_of(key, SETTINGS, language), _value(in_force[key].value, language)]
            by_source.setdefault(source, []).append(told)
    return [{"source": source, "rows": rows} for source, rows in by_source.items()]


def _value(value: str, language: str) -> str:
    if value in SETTING_VALUES:
        return name_of(value, SETTING_VALUES, language)
    return _decimal(value, language) or ABSENT


def _evidence(tags: Iterable[str], language: str) -> Sequence[Mapping[str, str]]:
    return [
        {"tag": tag, "text": name_of(tag, EVIDENCE, language)}
        for tag in EVIDENCE
        if tag in set(tags)
    ]

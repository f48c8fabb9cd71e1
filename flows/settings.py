"""opkoers.toml + environment -> frozen settings; says what is missing and what to do."""

import os
import re
import tomllib
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Any, Literal, Self
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, available_timezones

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    model_validator,
)

LAYOUT_VERSION = 1
OWN_CHOICE = "own choice of Op koers, no literature behind it [D]"
BAND_SOURCE = (
    "two-sided 68 % and 80 %: general knowledge of the field about the OQ system and"
    " Finch, Lambert & Schaalje 2001; sources conflict [K]"
)
SMALL_UNIT_SOURCE = (
    "at least five therapists and none with more than half: rule of this project, so that no"
    " figure of a unit is that of one person [D]"
)
RUPTURE_SOURCE = (
    "a drop of 1 SD (less strict) and of 2 SD (stricter), from the person's own line:"
    " Gumz et al. 2012, after Strauss 2006 and Stiles 2004; details general knowledge [K]"
)

CASELOAD_SOURCE = (
    "Saxon & Barkham 2012 took therapists with at least 30 patients: general knowledge of the"
    " field [K]"
)

LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
# On PostgreSQL whoever adds to the journal holds the first, to the access log the second.
JOURNAL_LOCK, ACCESS_LOCK = 7_513_001, 7_513_002

FOLDERS = ("sources", "inbox", "archive", "published", "reports", "secrets", "prefect", "logs")


class SettingsError(Exception):
    """Settings that cannot be used; the message says where and what to do."""


def _known_timezone(name: str) -> str:
    if name not in available_timezones():
        raise ValueError(f"'{name}' is not a time zone; write one such as Europe/Amsterdam")
    return name


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


Language = Literal["nl", "en"]


class Service(_Section):
    """Who uses this home. `now` is only for synthetic homes: it stands in for today."""

    name: str = "Op koers"
    language: Language = "nl"
    timezone: Annotated[str, AfterValidator(_known_timezone)] = "Europe/Amsterdam"
    simulated: bool = False
    now: date | None = None


class Landing(_Section):
    """How exports are taken in.

    Formats other than delimited text are read in a process of its own, with at
    most `reader_memory_mb` of memory and `reader_seconds` of computing, in parts
    of `reader_chunk_rows`; nothing that unpacks to more than
    `largest_unpacked_mb` is read. A file that was written to in the last
    `quiet_seconds` is `stable` when a second look, `stable_seconds` later, finds
    it the same.
    """

    held_back_share: float = Field(default=0.05, ge=0, le=1)
    keep_originals: Literal["encrypted", "no"] = "encrypted"
    inbox_after_landing: Literal["keep", "remove"] = "keep"
    conflict: Literal["later_line", "earlier_line", "neither"] = "later_line"
    reader_memory_mb: int = Field(default=1024, ge=256)
    reader_seconds: int = Field(default=3600, ge=10)
    reader_chunk_rows: int = Field(default=10_000, ge=100)
    largest_unpacked_mb: int = Field(default=10_000, ge=1)
    complete_when: Literal["stable", "done_file"] = "stable"
    stable_seconds: float = Field(default=1, ge=0, le=60)
    quiet_seconds: float = Field(default=60, ge=0)


class Episodes(_Section):
    """Where an episode starts and ends and what its baseline is (DESIGN, contract).

    Before a recorded start a measurement can already belong to the episode
    (RULES: 30 days); after its end it is a follow-up, up to a year and a little.
    What comes later still is a course of its own, so that it is watched.
    """

    gap_days: int = Field(default=120, ge=1)
    before_start_days: int = Field(default=30, ge=0)
    follow_up_days: int = Field(default=400, ge=0)
    baseline_before_days: int = Field(default=14, ge=0)
    baseline_after_days: int = Field(default=14, ge=0)


class Signals(_Section):
    """When the rules of change, of the alliance and of coming fire.

    4 is the default N of the minimal open rule set; 6 because a class of
    patients with depression shows little change until session 6 and then
    improves, so that earlier is only information. Less than
    `enough_dose_percent` of the planned sessions is too little treatment to
    judge it by. `predicted_risk_owner` names who in the clinic answers for the
    rule on predicted risk; without a name it is off.

    A fall of the alliance is counted in SDs of the person or of the clinic's
    closed episodes, of which it takes `alliance_minimum_episodes`; a person's own
    line needs `alliance_forms_for_own_line` earlier forms, own limits (XmR)
    `alliance_forms_for_limits`. Nobody seen for `drop_out_after_days` is a
    provisional drop-out.
    """

    no_improvement_info_session: int = Field(default=4, ge=2)
    no_improvement_amber_session: int = Field(default=6, ge=2)
    deterioration_from_session: int = Field(default=2, ge=2)
    enough_dose_percent: int = Field(default=50, ge=1, le=100)
    predicted_risk_owner: str = Field(default="", max_length=200)
    alliance_minimum_episodes: int = Field(default=20, ge=2)
    alliance_forms_for_own_line: int = Field(default=4, ge=3, description=RUPTURE_SOURCE)
    alliance_forms_for_limits: int = Field(default=6, ge=6)
    rupture_sd: float = Field(default=1, gt=0, description=RUPTURE_SOURCE)
    rupture_strict_sd: float = Field(default=2, gt=0, description=RUPTURE_SOURCE)
    repair_sd: float = Field(default=0.5, gt=0)
    repair_within_forms: int = Field(default=5, ge=1)
    drop_out_after_days: int = Field(default=42, ge=7)


class Alerts(_Section):
    """Alert hygiene: when an alert may open, stays open and closes. [D]

    A kind that is red or amber in more than `frequent_percent` of the running
    episodes of a clinic is named in its report.
    """

    minimum_interval_days: int = Field(default=14, ge=0)
    on_track_assessments: int = Field(default=2, ge=1)
    stale_after_days: int = Field(default=42, ge=1)
    frequent_percent: int = Field(default=25, ge=1, le=100)


class Critical(_Section):
    """Critical items: who answers for them, and by what protocol. [D]

    One that is not answered `unanswered_after_hours` after it was landed goes to
    the deputy: that of its clinic in `deputies`, else `deputy`, the name of an
    account or of a person. `protocol` says in the clinic's own words where its
    risk protocol is found; it is printed, never opened. What was measured before
    `alerts_from` was dealt with before Op koers came and opens no alert; without
    that date every critical answer that was ever landed does.
    """

    unanswered_after_hours: int = Field(default=48, ge=1)
    deputy: str = Field(default="", max_length=200)
    deputies: dict[str, str] = {}
    protocol: str = Field(default="", max_length=1000)
    alerts_from: date | None = None

    def deputy_of(self, clinic_id: str) -> str | None:
        """Who answers in that clinic for what nobody answered; None where nobody is named."""
        return self.deputies.get(clinic_id, self.deputy).strip() or None


class Change(_Section):
    """By what change is judged; nothing here mixes published with own values.

    `published` takes cut-offs and reliable change from the instrument files.
    `local` computes them from a clinic's own intake, per clinic and scale, and
    says nothing of a scale with fewer than `minimum_intakes`. Where they are
    computed, `cutoff` is the kind of Jacobson & Truax; their b takes the SD of
    the functional group, and `cutoff_b_sd = "clinical"` is only there to
    reproduce the R package clinicalsignificance. Pages and reports use JT;
    `methods` are the others that stand beside it in `change`.
    """

    values: Literal["published", "local"] = "published"
    minimum_intakes: int = Field(default=100, ge=10)
    cutoff: Literal["a", "b", "c"] = Field(
        default="c", description="Jacobson & Truax 1991: c where the two groups overlap"
    )
    cutoff_b_sd: Literal["functional", "clinical"] = Field(
        default="functional", description="Jacobson & Truax 1991: the SD of the functional group"
    )
    percentage: float = Field(
        default=50,
        gt=0,
        le=100,
        description=(
            "a fall by half is called response in trials with the HAM-D: general knowledge of"
            " the field; for other questionnaires own choice of Op koers [D]"
        ),
    )
    methods: tuple[Literal["CM", "EN", "GLN", "HLL", "NK", "HA", "ANCHOR", "PCT"], ...] = (
        "CM",
        "EN",
        "GLN",
        "HLL",
        "NK",
        "HA",
        "ANCHOR",
        "PCT",
    )


class SuddenChange(_Section):
    """Sudden gains and losses, beside the instrument's own reliable change."""

    percent: int = Field(
        default=25, ge=1, le=100, description="Tang & DeRubeis 1999: a quarter of the score before"
    )


class TalkingTherapies(_Section):
    """The two measures of the definitions of NHS Talking Therapies.

    `anxiety` names the measures in order of preference: the first that an
    episode was measured with counts. Caseness and reliable change are those of
    the instrument files; `caseness` and `reliable_change` replace them for a
    measure of which NHS Talking Therapies uses others, as `{ "pcl-5" = 32 }`.
    """

    depression: str = Field(default="phq-9", description="NHS Talking Therapies definitions")
    anxiety: tuple[str, ...] = Field(
        default=("gad-7",), description="NHS Talking Therapies definitions"
    )
    caseness: dict[str, float] = Field(default={}, description="NHS Talking Therapies definitions")
    reliable_change: dict[str, float] = Field(
        default={}, description="NHS Talking Therapies definitions"
    )


class Overdue(_Section):
    """After how many days without a measurement a running episode is overdue. [D]"""

    after_days: int = Field(default=28, ge=1)


class Quality(_Section):
    """From when on something about a landed file is told in the report. [D]

    Files landed in the last `recent_days` are judged, beside at most
    `earlier_files` of the same source before them. Shares are told from
    `assessments_needed` on; `stray_share` is that of single oddities.
    """

    recent_days: int = Field(default=28, ge=1)
    earlier_files: int = Field(default=12, ge=1)
    earlier_files_needed: int = Field(default=5, ge=2)
    assessments_needed: int = Field(default=30, ge=2)
    volume_deviations: float = Field(default=3, gt=0)
    lost_share: float = Field(default=0.2, ge=0, le=1)
    mean_shift_deviations: float = Field(default=0.5, gt=0)
    incomplete_share: float = Field(default=0.2, ge=0, le=1)
    straight_share: float = Field(default=0.1, ge=0, le=1)
    alliance_ceiling_share: float = Field(default=0.5, ge=0, le=1)
    extreme_share: float = Field(default=0.05, ge=0, le=1)
    range_used_share: float = Field(default=0.25, ge=0, le=1)
    repeated_share: float = Field(default=0.05, ge=0, le=1)
    stray_share: float = Field(default=0.01, ge=0, le=1)
    days_before_episode: int = Field(default=30, ge=0)
    days_after_episode: int = Field(default=90, ge=0)


class Indicators(_Section):
    """What the figures of a team, a clinic and the service are counted by. [D]

    A unit is published with at least `minimum_therapists`, none of them with more
    than `largest_percent` of its episodes, in the year up to the quarter. An alert is
    answered in time within `answered_within_days` of the day on which it could be seen.
    `early_sessions` are the first ones of the alliance. `sbg_margin_days` is how
    far the first and last measurement of an SBG pair may lie from start and end.
    What takes some sessions to show is complete `unfolding_days` after its period.
    Of several questionnaires the first of `outcome_order` that an episode was
    measured with tells its outcome, then other measures of symptoms, then the rest.
    A source has stopped when its next file is `stopped_after_intervals` times
    the usual time overdue. `renamed_clinics` is `{ "old" = "new" }`: in these
    figures both are one unit. A missing outcome is drawn `imputations` times.
    """

    minimum_therapists: int = Field(default=5, ge=5, description=SMALL_UNIT_SOURCE)
    largest_percent: int = Field(default=50, ge=1, le=50, description=SMALL_UNIT_SOURCE)
    answered_within_days: int = Field(default=14, ge=1)
    early_sessions: int = Field(
        default=4, ge=1, description="the early alliance, sessions 1-4: general knowledge [K]"
    )
    sbg_margin_days: int = Field(
        default=90,
        ge=1,
        description="commonly 90 days; the SBG's own margin could not be verified [K]",
    )
    unfolding_days: int = Field(default=90, ge=1)
    outcome_order: tuple[str, ...] = ("oq-45", "sq-48", "bsi", "bsi-18", "core-om", "phq-9")
    stopped_after_intervals: float = Field(default=3, ge=1)
    renamed_clinics: dict[str, str] = {}
    imputations: int = Field(
        default=20, ge=2, le=200, description="general knowledge of multiple imputation [K]"
    )

    @model_validator(mode="after")
    def _renamed_once(self) -> Self:
        twice = sorted(set(self.renamed_clinics) & set(self.renamed_clinics.values()))
        if twice:
            raise ValueError(f"name the last name at once, not by way of {', '.join(twice)}")
        return self


class ControlCharts(_Section):
    """How the control charts of the indicators are drawn.

    `screen` leaves out moving ranges that are far too large before limits are
    computed. `baseline_points` of each segment set its limits; 0 takes all of
    them. Which rules tell a signal is `rules`.
    """

    rules: Literal["nhs", "anhoej"] = Field(
        default="nhs", description="rules of NHS Making Data Count, as coded in NHSRplotthedots"
    )
    screen: bool = Field(
        default=True, description="NHSRplotthedots screens by default, the NHS's own sheet does not"
    )
    baseline_points: int = Field(
        default=0,
        ge=0,
        description="0 takes all points, as NHSRplotthedots does; to be fixed from 12 on",
    )

    @model_validator(mode="after")
    def _enough_points(self) -> Self:
        if 0 < self.baseline_points < 12:
            raise ValueError("baseline_points must be 0 or at least 12")
        return self


class Course(_Section):
    """The expected course and what it rests on: closed episodes of the service itself. [D]

    It needs `minimum_episodes` of them with a baseline and a later score, goes on
    to the last session that `minimum_at_session` of them reach, and is fitted to the
    newest `most_episodes` that ended before this quarter. A clinic with at least
    `minimum_clinic_episodes` among them has its own. `time` is `sessions`, or
    `weeks` since the baseline. A score beyond `amber_level` or `red_level`, one-sided
    shares of the scores expected, is off course. Risks are recalibrated where
    `minimum_events` episodes ended reliably worse, on everything known of a course
    from `many_events` on; `high_risk_percent` is called high. Predictions are judged
    where treatment went on for at least `lead_sessions`.
    """

    time: Literal["sessions", "weeks"] = "sessions"
    amber_level: float = Field(default=0.84, gt=0.5, lt=1, description=BAND_SOURCE)
    red_level: float = Field(default=0.90, gt=0.5, lt=1, description=BAND_SOURCE)
    minimum_episodes: int = Field(default=100, ge=20)
    minimum_clinic_episodes: int = Field(default=50, ge=10)
    minimum_at_session: int = Field(default=30, ge=5)
    most_episodes: int = Field(default=10_000, ge=100)
    minimum_events: int = Field(default=20, ge=5)
    many_events: int = Field(default=50, ge=5)
    high_risk_percent: int = Field(default=25, ge=1, le=99)
    lead_sessions: int = Field(default=3, ge=1)

    @model_validator(mode="after")
    def _red_is_beyond_amber(self) -> Self:
        if self.amber_level >= self.red_level:
            raise ValueError("amber_level must be below red_level")
        return self


class TherapistProgress(_Section):
    """From how many episodes on a therapist is told what, and what comparisons allow for. [D]

    With fewer than `min_counts` closed episodes nothing is told, with fewer than
    `min_estimate` only counts and the own trend, and without `min_therapists` who have as
    many there is no model at all. A covariate that is lacking in more than
    `covariate_missing_share` of the episodes is not used; levels of fewer than
    `covariate_level_episodes` go together. Clinics are compared within themselves: from
    `clinics_for_level` on as a level of the model, below that as a covariate.
    `intake_covariates` are those of the intake that enter, by the names that the sources
    give them. `primary_instrument` is the one that a therapist's page opens with, else
    the one with most closed episodes in the service.
    """

    min_counts: int = Field(default=10, ge=5)
    min_estimate: int = Field(default=30, ge=10, description=CASELOAD_SOURCE)
    min_therapists: int = Field(default=10, ge=5)
    covariate_missing_share: float = Field(default=0.5, ge=0, le=1)
    covariate_level_episodes: int = Field(default=20, ge=5)
    clinics_for_level: int = Field(default=10, ge=5)
    intake_covariates: tuple[str, ...] = (
        "diagnosis_group",
        "setting",
        "earlier_treatment",
        "employment",
        "incapacity",
        "risk",
    )
    primary_instrument: str = Field(default="", max_length=50)

    @model_validator(mode="after")
    def _counts_come_first(self) -> Self:
        if self.min_counts > self.min_estimate:
            raise ValueError("min_counts must not be above min_estimate")
        return self


class Instruments(_Section):
    """Which norm group of a questionnaire is in force, where it is not the default of its file.

    `norms` goes from the id of an instrument to that of one of its norms, as
    `{ "oq-45" = "us" }`; an id that does not exist is refused when the files are read.
    """

    norms: dict[str, str] = {}


class Report(_Section):
    """In which `languages` each clinic's report is written; empty means the service's own.

    `for_therapists` writes each therapist a report of the own caseload as well. Where data of a
    past week come in late, the reports of the last `reissue_weeks` are made again; 0 for never.
    """

    languages: tuple[Language, ...] = ()
    for_therapists: bool = True
    reissue_weeks: int = Field(default=1, ge=0, le=52)


class Fhir(_Section):
    """`patient_system` is the URI by which the record system names its patient numbers; without
    it a number goes with the name of its clinic alone."""

    patient_system: str = Field(default="", max_length=200)


def _five_fields(cron: str) -> str:
    if cron and not re.fullmatch(r"[\w*,/-]+( [\w*,/-]+){4}", cron):
        raise ValueError(f"'{cron}' is not a cron of five fields, such as '0 6 * * 1'")
    return cron


Cron = Annotated[str, AfterValidator(_five_fields)]


class Schedule(_Section):
    """When the flows run, in the service's time zone; "" for never.

    `cron` is the weekly run with its report, on Monday before the first session;
    `nightly_cron` the same without the report, so that pages are of today;
    `landing_cron` lands what arrived and looks for critical items in it. What
    was missed or cut short is caught up once, at most `tries` times; a run waits
    `wait_minutes` for another that works in the home.
    """

    cron: Cron = "0 6 * * 1"
    nightly_cron: Cron = "15 4 * * *"
    landing_cron: Cron = "30 * * * *"
    prefect_port: int = Field(default=4200, ge=1, le=65535)
    tries: int = Field(default=3, ge=1, le=10)
    wait_minutes: float = Field(default=30, ge=0, le=24 * 60)


def _an_address(text: str) -> str:
    if text and not re.fullmatch(r"[^@\s<>,;\"]+@[^@\s<>,;\"]+", text):
        raise ValueError("an address is written as name@clinic.example, without a name around it")
    return text


Address = Annotated[str, AfterValidator(_an_address), Field(max_length=254)]


class Recipient(_Section):
    """Who gets which mail: a clinic's report, the reminder of its therapists, or the service's.

    `clinic` is the clinic_id of the exports; without it "quality" is about the whole service.
    """

    address: Annotated[Address, Field(min_length=3)]
    report: Literal["clinic", "therapist", "quality"] = "clinic"
    clinic: str = ""
    language: Language | None = None

    @model_validator(mode="after")
    def _has_a_clinic(self) -> Self:
        if self.report != "quality" and not self.clinic:
            raise ValueError(f"a recipient of the {self.report} mail needs a clinic")
        return self


class Mail(_Section):
    """Mail about reports: counts and a link to `pages`, never a patient; without `host` none.

    `security` is "starttls", "tls" (from the first byte), or "none", for a relay on this
    machine only. With `user` the password is in secrets/mail.password or in
    OPKOERS_MAIL_PASSWORD. `certificates` names the file of a clinic's own certificate
    authority. `operator` is told of a run that failed or did not come. A server is given
    `timeout_seconds`, and `tries` in one run, each after twice the `wait_seconds` of the one
    before; a mail that was refused for good is tried in `refused_tries` runs, one that was put
    off until it is `give_up_days` old. [D]
    """

    host: str = Field(default="", max_length=253)
    port: int = Field(default=587, ge=1, le=65535)
    security: Literal["starttls", "tls", "none"] = "starttls"
    certificates: str = Field(default="", max_length=1000)
    user: str = Field(default="", max_length=254)
    sender: Address = ""
    operator: Address = ""
    pages: str = Field(default="", max_length=500, pattern=r"^(https?://[^\s\"<>]+)?$")
    timeout_seconds: float = Field(default=30, gt=0, le=600)
    tries: int = Field(default=3, ge=1, le=10)
    wait_seconds: float = Field(default=5, ge=0, le=300)
    refused_tries: int = Field(default=3, ge=1, le=50)
    give_up_days: int = Field(default=14, ge=1)
    recipient: tuple[Recipient, ...] = ()

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        if self.host and not self.sender:
            raise ValueError("a mail server needs a sender, the address that mail comes from")
        if self.security == "none" and self.host and self.host not in LOOPBACK:
            raise ValueError("mail without TLS goes to a server on this machine only")
        if self.security == "none" and self.user:
            raise ValueError("a password is not sent without TLS; leave the user out")
        return self


class Delivery(_Section):
    """A copy of each clinic's report in a folder, such as the drop of an SFTP server.

    `folder` gets a folder per clinic; `folders` names another for a clinic, used as it is.
    Reports are in it by ISO week; each is put in its place whole.
    """

    folder: str = Field(default="", max_length=1000)
    folders: dict[str, str] = {}


class Prune(_Section):
    """What is kept: `keep_runs` published runs, of Prefect's the last `prefect_days`. [D]

    Reports are part of clinical records: all are kept unless `keep_report_weeks` says how
    many (0 is all). A log of Prefect larger than `log_mb` is cut, with one of before kept.
    """

    keep_runs: int = Field(default=12, ge=2)
    keep_report_weeks: int = Field(default=0, ge=0)
    prefect_days: int = Field(default=60, ge=1)
    log_mb: float = Field(default=20, gt=0)


def _without_password(address: str) -> str:
    parts = urlsplit(address)
    if address and (parts.scheme not in ("postgresql", "postgres") or not parts.path.strip("/")):
        raise ValueError("write it as postgresql://USER@HOST:PORT/NAME, or leave it empty")
    if parts.password is not None or "password" in parts.query:
        raise ValueError("leave the password out; it belongs in secrets/journal.password")
    return address


class Journal(_Section):
    """Where answers, the access log and accounts are kept.

    Empty: journal.sqlite3 in the home. Else a PostgreSQL database of its own, as
    `postgresql://opkoers@db.example.org:5432/opkoers`, with its password in
    secrets/journal.password or in OPKOERS_JOURNAL_PASSWORD.
    """

    database: Annotated[str, AfterValidator(_without_password)] = ""


class Serve(_Section):
    """Where the pages listen."""

    host: str = "127.0.0.1"
    port: int = Field(default=8000, ge=1, le=65535)


class Access(_Section):
    """Who may see what, beyond the table of roles of the pages. [D]

    With `break_glass` a therapist or clinic coordinator may open the course of any patient of
    the own clinic by giving a reason, which goes into the access log; without it, nobody can.
    """

    break_glass: bool = False


class SignIn(_Section):
    """Signing in to the pages, whichever way. [D]

    A session ends `session_hours` after signing in, and after `idle_minutes` in
    which no page was asked for. `contact` is who to ask for an account, in the
    clinic's own words; the page that refuses somebody prints it. Without
    `local_accounts` only the identity provider of `[oidc]` lets people in.
    """

    session_hours: int = Field(default=9, ge=1, le=24)
    idle_minutes: int = Field(default=60, ge=5, le=24 * 60)
    contact: str = Field(default="", max_length=300)
    local_accounts: bool = True


class Oidc(_Section):
    """The clinic's own identity provider (OpenID Connect); without `issuer` there is none.

    `issuer` is the address under which the provider publishes what it can do,
    `client_id` the name under which it knows Op koers, `client_secret_file` a
    file in secrets/ of which only the owner may read ("" for a client without).
    `scopes` is what is asked for. The claims name the person, the role, the clinic
    and the therapist's id; a dot goes into an object (`realm_access.roles`).
    `role_map` goes from the provider's roles to ours: of several the first in
    its order counts, and whoever has none of them is refused. Every
    `recheck_minutes` the provider is asked whether all that still holds. [D]
    """

    issuer: str = Field(default="", max_length=500)
    name: str = Field(default="", max_length=100)
    client_id: str = Field(default="", max_length=200)
    client_secret_file: str = Field(default="", pattern=r"^[\w.-]*$")
    scopes: tuple[str, ...] = ("openid", "profile")
    name_claim: str = "preferred_username"
    role_claim: str = "roles"
    role_map: dict[str, str] = {}
    clinic_claim: str = "clinic"
    therapist_claim: str = "therapist"
    recheck_minutes: int = Field(default=15, ge=1, le=12 * 60)
    timeout_seconds: float = Field(default=10, gt=0, le=60)

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        if not self.issuer:
            return self
        address = urlsplit(self.issuer)
        is_here = address.scheme == "http" and address.hostname in LOOPBACK
        if not (is_here or (address.scheme == "https" and address.hostname)):
            raise ValueError(f"the issuer '{self.issuer}' must be an address with https")
        if not self.client_id:
            raise ValueError("an issuer needs a client_id, by which it knows Op koers")
        if not self.role_map:
            raise ValueError("an issuer needs a role_map, or nobody has a role")
        if "openid" not in self.scopes:
            raise ValueError("the scopes must hold 'openid'")
        return self


class _File(_Section):
    layout_version: int = Field(default=LAYOUT_VERSION, ge=1, le=LAYOUT_VERSION)
    service: Service = Service()
    landing: Landing = Landing()
    episodes: Episodes = Episodes()
    signals: Signals = Signals()
    alerts: Alerts = Alerts()
    critical: Critical = Critical()
    change: Change = Change()
    sudden_change: SuddenChange = SuddenChange()
    talking_therapies: TalkingTherapies = TalkingTherapies()
    overdue: Overdue = Overdue()
    course: Course = Course()
    indicators: Indicators = Indicators()
    control_charts: ControlCharts = ControlCharts()
    quality: Quality = Quality()
    therapist_progress: TherapistProgress = TherapistProgress()
    instruments: Instruments = Instruments()
    report: Report = Report()
    fhir: Fhir = Fhir()
    schedule: Schedule = Schedule()
    mail: Mail = Mail()
    delivery: Delivery = Delivery()
    prune: Prune = Prune()
    journal: Journal = Journal()
    serve: Serve = Serve()
    access: Access = Access()
    sign_in: SignIn = SignIn()
    oidc: Oidc = Oidc()


class Settings(_File):
    """Everything that opkoers.toml and the environment say, checked; `home` is absolute."""

    home: Path

    @property
    def archive(self) -> Path:
        return self.home / "archive"

    @property
    def inbox(self) -> Path:
        return self.home / "inbox"

    @property
    def sources(self) -> Path:
        return self.home / "sources"

    @property
    def published(self) -> Path:
        return self.home / "published"

    @property
    def reports(self) -> Path:
        return self.home / "reports"

    @property
    def secrets(self) -> Path:
        return self.home / "secrets"

    @property
    def logs(self) -> Path:
        return self.home / "logs"

    @property
    def journal_file(self) -> Path:
        """The journal, unless `[journal] database` names another."""
        return self.home / "journal.sqlite3"

    @property
    def journal_password(self) -> str | None:
        """That of `[journal] database`; None where nobody gave one. Never to be printed."""
        file = self.secrets / "journal.password"
        kept = file.read_text(encoding="utf-8").strip() if file.exists() else None
        return os.environ.get("OPKOERS_JOURNAL_PASSWORD") or kept

    @property
    def mail_password(self) -> str | None:
        """That of `[mail] user`; None where nobody gave one. Never to be printed."""
        file = self.secrets / "mail.password"
        kept = file.read_text(encoding="utf-8").strip() if file.exists() else None
        return os.environ.get("OPKOERS_MAIL_PASSWORD") or kept

    @property
    def deliveries(self) -> Path:
        """What was mailed or put in a folder, so that nothing is twice."""
        return self.home / "deliveries.sqlite3"

    @property
    def last_run(self) -> Path:
        """How the last run of each kind ended (flows/last_run.py says the shape)."""
        return self.home / "last_run.json"

    @property
    def identity(self) -> Path:
        return self.home / "identity.sqlite3"

    @property
    def snapshot(self) -> Path:
        """The link that names the snapshot now in force (it may not exist yet)."""
        return self.published / "current"

    @property
    def therapist_file(self) -> Path:
        """The link to what is computed about therapists, for their own pages alone."""
        return self.published / "current.therapists"

    @property
    def report_languages(self) -> tuple[Language, ...]:
        return self.report.languages or (self.service.language,)

    def today(self) -> date:
        """The service's own date: the fixed now of a synthetic home, else the clock's."""
        return self.service.now or datetime.now(ZoneInfo(self.service.timezone)).date()


def find_home(argument: str | Path | None) -> Path:
    """The absolute home folder from `--home`, else OPKOERS_HOME.

    Raises SettingsError when neither is given.
    """
    chosen = argument or os.environ.get("OPKOERS_HOME")
    if not chosen:
        raise SettingsError(
            "No home folder was named. Give one with --home DIR or set OPKOERS_HOME;"
            " `opkoers init --home DIR` makes a new one."
        )
    return Path(chosen).expanduser().absolute()


def load_settings(home: Path) -> Settings:
    """Settings of `home`; a home without opkoers.toml has the defaults.

    Raises SettingsError naming the file and the key.
    """
    file = home / "opkoers.toml"
    written = _read(file) if file.exists() else {}
    try:
        return Settings(home=home, **_with_environment(written))
    except ValidationError as error:
        raise SettingsError(_explain(error, file)) from None


def _read(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"{file}: not readable as TOML ({error}). Mend that line.") from None


def _with_environment(written: dict[str, Any]) -> dict[str, Any]:
    """OPKOERS_<SECTION>_<KEY> wins over the file, its value read as TOML or else as text."""
    settings = {
        key: dict(value) if isinstance(value, dict) else value for key, value in written.items()
    }
    for section, field in _File.model_fields.items():
        if not (isinstance(field.annotation, type) and issubclass(field.annotation, _Section)):
            continue
        for key in field.annotation.model_fields:
            text = os.environ.get(f"OPKOERS_{section}_{key}".upper())
            if text is not None:
                settings.setdefault(section, {})[key] = _toml_value(text)
    _lists_to_tuples(settings)
    return settings


def _lists_to_tuples(settings: dict[str, Any]) -> None:
    """TOML has lists where frozen settings hold tuples."""
    for section in settings.values():
        if isinstance(section, dict):
            section.update({k: tuple(v) for k, v in section.items() if isinstance(v, list)})


def _toml_value(text: str) -> Any:
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        return text


def _explain(error: ValidationError, file: Path) -> str:
    first = error.errors()[0]
    key = ".".join(str(part) for part in first["loc"])
    if first["type"] == "extra_forbidden":
        return f"{file}: there is no setting '{key}'. Remove it or mend its name."
    return f"{file}: the setting '{key}' cannot be used: {first['msg']}. Mend its value."

"""The journal's tables. The database itself refuses to change or remove a row of any of them."""

from django.db import models


class EventKind(models.TextChoices):
    """Kinds of events; a kind is never renamed, because old rows keep it."""

    ALERT_SEEN = "alert_seen"
    ALERT_ANSWERED = "alert_answered"
    ALERT_ANSWER_WITHDRAWN = "alert_answer_withdrawn"
    NOTE_ADDED = "note_added"
    PATIENT_SHARED = "patient_shared"
    SHARING_STOPPED = "sharing_stopped"
    LEAVE_ANNOUNCED = "leave_announced"
    LEAVE_ENDED = "leave_ended"
    GOAL_SET = "goal_set"
    GOAL_CLOSED = "goal_closed"
    EVALUATION_PLANNED = "evaluation_planned"
    EVALUATION_HELD = "evaluation_held"
    MARK_SET = "mark_set"
    MARK_REMOVED = "mark_removed"
    LEAVING_ANNOUNCED = "leaving_announced"
    LEAVING_TAKEN_BACK = "leaving_taken_back"
    RULE_DECIDED = "rule_decided"
    CHART_REBASED = "chart_rebased"
    SETTING_CHANGED = "setting_changed"
    PATIENT_ERASED = "patient_erased"
    DATA_QUESTION_OPENED = "data_question_opened"
    DATA_QUESTION_CLOSED = "data_question_closed"
    PRACTICE_GOAL_SET = "practice_goal_set"
    PRACTICE_GOAL_CLOSED = "practice_goal_closed"
    PRACTICE_GOAL_REMOVED = "practice_goal_removed"
    INTERVISION_LISTED = "intervision_listed"
    INTERVISION_UNLISTED = "intervision_unlisted"
    ZONE_CONSENT_GIVEN = "zone_consent_given"
    ZONE_CONSENT_WITHDRAWN = "zone_consent_withdrawn"
    ZONE_CONSENT_SUPERVISOR_GIVEN = "zone_consent_supervisor_given"
    ZONE_CONSENT_SUPERVISOR_WITHDRAWN = "zone_consent_supervisor_withdrawn"


ABOUT_AN_ALERT = (
    EventKind.ALERT_SEEN,
    EventKind.ALERT_ANSWERED,
    EventKind.ALERT_ANSWER_WITHDRAWN,
    EventKind.NOTE_ADDED,
)
OF_ONE_THERAPIST = (
    EventKind.PRACTICE_GOAL_SET,
    EventKind.PRACTICE_GOAL_CLOSED,
    EventKind.PRACTICE_GOAL_REMOVED,
    EventKind.INTERVISION_LISTED,
    EventKind.INTERVISION_UNLISTED,
    EventKind.ZONE_CONSENT_GIVEN,
    EventKind.ZONE_CONSENT_WITHDRAWN,
    EventKind.ZONE_CONSENT_SUPERVISOR_GIVEN,
    EventKind.ZONE_CONSENT_SUPERVISOR_WITHDRAWN,
)
"""Private: read by `journal/progress.py` for their therapist, and by no run (flows/journal.py)."""
WHOLE_SERVICE = ""
"""The `clinic_id` of an event that is about no clinic by itself."""


class JournalEvent(models.Model):
    """One thing that someone did; offered to the flow as the view `journal_event`.

    `measured_at` is text, ISO 8601 without a zone, exactly the published table's timestamp:
    as a date-time with a zone it would be shifted on its way through the ORM.
    """

    seq = models.BigAutoField(primary_key=True)
    at = models.DateTimeField()
    actor = models.CharField(max_length=200)
    kind = models.CharField(max_length=40)
    clinic_id = models.CharField(max_length=200)
    patient_id = models.CharField(max_length=200, null=True)
    alert_kind = models.CharField(max_length=40, null=True)
    measured_at = models.CharField(max_length=26, null=True)
    payload = models.JSONField(default=dict)

    class Meta:
        indexes = (
            models.Index(fields=["clinic_id", "patient_id", "alert_kind"], name="journal_by_alert"),
            models.Index(fields=["kind"], name="journal_by_kind"),
        )

    def __str__(self) -> str:
        return f"{self.seq} {self.kind}"


class AccessResult(models.TextChoices):
    """What became of an attempt to open a page."""

    ALLOWED = "allowed"
    REFUSED = "refused"


class AccessLogEntry(models.Model):
    """Someone opened, or tried to open, a page; offered as the view `access_log`.

    In the spirit of NEN 7513: when, who, in which role, which patient, which page, with what
    result, by which program, and the reason where someone broke the glass. `page` is the name
    of a route, never an address: an address may hold what was typed.
    """

    seq = models.BigAutoField(primary_key=True)
    at = models.DateTimeField()
    actor = models.CharField(max_length=200)
    role = models.CharField(max_length=40)
    page = models.CharField(max_length=100)
    clinic_id = models.CharField(max_length=200, null=True)
    patient_id = models.CharField(max_length=200, null=True)
    result = models.CharField(max_length=20)
    reason = models.CharField(max_length=2000, null=True)
    source = models.CharField(max_length=40)

    class Meta:
        indexes = (models.Index(fields=["clinic_id", "patient_id"], name="access_log_by_patient"),)

    def __str__(self) -> str:
        return f"{self.seq} {self.page}"


class Seal(models.Model):
    """One sealed batch of both tables; written and verified by `flows/sealing.py`.

    The batch is what lies after the seal before, up to and including `journal_seq` and
    `access_seq`; `head` is the SHA-256 over the head before and those rows, in hexadecimal.
    """

    number = models.BigIntegerField(primary_key=True)
    sealed_at = models.DateTimeField()
    journal_seq = models.BigIntegerField()
    access_seq = models.BigIntegerField()
    head = models.CharField(max_length=64)

    def __str__(self) -> str:
        return f"{self.number} {self.head}"

"""The journal's table. The database itself refuses to change or remove a row."""

from django.db import models


class EventKind(models.TextChoices):
    """Kinds of events; a kind is never renamed, because old rows keep it."""

    ALERT_SEEN = "alert_seen"
    ALERT_ANSWERED = "alert_answered"
    ALERT_ANSWER_WITHDRAWN = "alert_answer_withdrawn"


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
        )

    def __str__(self) -> str:
        return f"{self.seq} {self.kind}"

"""What a signed-in person is in the service; sign-in itself is Django's."""

from django.conf import settings
from django.db import models
from django.db.models import Q


class Account(models.Model):
    """One person's role, and whose rows come with it.

    `role` is a key of `dashboards.access.ROLES`. `clinic_id` and `therapist_id` are as the
    published tables have them; a therapist's id holds only within the clinic.
    """

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="account"
    )
    role = models.CharField(max_length=40)
    clinic_id = models.CharField(max_length=200)
    therapist_id = models.CharField(max_length=200, null=True, blank=True)

    class Meta:
        constraints = (
            models.CheckConstraint(condition=~Q(clinic_id=""), name="account_has_a_clinic"),
            models.CheckConstraint(
                condition=~Q(role="therapist")
                | (Q(therapist_id__isnull=False) & ~Q(therapist_id="")),
                name="therapist_account_has_a_therapist_id",
            ),
        )

    def __str__(self) -> str:
        return f"{self.role} {self.pk}"

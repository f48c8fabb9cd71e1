"""Who may sign in and as what, and what is kept to make signing in safe."""

from enum import StrEnum

from django.conf import settings
from django.db import models
from django.db.models import Q

# Roles that belong to the whole service: no clinic comes with them. "" is a withdrawn role.
WITHOUT_CLINIC = ("", "quality_officer", "administrator")


class Source(StrEnum):
    """Who vouches for a person: we ourselves, the clinic's identity provider, or nobody."""

    LOCAL = "local"
    PROVIDER = "provider"
    DEMO = "demo"


class Account(models.Model):
    """One person's role, and whose rows come with it.

    `role` is a key of `dashboards.access.ROLES`, or "" once it was withdrawn. `clinic_id` and
    `therapist_id` are as the published tables have them; a therapist's id holds only within the
    clinic. A person from the identity provider is known by `issuer` and `subject`, never by
    name. Sessions that began before `sessions_from` are over.
    """

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="account"
    )
    role = models.CharField(max_length=40, blank=True)
    clinic_id = models.CharField(max_length=200, blank=True)
    therapist_id = models.CharField(max_length=200, null=True, blank=True)
    source = models.CharField(max_length=20, default=Source.LOCAL.value)
    issuer = models.CharField(max_length=500, blank=True, default="")
    subject = models.CharField(max_length=255, blank=True, default="")
    sessions_from = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=~Q(clinic_id="") | Q(role__in=WITHOUT_CLINIC),
                name="account_has_a_clinic",
            ),
            models.CheckConstraint(
                condition=~Q(role="therapist")
                | (Q(therapist_id__isnull=False) & ~Q(therapist_id="")),
                name="therapist_account_has_a_therapist_id",
            ),
            models.UniqueConstraint(
                fields=("issuer", "subject"),
                condition=~Q(subject=""),
                name="one_account_per_person_of_the_provider",
            ),
        )

    def __str__(self) -> str:
        return f"{self.role} {self.pk}"


class SecondFactor(models.Model):
    """The secret that a local account shares with its authenticator app, sealed.

    `last_step` is the time step of the last code that was accepted; none up to it is again.
    """

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="second_factor"
    )
    sealed_secret = models.TextField()
    confirmed_at = models.DateTimeField()
    last_step = models.BigIntegerField()


class RecoveryCode(models.Model):
    """One code for who lost the authenticator app; used once, kept as a keyed digest."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="recovery_codes"
    )
    digest = models.CharField(max_length=64, unique=True)
    used_at = models.DateTimeField(null=True)


class SignInTries(models.Model):
    """Failed attempts on one name, address or second factor, which `key` stands for.

    `key` is a keyed digest: people type passwords where a name belongs, and addresses are
    personal data. `counted_at` is up to when `failures` has run down.
    """

    key = models.CharField(max_length=64, unique=True)
    failures = models.PositiveIntegerField(default=0)
    counted_at = models.DateTimeField()
    wait_until = models.DateTimeField(null=True)


class ProviderSession(models.Model):
    """What the identity provider gave for one session of ours, sealed; the session holds `id`.

    `checked_at` is when the provider last said that all still holds. `asked_at` is when one
    request took it upon itself to ask, so that not every request at that moment does.
    """

    id = models.CharField(primary_key=True, max_length=64)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE)
    sealed_refresh_token = models.TextField(blank=True)
    sealed_id_token = models.TextField()
    began_at = models.DateTimeField()
    checked_at = models.DateTimeField()
    asked_at = models.DateTimeField()

"""The form under an alert: what I will do, whether it was discussed, a note."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from dashboards.journal.actions import HELD_BACK_FILE, actions_for
from dashboards.journal.answers import NOTE_LIMIT, GivenAnswer

_DISCUSSED = {"yes": True, "no": False}
TOO_LONG = _("The note is longer than %(limit_value)d characters. Shorten it.")


class ShownForm(forms.Form):
    """Which event was the last when the page was shown."""

    shown_seq = forms.IntegerField(min_value=0, widget=forms.HiddenInput)


class NoteForm(ShownForm):
    """Something to add later, to an alert that was answered or not."""

    note = forms.CharField(
        max_length=NOTE_LIMIT,
        widget=forms.Textarea,
        error_messages={"required": _("Write the note first."), "max_length": TOO_LONG},
    )


class AnswerForm(ShownForm):
    """One answer; the actions offered depend on the kind of alert and the domain."""

    action = forms.ChoiceField(
        error_messages={
            "required": _("Choose what you will do."),
            "invalid_choice": _("Choose what you will do."),
        }
    )
    discussed = forms.ChoiceField(required=False, choices=[("yes", _("Yes")), ("no", _("Not yet"))])
    note = forms.CharField(
        required=False,
        max_length=NOTE_LIMIT,
        widget=forms.Textarea,
        error_messages={"max_length": TOO_LONG},
    )

    def __init__(
        self, alert_kind: str, domain: str | None, *arguments: Any, **keywords: Any
    ) -> None:
        super().__init__(*arguments, **keywords)
        self.actions = actions_for(alert_kind, domain)
        self.about_a_patient = alert_kind != HELD_BACK_FILE
        choices = [(key, action.in_words) for key, action in self.actions.items()]
        self.fields["action"].choices = choices  # type: ignore[attr-defined]
        if not self.about_a_patient:
            del self.fields["discussed"]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        action = self.actions.get(cleaned.get("action", ""))
        if action is not None and action.needs_note and not cleaned.get("note", "x"):
            self.add_error("note", str(_("Write down why no action is needed.")))
        return cleaned

    def given(self, actor: str) -> GivenAnswer:
        """The answer of a valid form."""
        return GivenAnswer(
            actor=actor,
            action=self.cleaned_data["action"],
            discussed=_DISCUSSED.get(self.cleaned_data.get("discussed", "")),
            note=self.cleaned_data["note"],
        )


class LeavingForm(forms.Form):
    """That a patient said they will stop, and why; or, with `stays`, that they stay after all."""

    stays = forms.BooleanField(required=False)
    note = forms.CharField(
        required=False,
        max_length=NOTE_LIMIT,
        widget=forms.Textarea,
        error_messages={"max_length": TOO_LONG},
    )

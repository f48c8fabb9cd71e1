"""Who may sign in, and as what."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "dashboards.accounts"

    def ready(self) -> None:
        """Have Django know our check, and our note of when a session began."""
        from dashboards.accounts import checks, sessions

        _ = checks, sessions

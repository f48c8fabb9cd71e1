from django.apps import AppConfig


class JournalConfig(AppConfig):
    name = "dashboards.journal"

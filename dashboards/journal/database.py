"""Where the journal, accounts and sessions live: a file in the home, or PostgreSQL by a setting."""

from typing import Any

from flows.settings import Settings

# An answer to an alert is never lost: write-ahead log, full sync, and IMMEDIATE transactions,
# which wait for the lock at their start instead of failing half-way.
_SQLITE = {
    "timeout": 20,
    "transaction_mode": "IMMEDIATE",
    "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;",
}
_CONNECT_SECONDS = 10


def database_of(settings: Settings) -> dict[str, Any]:
    """Django's `DATABASES["default"]` for a home."""
    if settings.journal.database:
        return _postgresql(settings)
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": settings.journal_file,
        # A thread keeps the file open: opening it anew took longer than all that a page asks of it.
        "CONN_MAX_AGE": None,
        "OPTIONS": dict(_SQLITE),
    }


def _postgresql(settings: Settings) -> dict[str, Any]:
    """A thread keeps its connection for a minute; PostgreSQL's own sync is what it must be."""
    from psycopg.conninfo import conninfo_to_dict

    told = {name: str(v) for name, v in conninfo_to_dict(settings.journal.database).items()}
    named = {"NAME": "dbname", "USER": "user", "HOST": "host", "PORT": "port"}
    options: dict[str, Any] = {
        name: value for name, value in told.items() if name not in named.values()
    }
    return {
        "ENGINE": "django.db.backends.postgresql",
        **{key: told.get(name, "") for key, name in named.items()},
        "PASSWORD": settings.journal_password or "",
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {"connect_timeout": _CONNECT_SECONDS, **options},
    }

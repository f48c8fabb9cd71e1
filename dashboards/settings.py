"""Django's settings, derived from the home that OPKOERS_HOME names."""

import os
from pathlib import Path
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured

from dashboards.journal.database import database_of
from dashboards.secret_key import kept_secret_key
from dashboards.translations import compiled_catalogues
from flows.settings import SettingsError, find_home, load_settings

ROOM = Path(__file__).parent

try:
    OPKOERS = load_settings(find_home(None))
except SettingsError as error:
    raise ImproperlyConfigured(str(error)) from None
if not OPKOERS.home.is_dir():
    raise ImproperlyConfigured(
        f"{OPKOERS.home} is not there. `opkoers init --home {OPKOERS.home}` makes it."
    )

# The address that people type. Empty: this machine only. Anything that is not this machine
# must be https, ended by a proxy in front of us; then cookies are secure and HSTS is on.
ADDRESS = urlsplit(os.environ.get("OPKOERS_SERVE_ADDRESS", ""))
BEHIND_TLS = ADDRESS.scheme == "https"
LOOPBACK = ["localhost", "127.0.0.1", "[::1]"]

DEBUG = False
SECRET_KEY = kept_secret_key(OPKOERS.secrets / "pages.key")
ALLOWED_HOSTS = [*LOOPBACK, *([ADDRESS.hostname] if ADDRESS.hostname else [])]

ROOT_URLCONF = "dashboards.urls"
WSGI_APPLICATION = "dashboards.wsgi.application"
INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "dashboards.accounts",
    "dashboards.journal",
    "dashboards.pages",
]
MIDDLEWARE = [
    "dashboards.security_headers.SecurityHeadersMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "dashboards.accounts.sessions.SessionLimitsMiddleware",
    "dashboards.accounts.provider_recheck.ProviderRecheckMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "dashboards.gate.AccessMiddleware",
    "dashboards.pages.trouble.WarehouseTroubleMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [ROOM / "templates"],
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "dashboards.pages.frame.frame_of_page",
            ],
            "builtins": ["django.templatetags.i18n", "django.templatetags.static"],
        },
    }
]

DATABASES = {"default": database_of(OPKOERS)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
_VALIDATION = "django.contrib.auth.password_validation"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"{_VALIDATION}.UserAttributeSimilarityValidator"},
    {"NAME": f"{_VALIDATION}.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": f"{_VALIDATION}.CommonPasswordValidator"},
    {"NAME": f"{_VALIDATION}.NumericPasswordValidator"},
]
AUTHENTICATION_BACKENDS = [
    "dashboards.accounts.backends.LocalBackend",
    "dashboards.accounts.backends.ProviderBackend",
    "dashboards.accounts.backends.DemoBackend",
]
LOGIN_URL = "sign_in"
LOGIN_REDIRECT_URL = "alerts"
LOGOUT_REDIRECT_URL = "sign_in"

# Signed out at the end of a working day, or when the browser closes; see accounts/sessions.py.
SESSION_COOKIE_AGE = OPKOERS.sign_in.session_hours * 60 * 60
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = BEHIND_TLS
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = LANGUAGE_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = LANGUAGE_COOKIE_SAMESITE = "Lax"
# A __Host- cookie cannot be set by a neighbour on the same domain, but exists only over https.
SESSION_COOKIE_NAME = "__Host-session" if BEHIND_TLS else "session"
CSRF_COOKIE_NAME = "__Host-csrf" if BEHIND_TLS else "csrf"
LANGUAGE_COOKIE_NAME = "language"
CSRF_COOKIE_AGE = None
CSRF_FAILURE_VIEW = "dashboards.pages.trouble.form_expired"

SECURE_SSL_REDIRECT = BEHIND_TLS
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if BEHIND_TLS else None
SECURE_HSTS_SECONDS = 365 * 24 * 60 * 60 if BEHIND_TLS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = BEHIND_TLS
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"

STATIC_URL = "/static/"
STATICFILES_DIRS = [ROOM / "static"]
WHITENOISE_USE_FINDERS = True
WHITENOISE_ALLOW_ALL_ORIGINS = False

USE_TZ = True
TIME_ZONE = OPKOERS.service.timezone
LANGUAGE_CODE = OPKOERS.service.language
LANGUAGES = [("nl", "Nederlands"), ("en", "English")]
LOCALE_PATHS = [compiled_catalogues(ROOM / "locale", OPKOERS.home / ".cache" / "locale")]

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"value_free": {"()": "dashboards.value_free_log.ValueFreeFormatter"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "value_free"}},
    "loggers": {
        name: {"handlers": ["stderr"], "level": "WARNING", "propagate": False}
        for name in ("django", "dashboards")
    },
}

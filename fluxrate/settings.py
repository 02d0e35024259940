"""Every setting, once, from the environment: NAME, or NAME_FILE for a file's text."""

import os
import sys
from pathlib import Path

from fluxrate import __version__, context
from fluxrate.config import local_secrets, production
from fluxrate.config.environment import (
    address,
    boolean,
    choice,
    comma_separated,
    env,
    header_names,
    integer,
    local_url,
    origins,
    previous_secrets,
    proxies,
    secret,
)
from fluxrate.postgres import config
from fluxrate.server import postgres

BASE_DIR = Path(__file__).resolve().parent.parent

# Production requires keys and hosts, and HTTPS is its default.
PRODUCTION = choice("FLUXRATE_ENV", "local", ("local", "production")) == "production"

# A wheel has its documents in the package, and no folder to write into.
IS_CHECKOUT = (BASE_DIR / "manage.py").exists()
DOCUMENTS_DIR = BASE_DIR if IS_CHECKOUT else BASE_DIR / "fluxrate" / "documents"
# The folder of the embedded PostgreSQL and of the generated keys.
DATA_DIR = (
    Path(env("DATA_DIR") or (BASE_DIR / ".data" if IS_CHECKOUT else "~/.fluxrate"))
    .expanduser()
    .resolve()
)
DEBUG = boolean("DEBUG", default=False)

SECRET_KEY, JWT_SIGNING_KEY = (
    secret(name) or ("" if PRODUCTION else local_secrets.local_key(DATA_DIR, name))
    for name in ("SECRET_KEY", "JWT_SIGNING_KEY")
)
# Previous keys: their signatures are accepted until they expire.
SECRET_KEY_FALLBACKS = previous_secrets("SECRET_KEY_FALLBACKS")
JWT_SIGNING_KEY_FALLBACKS = previous_secrets("JWT_SIGNING_KEY_FALLBACKS")
ACCESS_TOKEN_SECONDS = integer("ACCESS_TOKEN_SECONDS", 900, minimum=1, maximum=86_400)
REFRESH_TOKEN_SECONDS = integer(
    "REFRESH_TOKEN_SECONDS", 604_800, minimum=60, maximum=31_536_000
)
# The end of a login, even if it is refreshed.
SESSION_SECONDS = integer("SESSION_SECONDS", 2_592_000, minimum=60, maximum=31_536_000)

ALLOWED_HOSTS = comma_separated(
    "ALLOWED_HOSTS", "" if PRODUCTION else "localhost,127.0.0.1,[::1]"
)
HTTPS = boolean("HTTPS", default=PRODUCTION)
# Other origins whose pages may use our cookies. PUBLIC_URL is the origin that browsers
# see if a proxy changes the Host header.
PUBLIC_URL = (origins("PUBLIC_URL") or [""])[0]
CSRF_TRUSTED_ORIGINS = origins("CSRF_TRUSTED_ORIGINS") + (
    [PUBLIC_URL] if PUBLIC_URL else []
)
# The origins whose pages may read responses; without one, CORS is off.
CORS_ALLOWED_ORIGINS = origins("CORS_ALLOWED_ORIGINS")
CORS_ALLOW_CREDENTIALS = True
CORS_URLS_REGEX = r"^/api/"
CORS_ALLOW_HEADERS = (
    "accept",
    "authorization",
    "baggage",
    "content-type",
    "if-match",
    "if-none-match",
    "idempotency-key",
    "sentry-trace",
    "traceparent",
    "tracestate",
    "x-api-key",
    "x-change-reason",
    "x-request-id",
    "x-requested-with",
    *header_names("CORS_ALLOW_HEADERS"),
)
CORS_EXPOSE_HEADERS = (
    "deletion-id",
    "etag",
    "idempotency-replayed",
    "link",
    "location",
    "ratelimit",
    "ratelimit-policy",
    "retry-after",
    "x-request-id",
)
# Only what these proxies add to X-Forwarded-For is trusted.
TRUSTED_PROXIES = proxies("TRUSTED_PROXIES")

# The address of `manage.py up`, its processes, and the threads of each.
HOST = env("HOST") or "127.0.0.1"
PORT = integer("PORT", 8000, minimum=1, maximum=65535)
# The base of links in emails.
BASE_URL = PUBLIC_URL or local_url(HOST, PORT)
WEB_CONCURRENCY = integer(
    "WEB_CONCURRENCY", min(os.cpu_count() or 1, 4), minimum=1, maximum=64
)
THREADS = integer("THREADS", 4, minimum=1, maximum=64)
# Processes of `manage.py work` that `manage.py up` starts.
WORKERS = integer("WORKERS", 1, minimum=0, maximum=16)
# The most threads of a process, while some wait for a lock or a long statement.
MAX_THREADS = integer("MAX_THREADS", 20, minimum=1, maximum=512)
# After SIGTERM, `/readyz` answers 503 for these seconds before the socket closes.
DRAIN_SECONDS = integer("DRAIN_SECONDS", 0, minimum=0, maximum=600)

INSTALLED_APPS = [
    "fluxrate",
    "organizations",
    "customers",
    "fluxrate.admin.apps.AdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django_otp",
    "django_otp.plugins.otp_totp",
    "django_otp.plugins.otp_static",
    "pgtrigger",
    "rest_framework",
    "django_filters",
    "drf_spectacular",
    "drf_spectacular_sidecar",
]
MIDDLEWARE = [
    "fluxrate.api.middleware.RequestIDMiddleware",
    "fluxrate.logging.RequestLogMiddleware",
    "fluxrate.api.middleware.SecurityHeadersMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "fluxrate.api.middleware.ProbeMiddleware",
    *(["corsheaders.middleware.CorsMiddleware"] if CORS_ALLOWED_ORIGINS else []),
    "fluxrate.api.middleware.RefusalMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "fluxrate.api.middleware.LocaleMiddleware",
]
ROOT_URLCONF = "fluxrate.urls"
WSGI_APPLICATION = "fluxrate.wsgi.application"
APPEND_SLASH = True
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
            "builtins": [
                "django.templatetags.i18n",
                "fluxrate.admin.template_filters",
            ],
        },
    }
]

# PgBouncer in transaction mode has no session state; migrations connect directly.
DATABASE_POOLED = boolean("DATABASE_POOLED", default=False)
MIGRATION_DATABASE_URL = env("MIGRATION_DATABASE_URL")
# The directory of `manage.py backup`, and a role with REPLICATION at the server itself.
BACKUP_DIR = env("BACKUP_DIR")
BACKUP_DATABASE_URL = env("BACKUP_DATABASE_URL")
MIGRATE_ON_START = boolean("MIGRATE_ON_START", default=True)
_MIGRATES = sys.argv[1:2] == ["migrate"] and bool(MIGRATION_DATABASE_URL)
DATABASE_URL = env("DATABASE_URL") or postgres.url(DATA_DIR)
EMBEDDED = postgres.url(DATA_DIR) == DATABASE_URL
context.set_process_actor(context.process_actor(sys.argv))
DATABASES = {
    "default": config.database(
        MIGRATION_DATABASE_URL if _MIGRATES else DATABASE_URL,
        statement_timeout=env("STATEMENT_TIMEOUT", "15s"),
        lock_timeout=env("LOCK_TIMEOUT", "5s"),
        idle_in_transaction_timeout=env("IDLE_IN_TRANSACTION_TIMEOUT", "30s"),
        actor=context.process_actor(sys.argv),
        pooled=DATABASE_POOLED and not _MIGRATES,
        generic_plans=True,
    )
}

AUTH_USER_MODEL = "organizations.User"
AUTHENTICATION_BACKENDS = ["organizations.auth.backends.PasswordBackend"]
PASSWORD_HASHERS = ["organizations.auth.hashers.Argon2id"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]

# INFO logs each request as a line of JSON to stderr; WARNING does not.
LOG_LEVEL = choice("LOG_LEVEL", "INFO", ("DEBUG", "INFO", "WARNING", "ERROR"))
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {
        "with_traceback": {
            "()": "django.utils.log.CallbackFilter",
            "callback": "ext://fluxrate.logging.with_traceback",
        }
    },
    "formatters": {"json": {"()": "fluxrate.logging.JSONFormatter"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "json"}},
    "root": {"handlers": ["stderr"], "level": "WARNING"},
    "loggers": {
        "fluxrate": {"level": LOG_LEVEL},
        "django": {"handlers": [], "level": "WARNING", "propagate": True},
        "django.request": {"filters": ["with_traceback"]},
        # The development server's lines contain the path; ours do not.
        "django.server": {"handlers": [], "level": "ERROR", "propagate": True},
        "django.security.DisallowedHost": {"level": "CRITICAL"},
    },
}

# Prometheus sends it as a Bearer token to read `/metrics`, which is 404 without one.
METRICS_TOKEN = secret("METRICS_TOKEN")

# Receivers of errors and of traces.
SENTRY_DSN = address("SENTRY_DSN", "sentry_sdk")
OTEL_EXPORTER_OTLP_ENDPOINT = address("OTEL_EXPORTER_OTLP_ENDPOINT", "opentelemetry")

# Requests of one user or API key in a window; 0 is no limit.
RATE_LIMIT = integer("RATE_LIMIT", 60_000, minimum=0, maximum=100_000_000)
RATE_LIMIT_SECONDS = integer("RATE_LIMIT_SECONDS", 60, minimum=1, maximum=86_400)

# Whether prepared statements answer requests that the views have answered before.
FAST_PATH = boolean("FAST_PATH", default=True)

# Without a mail server, emails are printed, or discarded in production: a log must not
# contain the secret in an email's link.
EMAIL_HOST = env("EMAIL_HOST")
EMAIL_PORT = integer("EMAIL_PORT", 587, minimum=1, maximum=65535)
EMAIL_HOST_USER = env("EMAIL_HOST_USER")
EMAIL_HOST_PASSWORD = env("EMAIL_HOST_PASSWORD")
EMAIL_USE_TLS = boolean("EMAIL_USE_TLS", default=True)
EMAIL_TIMEOUT = 10
if EMAIL_HOST:
    EMAIL_BACKEND = "fluxrate.email_backend.EmailBackend"
elif PRODUCTION:
    EMAIL_BACKEND = "organizations.auth.mail_queue.DiscardingBackend"
else:
    EMAIL_BACKEND = "django.core.mail.backends.console.EmailBackend"
DEFAULT_FROM_EMAIL = env("DEFAULT_FROM_EMAIL") or "Fluxrate <fluxrate@localhost>"

# Of the admin; all else is English and in UTC.
LANGUAGES = [("en", "English"), ("de", "Deutsch")]
LOCALE_PATHS = [BASE_DIR / "fluxrate" / "locale"]
LANGUAGE_CODE = "en"
TIME_ZONE = "UTC"
USE_TZ = True
USE_I18N = True
FORMAT_MODULE_PATH = "fluxrate.config.formats"

STATIC_URL = "/static/"
STATIC_ROOT = (BASE_DIR if IS_CHECKOUT else DATA_DIR) / "staticfiles"
# Files get no CORS header: CORS_ALLOWED_ORIGINS is for the API.
WHITENOISE_ALLOW_ALL_ORIGINS = False
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}

DATA_UPLOAD_MAX_MEMORY_SIZE = 1_000_000
# A list of the admin may send 1,000 selected rows, and other fields.
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2_000
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HTTPS else None
SECURE_SSL_REDIRECT = HTTPS
# The API refuses plain HTTP: a redirect would hide that a key was sent unencrypted.
SECURE_REDIRECT_EXEMPT = [r"^(health|livez|readyz|metrics)$", r"(?i)^api(/|$)"]
SECURE_HSTS_SECONDS = integer(
    "HSTS_SECONDS", 31_536_000 if HTTPS else 0, minimum=0, maximum=63_072_000
)
SECURE_HSTS_INCLUDE_SUBDOMAINS = boolean("HSTS_INCLUDE_SUBDOMAINS", default=HTTPS)
SECURE_HSTS_PRELOAD = boolean("HSTS_PRELOAD", default=False)
# Preloading binds a domain for years, so it is off by default.
SILENCED_SYSTEM_CHECKS = ["security.W021"]
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
CSRF_FAILURE_VIEW = "fluxrate.admin.login_again.csrf_failure"
SESSION_COOKIE_NAME = "admin_session"
SESSION_COOKIE_AGE = integer(
    "ADMIN_SESSION_SECONDS", 28_800, minimum=60, maximum=2_592_000
)
ADMIN_IDLE_SECONDS = integer("ADMIN_IDLE_SECONDS", 1_800, minimum=60, maximum=2_592_000)
ADMIN_REQUIRE_SECOND_FACTOR = boolean("ADMIN_REQUIRE_SECOND_FACTOR", default=False)
OTP_TOTP_ISSUER = "Fluxrate"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "organizations.auth.authentication.ApiKeyAuthentication",
        "organizations.auth.authentication.CookieAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["fluxrate.api.permissions.HasScope"],
    "DEFAULT_PARSER_CLASSES": ["fluxrate.api.parsers.StrictJSONParser"],
    "DEFAULT_RENDERER_CLASSES": ["fluxrate.api.renderers.JSONRenderer"],
    "DEFAULT_CONTENT_NEGOTIATION_CLASS": "fluxrate.api.renderers.Negotiation",
    "DEFAULT_PAGINATION_CLASS": "fluxrate.api.pagination.PageNumberPaginator",
    "DEFAULT_FILTER_BACKENDS": [
        "fluxrate.api.filters.FilterBackend",
        "fluxrate.api.filters.OrderingFilter",
    ],
    "DEFAULT_SCHEMA_CLASS": "fluxrate.api.openapi.schema.Schema",
    "EXCEPTION_HANDLER": "fluxrate.api.problems.exception_handler",
    "UNAUTHENTICATED_USER": None,
    "URL_FORMAT_OVERRIDE": None,
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Fluxrate",
    "OAS_VERSION": "3.1.1",
    "VERSION": __version__,
    "CONTACT": {"name": "The maintainers of Fluxrate"},
    "LICENSE": {"name": "Apache License 2.0", "identifier": "Apache-2.0"},
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "COMPONENT_SPLIT_REQUEST": True,
    "SERVERS": [{"url": "/"}],
    "PATH_CONVERTER_OVERRIDES": {
        "external_id": {"type": "string"},
        "id": {"type": "string", "format": "uuid"},
    },
    "ENUM_SUFFIX": "",
    "ENUM_GENERATE_CHOICE_DESCRIPTION": False,
    # From an enum of null, generators make a class without members.
    "ENUM_ADD_EXPLICIT_BLANK_NULL_CHOICE": False,
    # The other enums are named after their TextChoices.
    "ENUM_NAME_OVERRIDES": {
        "SubscriptionAction": "customers.models.subscription_actions.ACTION_NAMES",
    },
    "POSTPROCESSING_HOOKS": [
        "fluxrate.api.openapi.components.name_enums",
        "fluxrate.history.event_schemas.describe_event_data",
        "fluxrate.api.openapi.document.complete",
    ],
}

if PRODUCTION:
    production.require_settings(globals())

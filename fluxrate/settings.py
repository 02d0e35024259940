"""Every setting, once, from the environment: NAME, or NAME_FILE for a file's text."""

import os
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

from fluxrate import keys
from fluxrate.postgres import embedded, url

BASE_DIR = Path(__file__).resolve().parent.parent


def env(name: str, default: str = "") -> str:
    """NAME from the environment; or the text of the file that NAME_FILE names."""
    if path := os.environ.get(f"{name}_FILE"):
        return Path(path).read_text().strip()
    return os.environ.get(name, default)


def flag(name: str, *, default: bool) -> bool:
    return env(name, str(default)).strip().lower() in {"1", "true", "yes", "on"}


def number(name: str, default: int, *, least: int, most: int) -> int:
    text = env(name) or str(default)
    if not (text.isascii() and text.isdecimal() and least <= int(text) <= most):
        raise ImproperlyConfigured(
            f"{name} must be a whole number from {least} to {most}, not {text!r}."
        )
    return int(text)


def words(name: str, default: str = "") -> list[str]:
    return [word.strip() for word in env(name, default).split(",") if word.strip()]


# Where the embedded PostgreSQL and the keys of this installation live.
DATA_DIR = Path(env("DATA_DIR", str(BASE_DIR / ".data"))).expanduser().resolve()
DEBUG = flag("DEBUG", default=False)

SECRET_KEY = env("SECRET_KEY") or keys.local_key(DATA_DIR, "SECRET_KEY")
JWT_SIGNING_KEY = env("JWT_SIGNING_KEY") or keys.local_key(DATA_DIR, "JWT_SIGNING_KEY")
ACCESS_TOKEN_SECONDS = int(env("ACCESS_TOKEN_SECONDS", "900"))
REFRESH_TOKEN_SECONDS = int(env("REFRESH_TOKEN_SECONDS", "604800"))

ALLOWED_HOSTS = words("ALLOWED_HOSTS", "localhost,127.0.0.1,[::1]")
CSRF_TRUSTED_ORIGINS = words("CSRF_TRUSTED_ORIGINS")
HTTPS = flag("HTTPS", default=False)

# Where `manage.py up` serves, in how many processes, and threads in each.
HOST = env("HOST") or "127.0.0.1"
PORT = number("PORT", 8000, least=1, most=65535)
WEB_CONCURRENCY = number(
    "WEB_CONCURRENCY", min(os.cpu_count() or 1, 4), least=1, most=64
)
THREADS = number("THREADS", 4, least=1, most=64)

INSTALLED_APPS = [
    "fluxrate",
    "organizations",
    "customers",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "pgtrigger",
    "rest_framework",
    "django_filters",
    "drf_spectacular",
    "drf_spectacular_sidecar",
]
MIDDLEWARE = [
    "fluxrate.api.middleware.RequestMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
ROOT_URLCONF = "fluxrate.urls"
WSGI_APPLICATION = "fluxrate.wsgi.application"
APPEND_SLASH = True
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "fluxrate" / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]

DATABASES = {
    "default": url.database(
        env("DATABASE_URL") or embedded.url(DATA_DIR),
        statement_timeout=env("STATEMENT_TIMEOUT", "15s"),
        lock_timeout=env("LOCK_TIMEOUT", "5s"),
        idle_in_transaction_timeout=env("IDLE_IN_TRANSACTION_TIMEOUT", "30s"),
    )
}

AUTH_USER_MODEL = "organizations.User"
PASSWORD_HASHERS = ["organizations.passwords.Argon2id"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]

LANGUAGE_CODE = "en"
TIME_ZONE = "UTC"
USE_TZ = True
USE_I18N = False

STATIC_URL = "/static/"
STATIC_ROOT = BASE_DIR / "staticfiles"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}

DATA_UPLOAD_MAX_MEMORY_SIZE = 1_000_000
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HTTPS else None
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SESSION_COOKIE_NAME = "admin_session"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "organizations.authentication.CookieAuthentication"
    ],
    "DEFAULT_PERMISSION_CLASSES": ["fluxrate.api.permissions.HasScope"],
    "DEFAULT_PARSER_CLASSES": ["fluxrate.api.parsers.StrictJSONParser"],
    "DEFAULT_RENDERER_CLASSES": ["fluxrate.api.renderers.JSONRenderer"],
    "DEFAULT_CONTENT_NEGOTIATION_CLASS": "fluxrate.api.renderers.Negotiation",
    "DEFAULT_PAGINATION_CLASS": "fluxrate.api.pagination.PageNumberPaginator",
    "DEFAULT_FILTER_BACKENDS": [
        "fluxrate.api.filters.FilterBackend",
        "fluxrate.api.ordering.OrderingFilter",
    ],
    "DEFAULT_SCHEMA_CLASS": "fluxrate.api.schema.Schema",
    "EXCEPTION_HANDLER": "fluxrate.api.problems.answer",
    "UNAUTHENTICATED_USER": None,
    "URL_FORMAT_OVERRIDE": None,
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Fluxrate",
    "VERSION": "1",
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "COMPONENT_SPLIT_REQUEST": True,
    "SERVERS": [{"url": "/"}],
    "ENUM_SUFFIX": "",
    "ENUM_GENERATE_CHOICE_DESCRIPTION": False,
    "ENUM_NAME_OVERRIDES": {
        "CustomerStatus": "customers.models.Customer.Status",
        "PlanType": "customers.models.Plan.Type",
        "BillingInterval": "customers.models.plan.BillingInterval",
        "SubscriptionStatus": "customers.models.Subscription.Status",
        "Role": "organizations.models.Role",
    },
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "fluxrate.api.document.complete",
    ],
}

"""Errors for Sentry, and traces for OpenTelemetry, if a setting names a receiver.

Their libraries are optional (requirements-telemetry.txt) and are imported by `start`.
Nothing that a caller sent leaves with them.
"""

from django.conf import settings

from . import errors, traces


def start() -> None:
    """Begin to send what the settings name, in this process."""
    if settings.SENTRY_DSN:
        errors.start(settings.SENTRY_DSN)
    if settings.OTEL_EXPORTER_OTLP_ENDPOINT:
        traces.start(settings.OTEL_EXPORTER_OTLP_ENDPOINT)

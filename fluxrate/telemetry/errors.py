"""Each ERROR of the log as an event of Sentry, without values of callers."""

import logging
from importlib import import_module
from typing import TYPE_CHECKING

from fluxrate import __version__
from fluxrate.context import current

if TYPE_CHECKING:
    from sentry_sdk.types import Event, Hint

# The SDK would add the request, its user, its body and the arguments of the log.
_MEMBERS = {
    "environment",
    "event_id",
    "exception",
    "level",
    "logger",
    "platform",
    "release",
    "sdk",
    "server_name",
    "timestamp",
}


def start(dsn: str) -> None:
    """Send errors to the receiver of a DSN; other SENTRY_ variables are the SDK's."""
    sdk = import_module("sentry_sdk")
    of_logging = import_module("sentry_sdk.integrations.logging")
    sdk.init(
        dsn=dsn,
        release=f"fluxrate@{__version__}",
        default_integrations=False,
        auto_enabling_integrations=False,
        integrations=[
            of_logging.LoggingIntegration(level=None, event_level=logging.ERROR)
        ],
        include_local_variables=False,
        max_breadcrumbs=0,
        before_send=without_values,
    )


def without_values(event: "Event", hint: "Hint") -> "Event":
    """Types and lines of code of exceptions stay, not their messages: PostgreSQL's
    quotes values. A message stays if it is ours, which has none.
    """
    record: logging.LogRecord = hint["log_record"]
    kept: Event = {name: event[name] for name in _MEMBERS & event.keys()}  # type: ignore[literal-required,assignment]
    for exception in kept.get("exception", {}).get("values", []):
        exception["value"] = ""
    ours = record.name.partition(".")[0] == "fluxrate"
    kept["message"] = record.getMessage() if ours else str(record.msg)
    kept["tags"] = {"request_id": current().request_id}
    return kept

"""The check of backups."""

from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.core.management import CommandError

from fluxrate.backup.arguments import backup_directory
from fluxrate.backup.progress import Progress

from .finding import Finding, Status, ok, warning_if

_OLDEST_BASE = timedelta(hours=49)
_LONGEST_PAUSE = timedelta(minutes=1)


def backup() -> Finding:
    """The age of the newest base backup, and of the WAL if it has been received."""
    if not settings.BACKUP_DIR:
        message = "BACKUP_DIR is not set: a lost disk takes all data with it."
        is_needed = settings.PRODUCTION and settings.EMBEDDED
        return warning_if(is_needed, message, "BACKUP_DIR is not set.")
    directory = backup_directory(None)
    try:
        newest = directory.bases()[-1]
        progress = Progress.read(directory.path)
    except (CommandError, OSError) as error:
        return Finding(Status.ERROR, str(error))
    now = datetime.now(UTC)
    if (age := now - newest.manifest.instant_at) > _OLDEST_BASE:
        message = f"The newest base backup is {age.days} days old. Take one daily."
        return Finding(Status.WARNING, message)
    pause = now - progress.complete_at if progress else _LONGEST_PAUSE
    if pause > _LONGEST_PAUSE:
        minutes = pause.total_seconds() / 60
        message = f"No WAL has been received for {minutes:.0f} min: a loss takes that."
        return Finding(Status.WARNING, message)
    return ok(f"The newest base backup is {age.total_seconds() / 3600:.0f} h old.")

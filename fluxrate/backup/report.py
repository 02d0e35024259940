"""What a restore has brought back, and what is missing."""

from datetime import datetime
from uuid import UUID

from fluxrate.backup.restore import Restored


def report(restored: Restored, at: datetime | None, event: UUID | None) -> list[str]:
    """The lines of the report; `event` is the last in the restored feed."""
    manifest, commits = restored.base.manifest, restored.commits
    lines = [
        f"PostgreSQL {manifest.server_version}, {manifest.database}.",
        f"Base backup: {_utc(restored.base.began_at)}.",
        f"Last transaction: {commits.last or 'none since the base backup'}.",
    ]
    if commits.left_out:
        lines.append(
            f"Left out, {commits.left_out} transactions: {commits.first_left_out} to "
            f"{commits.last_left_out}."
        )
    if at is not None and at <= restored.complete_at:
        lines.append(f"Complete up to {_utc(at)}.")
    else:
        lines.append(
            f"Complete up to {_utc(restored.complete_at)}: what was committed later "
            "may be missing."
        )
    if event is not None:
        lines.append(f"Last event: {event}. A consumer beyond it has read lost events.")
    seconds = ", ".join(f"{name} {s:.1f} s" for name, s in restored.seconds.items())
    return [*lines, f"Time: {seconds}."]


def _utc(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M:%S.%f} UTC"

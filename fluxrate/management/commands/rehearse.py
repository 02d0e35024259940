"""`manage.py rehearse`: restore the newest backup aside, compare it, remove it."""

import json
import sys
from pathlib import Path

from django.core.management import BaseCommand, CommandParser

from fluxrate.backup.arguments import add_source, backup_directory
from fluxrate.backup.errors import as_command_errors
from fluxrate.backup.rehearsal import Rehearsal, rehearse
from fluxrate.backup.source import Source


class Command(BaseCommand):
    help = (
        "Restore the newest backup aside and compare the rows of all tables with the "
        "live server, or with the manifest if no WAL is received. The exit code is 1 "
        "if they differ."
    )
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        add_source(parser)
        parser.add_argument(
            "--in",
            dest="scratch",
            type=Path,
            help="a folder with room for the data; default: the backup directory",
        )
        parser.add_argument("--json", action="store_true", help="one JSON object")

    def handle(
        self,
        *,
        directory: str | None,
        scratch: Path | None,
        programs: Path | None,
        json: bool,
        **options: object,
    ) -> None:
        backup = backup_directory(directory)
        folder = (scratch or backup.path).resolve()
        with as_command_errors():
            rehearsal = rehearse(Source.of_settings(), backup, folder, programs)
        lines = [as_json(rehearsal)] if json else report(rehearsal)
        for line in lines:
            self.stdout.write(line)
        if rehearsal.differences:
            sys.exit(1)


def as_json(rehearsal: Rehearsal) -> str:
    return json.dumps(
        {
            "compared_with": "live" if rehearsal.expected.is_live else "manifest",
            "tables": len(rehearsal.actual),
            "rows": sum(table.rows for table in rehearsal.actual.values()),
            "differences": rehearsal.differences,
            "lost_seconds": round(rehearsal.lost_seconds, 3),
            "seconds": {k: round(v, 3) for k, v in rehearsal.seconds.items()},
        }
    )


def report(rehearsal: Rehearsal) -> list[str]:
    name = "the live server" if rehearsal.expected.is_live else "the manifest"
    expected = f"{name} as of {rehearsal.expected.at:%Y-%m-%d %H:%M:%S.%f} UTC"
    rows = sum(table.rows for table in rehearsal.actual.values())
    seconds = ", ".join(f"{name} {s:.1f} s" for name, s in rehearsal.seconds.items())
    return [
        f"Restored {len(rehearsal.actual)} tables with {rows:,} rows.",
        f"Compared with {expected}: {len(rehearsal.differences) or 'no'} differences.",
        *(f"  {difference}" for difference in rehearsal.differences),
        f"A loss at this moment would have lost {rehearsal.lost_seconds:.1f} s.",
        f"Time: {seconds}.",
    ]

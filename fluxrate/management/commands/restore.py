"""`manage.py restore`: a backup into a new DATA_DIR, to the end or to a time."""

import shutil
from datetime import datetime
from pathlib import Path
from uuid import UUID

from django.core.management import BaseCommand, CommandError, CommandParser

from fluxrate.backup import keys
from fluxrate.backup.arguments import add_source, backup_directory, time
from fluxrate.backup.errors import as_command_errors
from fluxrate.backup.events import last_event, manage
from fluxrate.backup.report import report
from fluxrate.backup.restore import Restore
from fluxrate.backup.target import Target
from fluxrate.server.postgres.paths import ServerPaths


class Command(BaseCommand):
    help = (
        "Restore a backup into a folder without a database, and say what is missing. "
        "The folder is a DATA_DIR; the data directory of PostgreSQL is in it."
    )
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        add_source(parser)
        parser.add_argument("--to", required=True, type=Path, help="the new DATA_DIR")
        parser.add_argument("--at", type=time, help="up to this time; default: the end")

    def handle(
        self,
        *,
        directory: str | None,
        to: Path,
        at: datetime | None,
        programs: Path | None,
        **options: object,
    ) -> None:
        paths = ServerPaths.of(to)
        if paths.cluster.exists():
            raise CommandError(f"{paths.cluster} exists: move it away first.")
        backup = backup_directory(directory)
        events: list[UUID | None] = []

        def continue_events(url: str) -> None:
            events.append(last_event(url))
            manage("raise_event_base", url)

        working = paths.data_dir / "restoring"
        restore = Restore(backup, Target(at), programs)
        with as_command_errors():
            try:
                restored = restore.run(working, continue_events)
                (working / "postgres").rename(paths.cluster)
            finally:
                shutil.rmtree(working, ignore_errors=True)
            keys.restore(restored.base.folder, paths.data_dir)
        for line in report(restored, at, events[0]):
            self.stdout.write(line)
        self.stdout.write(f"The data directory is {paths.cluster}.")

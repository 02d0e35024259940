"""`manage.py verify_row_counts`: compare the row counts with the rows."""

from argparse import ArgumentParser

from django.core.management import BaseCommand, CommandError
from django.db import connection

from fluxrate.models.row_count import count_mismatches, counted_models, recount
from fluxrate.postgres.timeouts import lifted


class Command(BaseCommand):
    help = "Compare the row counts with the rows; --repair recounts where they differ."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--repair", action="store_true")

    def handle(self, *args: object, repair: bool, **options: object) -> None:
        total = 0
        with lifted(connection):
            for model in counted_models():
                mismatches = count_mismatches(model)
                total += len(mismatches)
                for mismatch in mismatches:
                    self.stdout.write(f"{model._meta.db_table} {mismatch}")
                if mismatches and repair:
                    recount(model)
        if total and not repair:
            raise CommandError(f"{total} row counts are wrong; --repair recounts them.")
        message = f"{total} row counts repaired." if total else "All row counts agree."
        self.stdout.write(message)

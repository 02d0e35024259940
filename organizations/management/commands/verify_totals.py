"""`manage.py verify_totals`: do the kept totals agree with the rows?"""

from argparse import ArgumentParser
from typing import Any

from django.core.management import BaseCommand, CommandError
from django.db import connection

from fluxrate.models.row_count import counted_models, recount, wrong_totals
from fluxrate.postgres.timeouts import lifted


class Command(BaseCommand):
    help = "Compare the kept totals with the rows; --repair counts anew where wrong."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--repair", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        wrong = 0
        with lifted(connection):
            for model in counted_models():
                found = wrong_totals(model)
                wrong += len(found)
                for each in found:
                    self.stdout.write(f"{model._meta.db_table} {each}")
                if found and options["repair"]:
                    recount(model)
        if wrong and not options["repair"]:
            raise CommandError(f"{wrong} totals are wrong; --repair counts them anew.")
        self.stdout.write(f"{wrong} totals repaired." if wrong else "All totals agree.")

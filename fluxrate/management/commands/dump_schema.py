"""`manage.py dump_schema`: write what the migrations create, as SQL."""

from pathlib import Path

from django.apps import apps
from django.conf import settings
from django.core.management import BaseCommand, CommandParser
from django.db import connection

from fluxrate.postgres.schema import schema


class Command(BaseCommand):
    help = "Write the schema that the migrations create in an empty database."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--file", type=Path, required=True)

    def handle(self, *, file: Path, **options: object) -> None:
        name = connection.settings_dict["NAME"]
        connection.creation.create_test_db(verbosity=0, autoclobber=True)
        try:
            with connection.cursor() as cursor:
                text = schema(cursor, tables())
        finally:
            connection.creation.destroy_test_db(name, verbosity=0)
        file.write_text(text)


def tables() -> list[str]:
    """The tables of the project's own apps."""
    labels = {
        config.label
        for config in apps.get_app_configs()
        if Path(config.path).parent == settings.BASE_DIR
    }
    models = apps.get_models(include_auto_created=True)
    return sorted(
        {
            model._meta.db_table
            for model in models
            if model._meta.app_label in labels and not model._meta.proxy
        }
    )

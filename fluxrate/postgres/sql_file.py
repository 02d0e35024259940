import re
from pathlib import Path

from django.apps import apps
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState

_CREATED = re.compile(r"^CREATE FUNCTION (\w+)", re.MULTILINE)


class RunSQLFile(Operation):
    """Run a file of SQL; reversed, drop its functions and the triggers that call them.

    `path` is relative to the app of the migration.
    """

    reduces_to_sql = True

    def __init__(self, path: str) -> None:
        self.path = path

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        """No model changes."""

    def database_forwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        schema_editor.execute(self._sql(app_label), params=None)

    def database_backwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        for name in reversed(_CREATED.findall(self._sql(app_label))):
            schema_editor.execute(f"DROP FUNCTION {name} CASCADE")

    def describe(self) -> str:
        return f"Run {self.path}"

    def _sql(self, app_label: str) -> str:
        folder = Path(apps.get_app_config(app_label).path)
        return (folder / self.path).read_text()

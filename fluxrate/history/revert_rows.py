"""The revert of a batch's changes of one model."""

import uuid
from collections.abc import Callable, Iterator, Sequence
from itertools import starmap
from typing import Any

from django.db import connection

from fluxrate.models import Event, Owned
from fluxrate.models.batch import Batch
from fluxrate.postgres.constraints import violation
from fluxrate.postgres.refusals import refusals
from fluxrate.postgres.triggers import object_type

from .changed_object import ChangedObject, Left
from .restore import restore_rows
from .revert_fields import EDITED, PUT_BACK
from .revert_sql import DELETE, LOCK, OBJECTS, sql_for

# Rows of one statement, which must end within the statement timeout.
CHUNK = 5_000
Ids = list[uuid.UUID]


class ModelRevert:
    """Works on sets of rows; a set that breaks a rule is halved until the rule's rows
    are alone.
    """

    def __init__(self, model: type[Owned], reverted: Batch, own: uuid.UUID) -> None:
        self.model, self.noun = model, object_type(model)
        self.batch_id = reverted.object_id
        self.left: list[Left] = []
        self.created: Ids = []
        self.deleted: Ids = []
        self.changed: Ids = []
        self.touched: Ids = []
        self.refused: list[tuple[Callable[[Ids], None], Ids]] = []
        self.parameters: dict[str, Any] = {
            "batch": reverted.object_id,
            "own": own,
            "organization": reverted.organization_id,
            "noun": self.noun,
            "births": [f"{self.noun}.created", f"{self.noun}.restored"],
            "death": f"{self.noun}.deleted",
            "together": sorted(model.reverted_together),
        }

    def read(self) -> None:
        """Lock the present rows, and sort the objects by what is to be done."""
        self._execute(LOCK)
        for row in starmap(ChangedObject, self._execute(OBJECTS)):
            if row.obstacle:
                self._leave(row.id, row.obstacle)
            elif row.is_new:
                self.created += [row.id] * (row.revision is not None)
            elif row.is_gone:
                self.deleted.append(row.id)
                self.touched.append(row.id)
            else:
                self.changed.append(row.id)
                self.touched += [row.id] * (row.revision != row.last)

    def delete(self) -> None:
        for ids in _chunks(self.created):
            gone = {pk for (pk,) in self._execute(DELETE, ids=ids)}
            for pk in ids:
                if pk not in gone:
                    self._leave(pk, "in_use")

    def restore(self) -> None:
        self._run(self._restore, self.deleted)

    def put_back(self) -> None:
        """Write the fields that the batch changed, of a deleted row, too."""
        for ids in _chunks(self.touched):
            for pk, name in self._execute(EDITED, ids=ids, touched=ids):
                self._leave(pk, "changed_since", field=name)
        self._run(self._put_back, self.changed + self.deleted)

    def retry(self) -> None:
        """Repeat refused changes; the rule may hold after the others."""
        refused, self.refused = self.refused, []
        for change, ids in refused:
            for pk, error in refusals(change, ids):
                code, message, name, _ = violation(error)
                self._leave(pk, code, field=name, details=message)

    def _run(self, change: Callable[[Ids], None], ids: Ids) -> None:
        for chunk in _chunks(ids):
            refused = [pk for pk, _ in refusals(change, chunk)]
            if refused:
                self.refused.append((change, refused))

    def _restore(self, ids: Ids) -> None:
        deletions = Event.objects.filter(
            organization_id=self.parameters["organization"],
            batch_id=self.batch_id,
            type=f"{self.noun}.deleted",
            object_id__in=ids,
        )
        restore_rows(self.model, deletions)

    def _put_back(self, ids: Ids) -> None:
        touched = set(self.touched).intersection(ids)
        self._execute(PUT_BACK, ids=ids, touched=list(touched))

    def _leave(
        self, pk: uuid.UUID, code: str, *, field: str | None = None, details: str = ""
    ) -> None:
        self.left.append(Left(self.noun, pk, code, field, details))

    def _execute(self, template: str, **parameters: Ids) -> Sequence[tuple]:
        with connection.cursor() as cursor:
            cursor.execute(sql_for(self.model, template), self.parameters | parameters)
            return cursor.fetchall() if cursor.description else []


def _chunks(ids: Ids) -> Iterator[Ids]:
    for start in range(0, len(ids), CHUNK):
        yield ids[start : start + CHUNK]

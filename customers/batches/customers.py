"""A batch of operations on customers, in as few statements as possible."""

from collections.abc import Callable, Sequence
from typing import cast

from django.http import Http404

from customers.models import Customer
from customers.serializers.customer import CustomerSerializer
from fluxrate.api.batches import ROW_ERRORS, Result, refused
from fluxrate.api.conditional import Stale, entity_tag
from fluxrate.api.confirmation_errors import ConfirmationRequired
from fluxrate.api.fast_path.acceptors import BodyAcceptor
from fluxrate.api.views import StrictView
from fluxrate.postgres.refusals import refusals
from fluxrate.postgres.returning import insert_returning
from organizations.models import Organization

from .operations import CustomerOperationSerializer, is_plain_create
from .runs import Operation, Validator, runs, validated

ALONE = "Previews are required: delete each customer by itself, with its preview."
Indexes = list[int]
Rows = dict[int, Customer]


class MergingCustomerSerializer(CustomerSerializer):
    """Merges metadata into the locked row's: one statement writes many rows."""

    def validate_metadata(self, patch: dict[str, str | None]) -> dict[str, str]:
        merged = self.instance.metadata | patch if self.instance else patch
        return {key: text for key, text in merged.items() if text}


class CustomerBatch:
    """The operations happen one after another; equal ones in a row happen at once.

    Rows are keyed by the position of their operation. `view` names errors' noun.
    """

    def __init__(self, organization: Organization, view: StrictView) -> None:
        self.organization, self.view = organization, view
        self._owned = Customer.objects.owned_by(organization)
        context = {"request": view.request}
        self.new = CustomerSerializer(context=context)
        acceptor = BodyAcceptor(CustomerSerializer(), partial=False)
        self.validated_new = Validator(self.new, acceptor)
        self.present = MergingCustomerSerializer(partial=True, context=context)
        self.operations: dict[int, Operation] = {}
        self.results: dict[int, Result] = {}

    def run(self, operations: Sequence[object]) -> list[Result]:
        serializer = CustomerOperationSerializer()
        for index, data in enumerate(operations):
            try:
                self.operations[index] = (
                    cast(Operation, data)
                    if is_plain_create(data)
                    else validated(serializer, data)
                )
            except ROW_ERRORS as error:
                self._refuse(index, error)
        steps: dict[str, Callable[[Indexes], None]] = {
            "create": self._create,
            "update": self._update,
            "upsert": self._upsert,
            "delete": self._delete,
        }
        for name, indexes in runs(self.operations):
            steps[name](indexes)
        return [self.results[index] for index in range(len(operations))]

    def _refuse(self, index: int, error: Exception) -> None:
        self.results[index] = refused(error, self.view)

    def _create(self, indexes: Indexes) -> None:
        rows: Rows = {}
        for index in indexes:
            try:
                fields = self.validated_new(self.operations[index]["data"])
                metadata = {
                    k: text for k, text in fields.pop("metadata", {}).items() if text
                }
                owner = self.organization
                rows[index] = Customer(organization=owner, metadata=metadata, **fields)
            except ROW_ERRORS as error:
                self._refuse(index, error)
        taken = self._taken(rows)
        self._insert([index for index in rows if index not in taken], rows)
        for index in taken:
            self._insert([index], rows)

    def _taken(self, rows: Rows) -> Indexes:
        """Rows whose external_id a customer has: one by one, PostgreSQL refuses them
        at less cost than in halves.
        """
        names = {row.external_id: index for index, row in rows.items()}
        names.pop(None, None)
        taken = self._owned.filter(external_id__in=names).values_list("external_id")
        return [names[name] for (name,) in (taken if names else ())]

    def _insert(self, indexes: Indexes, rows: Rows) -> None:
        def insert(chosen: Indexes) -> None:
            insert_returning([rows[index] for index in chosen])

        failed = dict(refusals(insert, indexes)) if indexes else {}
        for index in indexes:
            if index in failed:
                self._refuse(index, failed[index])
            else:
                data = self.new.to_representation(rows[index])
                self.results[index] = Result("created", 201, data=data)

    def _update(self, indexes: Indexes) -> None:
        self._change(self._named(indexes))

    def _upsert(self, indexes: Indexes) -> None:
        """Change the present rows and create the others, except for those that another
        request has created meanwhile.
        """
        rows = self._locked(indexes)
        self._create([index for index in indexes if index not in rows])
        raced = [
            index
            for index in indexes
            if index not in rows and self.results[index].code == "external_id_taken"
        ]
        self._change(self._fresh(rows | self._locked(raced)))

    def _delete(self, indexes: Indexes) -> None:
        rows = self._named(indexes)
        if self.organization.require_deletion_preview:
            for index in rows:
                self._refuse(index, ConfirmationRequired(ALONE))
            return
        self._owned.filter(pk__in=[row.pk for row in rows.values()]).delete()
        for index in rows:
            self.results[index] = Result("deleted", 204)

    def _change(self, rows: Rows) -> None:
        columns: set[str] = set()
        changed: Rows = {}
        for index, row in rows.items():
            try:
                fields = self._validated(index, row)
            except ROW_ERRORS as error:
                self._refuse(index, error)
                continue
            columns |= fields.keys()
            if fields:
                changed[index] = row
            else:
                data = self.new.to_representation(row)
                self.results[index] = Result("unchanged", 200, data=data)
        if changed:
            self._write(changed, sorted(columns))

    def _validated(self, index: int, row: Customer) -> Operation:
        """Set the fields that the operation changes, and return them."""
        self.present.instance = row
        vars(self.present).pop("_current", None)
        fields = validated(self.present, self.operations[index]["data"])
        changes = {
            name: value for name, value in fields.items() if getattr(row, name) != value
        }
        for name, value in changes.items():
            setattr(row, name, value)
        return changes

    def _write(self, rows: Rows, columns: list[str]) -> None:
        def write(chosen: Indexes) -> None:
            self._owned.bulk_update([rows[index] for index in chosen], columns)

        failed = dict(refusals(write, list(rows)))
        written = self._owned.in_bulk([row.pk for row in rows.values()])
        for index, row in rows.items():
            if index in failed:
                self._refuse(index, failed[index])
            else:
                data = self.new.to_representation(written[row.pk])
                self.results[index] = Result("updated", 200, data=data)

    def _named(self, indexes: Indexes) -> Rows:
        """The rows that operations name; a missing row is refused (404)."""
        rows = self._locked(indexes)
        for index in indexes:
            if index not in rows:
                self._refuse(index, Http404())
        return self._fresh(rows)

    def _fresh(self, rows: Rows) -> Rows:
        """Without the rows that are not at the operation's revision (412)."""
        fresh = dict(rows)
        for index, row in rows.items():
            wanted = self.operations[index].get("revision")
            if wanted not in {None, row.revision}:
                self._refuse(index, Stale(entity_tag(row.revision)))
                del fresh[index]
        return fresh

    def _locked(self, indexes: Indexes) -> Rows:
        """The present rows of operations, locked in the order of their ids."""
        rows: Rows = {}
        for column in ("pk", "external_id"):
            name = "id" if column == "pk" else column
            values = {
                self.operations[index][name]: index
                for index in indexes
                if name in self.operations[index]
            }
            owned = self._owned.order_by("pk")
            locked = owned.select_for_update(no_key=True) if values else owned.none()
            for row in locked.filter(**{f"{column}__in": values}):
                rows[values[getattr(row, column)]] = row
        return dict(sorted(rows.items()))

"""A batch of actions on subscriptions, in as few statements as possible."""

from collections.abc import Sequence
from datetime import datetime

from django.http import Http404

from customers.models import Subscription
from customers.models.subscription_actions import BY_NAME
from customers.models.subscription_bulk import save_together
from customers.serializers.actions import ACTION_BODIES, EmptySerializer
from customers.serializers.subscription import SubscriptionSerializer
from fluxrate.api.batches import ROW_ERRORS, Result, refused
from fluxrate.api.conditional import Stale, entity_tag
from fluxrate.api.views import StrictView
from organizations.models import Organization

from .operations import SubscriptionOperationSerializer
from .runs import Operation, runs, validated


class SubscriptionBatch:
    """The actions happen one after another, at one time; equal ones in a row happen at
    once. `view` names errors' noun.
    """

    def __init__(self, organization: Organization, view: StrictView) -> None:
        self.view, self.context = view, {"request": view.request}
        self.rows = Subscription.objects.owned_by(organization)
        self.at: datetime = organization.now()
        self.operations: dict[int, Operation] = {}
        self.results: dict[int, Result] = {}

    def run(self, operations: Sequence[object]) -> list[Result]:
        for index, data in enumerate(operations):
            try:
                self.operations[index] = self._validated(data)
            except ROW_ERRORS as error:
                self._refuse(index, error)
        ids = {operation["id"] for operation in self.operations.values()}
        # The order of the locks is the same in all batches.
        locked = self.rows.select_for_update(of=["self"], no_key=True).order_by("pk")
        present = set(locked.filter(pk__in=ids).values_list("pk", flat=True))
        for name, indexes in runs(self.operations):
            self._perform(name, indexes)
        shown = self.rows.for_serializer().in_bulk(present)
        serializer = SubscriptionSerializer(context=self.context)
        for index in self.operations.keys() - self.results.keys():
            data = serializer.to_representation(shown[self.operations[index]["id"]])
            self.results[index] = Result("updated", 200, data=data)
        return [self.results[index] for index in range(len(operations))]

    def _refuse(self, index: int, error: Exception) -> None:
        self.results[index] = refused(error, self.view)

    def _validated(self, data: object) -> Operation:
        operation = validated(SubscriptionOperationSerializer(), data)
        body = ACTION_BODIES.get(operation["op"], EmptySerializer)
        serializer = body(context=self.context)
        fields = validated(serializer, operation.get("data", {}))
        return {**operation, "fields": fields}

    def _perform(self, name: str, indexes: list[int]) -> None:
        """Do the action to each subscription that is at its operation's revision."""
        by_id: dict[object, int] = {
            self.operations[index]["id"]: index for index in indexes
        }
        present = self.rows.in_bulk(by_id)
        rows = []
        for pk, index in by_id.items():
            row = present.get(pk)
            if row is None:
                self._refuse(index, Http404())
            elif self.operations[index].get("revision") not in {None, row.revision}:
                self._refuse(index, Stale(entity_tag(row.revision)))
            else:
                rows.append(row)

        def set_changes(row: Subscription) -> list[str]:
            fields = self.operations[by_id[row.pk]]["fields"]
            return row.set_changes(BY_NAME[name], at=self.at, **fields)

        for pk, error in save_together(rows, set_changes).items():
            self._refuse(by_id[pk], error)

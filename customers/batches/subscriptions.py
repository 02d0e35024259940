"""A batch of actions on subscriptions."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.http import Http404

from customers.models import Subscription
from customers.models.subscription_actions import BY_NAME
from customers.serializers.actions import ACTION_BODIES, EmptySerializer
from customers.serializers.subscription import SubscriptionSerializer
from fluxrate.api.batches import ROW_ERRORS, Result, refused
from fluxrate.api.conditional import Stale, entity_tag
from fluxrate.api.views import StrictView
from organizations.models import Organization

from .operations import SubscriptionOperationSerializer
from .runs import Operation, validated


class SubscriptionBatch:
    """The actions happen one after another, at one time; `view` names errors' noun."""

    def __init__(self, organization: Organization, view: StrictView) -> None:
        self.view, self.context = view, {"request": view.request}
        self.rows = Subscription.objects.owned_by(organization)
        self.at: datetime = organization.now()

    def run(self, operations: Sequence[object]) -> list[Result]:
        results: list[Result | UUID] = []
        valid = [self._validated(data) for data in operations]
        ids = {row["id"] for row in valid if not isinstance(row, Result)}
        # The order of the locks is the same in all batches.
        locked = self.rows.select_for_update(of=["self"], no_key=True).order_by("pk")
        present = {row.pk: row for row in locked.filter(pk__in=ids)}
        for operation in valid:
            if isinstance(operation, Result):
                results.append(operation)
            else:
                results.append(self._perform(operation, present))
        shown = self.rows.for_serializer().in_bulk(present.keys())
        serializer = SubscriptionSerializer(context=self.context)
        return [
            Result("updated", 200, data=serializer.to_representation(shown[row]))
            if isinstance(row, UUID)
            else row
            for row in results
        ]

    def _validated(self, data: object) -> Operation | Result:
        try:
            operation = validated(SubscriptionOperationSerializer(), data)
            body = ACTION_BODIES.get(operation["op"], EmptySerializer)
            serializer = body(context=self.context)
            fields = validated(serializer, operation.get("data", {}))
        except ROW_ERRORS as error:
            return refused(error, self.view)
        return {**operation, "fields": fields}

    def _perform(
        self, operation: Operation, present: Mapping[UUID, Subscription]
    ) -> Result | UUID:
        """Do the action; its subscription's id, or the result of a refusal."""
        pk: UUID = operation["id"]
        subscription = present.get(pk)
        try:
            if subscription is None:
                raise Http404
            if operation.get("revision") not in {None, subscription.revision}:
                raise Stale(entity_tag(subscription.revision))
            with transaction.atomic():
                action = BY_NAME[operation["op"]]
                subscription.perform(action, at=self.at, **operation["fields"])
        except ROW_ERRORS as error:
            if subscription is not None:
                subscription.refresh_from_db()
            return refused(error, self.view)
        return pk

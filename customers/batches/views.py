"""Batches of operations over HTTP."""

from collections.abc import Sequence

from drf_spectacular.utils import extend_schema
from rest_framework.response import Response

from customers.models import Customer, Subscription
from fluxrate.api.batches import BatchView, Result
from fluxrate.api.requests import Request

from .customers import CustomerBatch
from .requests import CustomerBatchSerializer, SubscriptionBatchSerializer
from .results import CustomerBatchResultSerializer, SubscriptionBatchResultSerializer
from .subscriptions import SubscriptionBatch


class CustomerBatchView(BatchView):
    scope, kind = "customers", "customers.batch"
    # Errors name its noun.
    queryset = Customer.objects.all()
    outcomes = ("created", "updated", "unchanged", "deleted", "failed")
    request_serializer = CustomerBatchSerializer

    @extend_schema(
        operation_id="batchCustomers",
        request=CustomerBatchSerializer,
        responses=CustomerBatchResultSerializer,
    )
    def post(self, request: Request) -> Response:
        """Create, change and delete customers

        Up to 500 operations, one after another, in one transaction. Each has a result
        of its own; with `atomic`, an operation that fails undoes all of them (422
        `batch_failed`, with the results). The changes can be reverted together.
        """
        return self.answer(request)

    def run(self, operations: Sequence[object]) -> list[Result]:
        return CustomerBatch(self.request.auth.organization, self).run(operations)


class SubscriptionBatchView(BatchView):
    scope, kind = "subscriptions", "subscriptions.batch"
    queryset = Subscription.objects.all()
    outcomes = ("updated", "failed")
    request_serializer = SubscriptionBatchSerializer

    @extend_schema(
        operation_id="batchSubscriptions",
        request=SubscriptionBatchSerializer,
        responses=SubscriptionBatchResultSerializer,
    )
    def post(self, request: Request) -> Response:
        """Act on many subscriptions

        Up to 500 actions, one after another, in one transaction. `op` is the name of
        the action, `data` its body. Each has a result of its own; with `atomic`, an
        action that fails undoes all of them (422 `batch_failed`, with the results).
        """
        return self.answer(request)

    def run(self, operations: Sequence[object]) -> list[Result]:
        return SubscriptionBatch(self.request.auth.organization, self).run(operations)

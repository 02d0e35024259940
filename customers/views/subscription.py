from typing import Any

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from customers.filters import SubscriptionFilter
from customers.models import Customer, Subscription
from customers.serializers import (
    CancelSerializer,
    ChangePlanSerializer,
    EmptySerializer,
    ExtendTrialSerializer,
    PauseSerializer,
    SubscriptionChangeSerializer,
    SubscriptionSerializer,
    SummarySerializer,
)
from fluxrate.api.shapes import ShapedViewSet


@extend_schema_view(
    update=extend_schema(responses=SubscriptionSerializer),
    partial_update=extend_schema(responses=SubscriptionSerializer),
)
class SubscriptionViewSet(ShapedViewSet):
    scope = "subscriptions"
    queryset = Subscription.objects.faces()
    serializer_class = SubscriptionSerializer
    filterset_class = SubscriptionFilter
    ordering_fields = [
        "current_period_end",
        "start_date",
        "created_at",
        "updated_at",
    ]

    def get_queryset(self) -> Any:
        rows = super().get_queryset()
        return rows.faces(self.chosen) if self.chosen else rows

    def get_serializer_class(self) -> Any:
        changing = self.action in {"update", "partial_update"}
        return SubscriptionChangeSerializer if changing else SubscriptionSerializer

    @extend_schema(responses=SummarySerializer)
    @action(detail=False, pagination_class=None, filterset_class=None)
    def summary(self, request: Request) -> Response:
        """Count subscriptions by status."""
        return Response(self.get_queryset().summary())

    def act(
        self, request: Any, verb: str, body: type[Any] = EmptySerializer
    ) -> Response:
        """Do what the path names with the locked row, at the organization's time."""
        with self.acting():
            at = request.auth.organization.now()
            subscription = self.get_locked_object()
            serializer = body(data=request.data, context=self.get_serializer_context())
            serializer.is_valid(raise_exception=True)
            subscription.catch_up(at=at)
            getattr(subscription, verb)(at=at, **serializer.validated_data)
            subscription = self.get_queryset().get(pk=subscription.pk)
        return Response(self.get_serializer(subscription).data)

    @extend_schema(request=CancelSerializer)
    @action(detail=True, methods=["post"])
    def cancel(self, request: Request, pk: str) -> Response:
        """Cancel now, or when the current period ends."""
        return self.act(request, "cancel", CancelSerializer)

    @extend_schema(request=None)
    @action(detail=True, methods=["post"])
    def uncancel(self, request: Request, pk: str) -> Response:
        """Take a scheduled cancellation back."""
        return self.act(request, "uncancel")

    @extend_schema(request=PauseSerializer)
    @action(detail=True, methods=["post"])
    def pause(self, request: Request, pk: str) -> Response:
        """Let a subscription's time stand still."""
        return self.act(request, "pause", PauseSerializer)

    @extend_schema(request=None)
    @action(detail=True, methods=["post"])
    def resume(self, request: Request, pk: str) -> Response:
        """Go on where the pause began."""
        return self.act(request, "resume")

    @extend_schema(request=None)
    @action(detail=True, methods=["post"], url_path="mark-past-due")
    def mark_past_due(self, request: Request, pk: str) -> Response:
        """Record that a payment is missing."""
        return self.act(request, "mark_past_due")

    @extend_schema(request=None)
    @action(detail=True, methods=["post"], url_path="mark-paid")
    def mark_paid(self, request: Request, pk: str) -> Response:
        """Record that what was missing has been paid."""
        return self.act(request, "mark_paid")

    @extend_schema(request=None)
    @action(detail=True, methods=["post"])
    def activate(self, request: Request, pk: str) -> Response:
        """End a trial now."""
        return self.act(request, "activate")

    @extend_schema(request=ExtendTrialSerializer)
    @action(detail=True, methods=["post"], url_path="extend-trial")
    def extend_trial(self, request: Request, pk: str) -> Response:
        """Let a trial end later."""
        return self.act(request, "extend_trial", ExtendTrialSerializer)

    @extend_schema(request=ChangePlanSerializer)
    @action(detail=True, methods=["post"], url_path="change-plan")
    def change_plan(self, request: Request, pk: str) -> Response:
        """Change the plan now, or when the current period ends."""
        return self.act(request, "change_plan", ChangePlanSerializer)

    @extend_schema(request=None)
    @action(detail=True, methods=["post"], url_path="remove-scheduled-change")
    def remove_scheduled_change(self, request: Request, pk: str) -> Response:
        """Keep the plan after the current period."""
        return self.act(request, "remove_scheduled_change")


@extend_schema_view(list=extend_schema(summary="List a customer's subscriptions"))
class CustomerSubscriptionViewSet(SubscriptionViewSet):
    """`/customers/{customer_pk}/subscriptions`"""

    def get_queryset(self) -> Any:
        rows = super().get_queryset()
        if getattr(self, "swagger_fake_view", False):
            return rows
        organization = self.request.auth.organization
        customer = get_object_or_404(
            Customer.objects.owned_by(organization).only("id"),
            pk=self.kwargs["customer_pk"],
        )
        return rows.filter(customer=customer)

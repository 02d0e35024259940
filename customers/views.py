"""Customers, plans and subscriptions over HTTP."""

from typing import Any, ClassVar

from django.db.models.functions import Upper
from django.http import Http404
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.functional import cached_property
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import status
from rest_framework.decorators import action
from rest_framework.exceptions import ErrorDetail, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from fluxrate.api.conditional import refuse_missing, refuse_stale
from fluxrate.api.pagination import Countable, CountedPages
from fluxrate.api.shapes import ShapedViewSet
from fluxrate.api.views import StrictView
from fluxrate.history.as_of import HistoryViewSet
from fluxrate.history.views import EventViewSet
from fluxrate.text import is_visible, normalized
from organizations.serializers import OrganizationSerializer

from .filters import CustomerFilter, PlanFilter, SubscriptionFilter
from .models import Customer, Plan, Subscription
from .models.customer import sorted_name
from .models.subscription_actions import ACTIONS, Action
from .search.statement import Search
from .search.terms import Terms
from .serializers import (
    ACTION_BODIES,
    CustomerSerializer,
    EmptySerializer,
    MoveClockSerializer,
    PlanSerializer,
    SubscriptionSerializer,
    SubscriptionSummarySerializer,
    SubscriptionUpdateSerializer,
)
from .testing_clock import move_clock


class CustomerViewSet(ShapedViewSet, HistoryViewSet):
    tag_description = "The parties that the organization bills."
    scope = "customers"
    queryset = Customer.objects.all()
    serializer_class = CustomerSerializer
    filterset_class = CustomerFilter
    ordering_fields = ["name", "email", "external_id", "created_at", "updated_at"]
    ordering_expressions: ClassVar = {"name": sorted_name(), "email": Upper("email")}
    includes = ("subscription_counts", "subscriptions")

    def get_queryset(self) -> Any:
        rows = super().get_queryset()
        if "subscription_counts" in self.included:
            rows = rows.with_subscription_counts()
        if "subscriptions" in self.included:
            rows = rows.with_newest_subscriptions()
        return rows

    @cached_property
    def terms(self) -> Terms | None:
        """What the query searches for; its filter has checked it."""
        text = self.request.query_params.get("search")
        return None if text is None else Terms(normalized(text))

    def get_pages(self, rows: Any) -> Countable:
        if self.terms is None:
            return CountedPages(rows, self.get_stored_count(rows))
        search = Search(
            rows,
            self.terms,
            organization_id=self.request.auth.organization.pk,
            is_narrowed=self.get_filters().keys() != {"search"},
        )
        return search.ordered() if "ordering" in self.request.query_params else search

    def get_serializer_context(self) -> dict[str, Any]:
        return {**super().get_serializer_context(), "search": self.terms}


class ExternalCustomerViewSet(CustomerViewSet):
    """`/customers/external/{external_id}`"""

    lookup_field = "external_id"

    @cached_property
    def object_id(self) -> Any:
        """The history of the customer who has this external_id now."""
        return self.get_object().pk

    @extend_schema(responses={200: CustomerSerializer, 201: CustomerSerializer})
    def upsert(self, request: Request, external_id: str) -> Response:
        """Change the customer with this external_id, or create it

        A new one needs `name` and `email`. However many create it at once, one does.
        """
        if not is_visible(external_id):
            message = "At least one visible character is needed."
            raise ValidationError({"external_id": [ErrorDetail(message, "blank")]})
        with self.acting():
            customer, created = self.found_or_created(external_id)
            if not created:
                serializer = self.get_serializer(
                    customer, data=self.given(), partial=True
                )
                serializer.is_valid(raise_exception=True)
                customer = serializer.save()
        response = Response(self.get_serializer(customer).data)
        if created:
            response.status_code = status.HTTP_201_CREATED
            response["Location"] = reverse("customer-detail", args=[customer.pk])
        return response

    def found_or_created(self, external_id: str) -> tuple[Customer, bool]:
        """The customer, locked, and whether it is new."""
        rows = self.get_queryset().select_for_update(of=["self"], no_key=True)
        found = rows.filter(external_id=external_id).first()
        if found is not None:
            refuse_stale(self.request, found)
            return found, False
        refuse_missing(self.request)
        serializer = self.get_serializer(data=self.given())
        serializer.is_valid(raise_exception=True)
        customer, created = rows.get_or_create(
            external_id=external_id,
            organization=self.request.auth.organization,
            defaults=serializer.validated_data,
        )
        if not created:
            refuse_stale(self.request, customer)
        return customer, created

    def given(self) -> Any:
        """The body, with the external_id of the address, which it may repeat."""
        body, external_id = self.request.data, self.kwargs["external_id"]
        if not isinstance(body, dict):
            return body
        repeated = body.get("external_id", external_id)
        if not isinstance(repeated, str) or normalized(repeated) != external_id:
            raise ValidationError(
                {"external_id": "This differs from the external_id in the address."}
            )
        return {**body, "external_id": external_id}


class CustomerEventViewSet(EventViewSet):
    """`/customers/{customer_pk}/events`, even after the customer's deletion."""

    def get_queryset(self) -> Any:
        rows = super().get_queryset().filter(object_type="customer")
        if getattr(self, "swagger_fake_view", False):
            return rows
        rows = rows.filter(object_id=self.kwargs["customer_pk"])
        if not rows.exists():
            raise Http404
        return rows


class PlanViewSet(ShapedViewSet):
    tag_description = "The terms that customers subscribe to."
    scope = "subscriptions"
    queryset = Plan.objects.all()
    serializer_class = PlanSerializer
    filterset_class = PlanFilter
    ordering_fields = ["name", "lookup_id", "created_at", "updated_at"]


@extend_schema_view(
    update=extend_schema(responses=SubscriptionSerializer),
    partial_update=extend_schema(responses=SubscriptionSerializer),
)
class SubscriptionViewSet(ShapedViewSet):
    tag_description = "The subscriptions of customers to plans, and their state."
    scope = "subscriptions"
    queryset = Subscription.objects.for_serializer()
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
        return rows.for_serializer(self.chosen) if self.chosen else rows

    def get_pages(self, rows: Any) -> Countable:
        return CountedPages(rows, self.get_stored_count(rows))

    def get_serializer_class(self) -> Any:
        changing = self.action in {"update", "partial_update"}
        return SubscriptionUpdateSerializer if changing else SubscriptionSerializer

    @extend_schema(responses=SubscriptionSummarySerializer)
    @action(detail=False, pagination_class=None, filterset_class=None)
    def summary(self, request: Any) -> Response:
        """Count subscriptions by status."""
        return Response(Subscription.objects.summary(request.auth.organization))

    def perform(self, request: Any, subscription_action: Action) -> Response:
        """Do the action with the locked row, at the organization's time."""
        with self.acting():
            at = request.auth.organization.now()
            subscription = self.get_locked_object()
            body = ACTION_BODIES.get(subscription_action.name, EmptySerializer)
            serializer = body(data=request.data, context=self.get_serializer_context())
            serializer.is_valid(raise_exception=True)
            subscription.perform(
                subscription_action, at=at, **serializer.validated_data
            )
            subscription = self.get_queryset().get(pk=subscription.pk)
        return Response(self.get_serializer(subscription).data)


def action_method(subscription_action: Action) -> Any:
    """The method of SubscriptionViewSet for `POST /subscriptions/{id}/<action>`."""

    def method(self: SubscriptionViewSet, request: Request, **_path: str) -> Response:
        return self.perform(request, subscription_action)

    method.__name__ = subscription_action.method
    method.__doc__ = subscription_action.summary
    route = action(detail=True, methods=["post"], url_path=subscription_action.name)
    body = ACTION_BODIES.get(subscription_action.name)
    return extend_schema(request=body)(route(method))


for subscription_action in ACTIONS:
    setattr(
        SubscriptionViewSet,
        subscription_action.method,
        action_method(subscription_action),
    )


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

    def get_pages(self, rows: Any) -> Countable:
        """Counted one by one: row counts are of all rows of an organization."""
        return CountedPages(rows)


class MoveClockView(StrictView):
    scope = "subscriptions"
    extra_error_statuses = (409,)

    @extend_schema(
        operation_id="organization_move_clock",
        request=MoveClockSerializer,
        responses=OrganizationSerializer,
    )
    def post(self, request: Any) -> Response:
        """Move a test organization's clock forward

        Everything that is due to its subscriptions up to then happens before the
        answer: at most 20,000 things, and 1,000 to one subscription, else nothing
        changes (409 `clock_too_far`).
        """
        serializer = MoveClockSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        with self.acting():
            moved = move_clock(request.auth.organization, **serializer.validated_data)
            moved.refresh_from_db()
        return Response(OrganizationSerializer(moved).data)

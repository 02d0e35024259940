"""Customers, plans and subscriptions over HTTP."""

from collections.abc import Callable
from functools import cached_property
from typing import Any, ClassVar

from django.db.models.functions import Upper
from django.http import Http404
from django.shortcuts import get_object_or_404
from django.urls import reverse
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import status
from rest_framework.decorators import action
from rest_framework.exceptions import ErrorDetail, ValidationError
from rest_framework.response import Response

from customers.serializers.actions import (
    ACTION_BODIES,
    EmptySerializer,
    MoveClockSerializer,
    SubscriptionSummarySerializer,
)
from customers.serializers.customer import CustomerSerializer
from customers.serializers.get_or_create import GetOrCreateCustomerSerializer
from customers.serializers.plan import PlanSerializer
from customers.serializers.subscription import (
    SubscriptionSerializer,
    SubscriptionUpdateSerializer,
)
from fluxrate.api.conditional import ObjectResponse, refuse_if_match, refuse_stale
from fluxrate.api.pagination import Countable, CountedPages
from fluxrate.api.requests import Request
from fluxrate.api.views import StrictView
from fluxrate.api.viewsets import OwnedViewSet
from fluxrate.history.as_of import HistoryViewSet
from fluxrate.history.deletion_preview_view import CONFIRMED, delete_confirmed
from fluxrate.history.deletion_views import DeletionViewSet, RestorableNoun
from fluxrate.history.views import EventViewSet
from fluxrate.models import OwnedQuerySet
from fluxrate.models.event import EventQuerySet
from fluxrate.text import is_visible, normalized
from organizations.serializers.organization import OrganizationSerializer

from .filters import CustomerFilter, PlanFilter, SubscriptionFilter
from .models import Customer, Plan, Subscription
from .models.customer import CustomerQuerySet, sorted_name
from .models.subscription_actions import ACTIONS, Action
from .models.subscription_queryset import SubscriptionQuerySet
from .search.statement import Search
from .search.terms import Terms
from .testing_clock import move_clock

# The codes of 409 responses about subscriptions, by the view's action.
CONFLICTS = {
    "create": ["external_id_taken", "customer_inactive", "plan_inactive"],
    **dict.fromkeys(("update", "partial_update"), ("external_id_taken",)),
    **{each.method: [*each.codes, "far_behind"] for each in ACTIONS},
}


@extend_schema_view(destroy=CONFIRMED)
class CustomerViewSet(HistoryViewSet):
    """`/customers/{id}`, and `/customers/external/{external_id}` by `lookup_field`."""

    tag_description = "The parties that the organization bills."
    scope = "customers"
    queryset = Customer.objects.all()
    serializer_class = CustomerSerializer
    filterset_class = CustomerFilter
    ordering_fields = ["name", "email", "external_id", "created_at", "updated_at"]
    ordering_expressions: ClassVar = {"name": sorted_name(), "email": Upper("email")}
    extra_parameters: ClassVar = {
        **HistoryViewSet.extra_parameters,
        "destroy": {"confirm"},
    }
    supports_sparse_fields = True
    conflicts: ClassVar = {
        **dict.fromkeys(
            ("create", "update", "partial_update", "upsert"), ("external_id_taken",)
        ),
        "get_or_create": ("ambiguous_match", "external_id_taken"),
    }
    includes: ClassVar = {
        "subscription_counts": "subscriptions",
        "subscriptions": "subscriptions",
    }

    def get_queryset(self) -> CustomerQuerySet:
        rows: CustomerQuerySet = super().get_queryset()
        if "subscription_counts" in self.sparse_fields.include:
            rows = rows.annotate(
                subscription_counts=Subscription.objects.counts_for_customer()
            )
        if "subscriptions" in self.sparse_fields.include:
            rows = rows.annotate(
                newest_subscriptions=Subscription.objects.newest_for_customer()
            )
        return rows

    @cached_property
    def terms(self) -> Terms | None:
        """The terms of the parameter `search`, which its filter has validated."""
        text = self.request.query_params.get("search")
        return None if text is None else Terms(normalized(text))

    def get_pages(self, rows: OwnedQuerySet) -> Countable:
        if self.terms is None:
            return CountedPages(rows, self.get_stored_count(rows))
        search = Search(
            rows,
            self.terms,
            organization_id=self.request.auth.organization.pk,
            is_narrowed=self.get_filters().keys() != {"search"},
        )
        return search.ordered() if "ordering" in self.request.query_params else search

    def get_search(self) -> Terms | None:
        return self.terms

    def perform_destroy(self, instance: Customer) -> None:
        self.headers |= delete_confirmed(self.request, instance)

    @extend_schema(
        operation_id="getOrCreateCustomer",
        request=GetOrCreateCustomerSerializer,
        responses={200: CustomerSerializer, 201: CustomerSerializer},
    )
    @action(detail=False, methods=["post"], url_path="get-or-create")
    def get_or_create(self, request: Request) -> Response:
        """Read the customer with this email or external_id, or create it

        The body is that of a new customer, and `match`: the field to find it by. An
        existing customer stays as it is. Of parallel requests, one creates it.
        """
        serializer = GetOrCreateCustomerSerializer(
            data=request.data, context=self.get_serializer_context()
        )
        serializer.is_valid(raise_exception=True)
        with self.transaction():
            customer, created = self.get_queryset().match_or_create(
                organization=request.auth.organization, **serializer.validated_data
            )
        return self._found_or_created(customer, created=created)

    def _found_or_created(self, customer: Customer, *, created: bool) -> Response:
        response = self.object_response(customer)
        if created:
            response.status_code = status.HTTP_201_CREATED
            response["Location"] = reverse("customer-detail", args=[customer.pk])
        return response

    @extend_schema(responses={200: CustomerSerializer, 201: CustomerSerializer})
    def upsert(self, request: Request, external_id: str) -> Response:
        """Change the customer with this external_id, or create it

        A new customer needs `name` and `email`. Of parallel requests, one creates it.
        """
        if not is_visible(external_id):
            message = "At least one visible character is needed."
            raise ValidationError({"external_id": [ErrorDetail(message, "blank")]})
        with self.transaction():
            customer, created = self._get_or_create(external_id)
            if not created:
                data = self._data_with_external_id()
                serializer = self.get_serializer(customer, data=data, partial=True)
                serializer.is_valid(raise_exception=True)
                customer = serializer.save()
        return self._found_or_created(customer, created=created)

    def _get_or_create(self, external_id: str) -> tuple[Customer, bool]:
        """The customer, locked, and whether it is new."""
        rows = self.get_queryset().select_for_update(of=["self"], no_key=True)
        existing = rows.filter(external_id=external_id).first()
        if existing is not None:
            refuse_stale(self.request, existing)
            return existing, False
        refuse_if_match(self.request)
        serializer = self.get_serializer(data=self._data_with_external_id())
        serializer.is_valid(raise_exception=True)
        customer, created = rows.get_or_create(
            external_id=external_id,
            organization=self.request.auth.organization,
            defaults=serializer.validated_data,
        )
        if not created:
            refuse_stale(self.request, customer)
        return customer, created

    def _data_with_external_id(self) -> Any:
        """The body with the external_id of the URL, which the body may repeat."""
        body, external_id = self.request.data, self.kwargs["external_id"]
        if not isinstance(body, dict):
            return body
        repeated = body.get("external_id", external_id)
        if not isinstance(repeated, str) or normalized(repeated) != external_id:
            raise ValidationError(
                {"external_id": "This differs from the external_id in the address."}
            )
        return {**body, "external_id": external_id}


@extend_schema_view(list=extend_schema(summary="List a customer's events"))
class CustomerEventViewSet(EventViewSet):
    """`/customers/{id}/events`, even after the customer's deletion."""

    def get_queryset(self) -> EventQuerySet:
        rows: EventQuerySet = (
            super()
            .get_queryset()
            .filter(object_type="customer", object_id=self.kwargs["pk"])
        )
        if not rows.exists():
            raise Http404
        return rows


@extend_schema_view(destroy=CONFIRMED)
class PlanViewSet(OwnedViewSet):
    tag_description = "The terms that customers subscribe to."
    scope = "subscriptions"
    extra_parameters: ClassVar = {"destroy": {"confirm"}}
    supports_sparse_fields = True
    queryset = Plan.objects.all()
    serializer_class = PlanSerializer
    filterset_class = PlanFilter
    conflicts: ClassVar = {
        **dict.fromkeys(("create", "update", "partial_update"), ("lookup_id_taken",)),
        "destroy": ["plan_in_use"],
    }
    ordering_fields = ["name", "lookup_id", "created_at", "updated_at"]

    def perform_destroy(self, instance: Plan) -> None:
        self.headers |= delete_confirmed(self.request, instance)


@extend_schema_view(
    update=extend_schema(responses=SubscriptionSerializer),
    partial_update=extend_schema(responses=SubscriptionSerializer),
    destroy=CONFIRMED,
)
class SubscriptionViewSet(OwnedViewSet):
    tag_description = "The subscriptions of customers to plans, and their state."
    scope = "subscriptions"
    supports_sparse_fields = True
    includes: ClassVar = {
        "customer": "customers",
        "plan": "subscriptions",
        "unavailable_actions": "subscriptions",
    }
    # They are long.
    listed_on_request = frozenset({"unavailable_actions"})
    conflicts: ClassVar = CONFLICTS
    extra_parameters: ClassVar = {"destroy": {"confirm"}}
    queryset = Subscription.objects.for_serializer()
    serializer_class = SubscriptionSerializer
    filterset_class = SubscriptionFilter
    ordering_fields = [
        "current_period_end",
        "start_date",
        "created_at",
        "updated_at",
    ]

    def get_queryset(self) -> SubscriptionQuerySet:
        rows: SubscriptionQuerySet = super().get_queryset()
        fields, include = self.sparse_fields.fields, self.sparse_fields.include
        return rows.for_serializer(fields, include) if fields or include else rows

    def get_pages(self, rows: OwnedQuerySet) -> Countable:
        return CountedPages(rows, self.get_stored_count(rows))

    def get_serializer_class(self) -> type[SubscriptionSerializer]:
        changing = self.action in {"update", "partial_update"}
        return SubscriptionUpdateSerializer if changing else SubscriptionSerializer

    @extend_schema(responses=SubscriptionSummarySerializer)
    @action(detail=False, pagination_class=None, filterset_class=None)
    def summary(self, request: Request) -> Response:
        """Count subscriptions by status."""
        return Response(Subscription.objects.summary(request.auth.organization))

    def perform_destroy(self, instance: Subscription) -> None:
        self.headers |= delete_confirmed(self.request, instance)

    def perform(self, request: Request, subscription_action: Action) -> Response:
        """Do the action with the locked row, at the organization's time."""
        with self.transaction():
            at = request.auth.organization.now()
            subscription = self.get_locked_object()
            body = ACTION_BODIES.get(subscription_action.name, EmptySerializer)
            serializer = body(data=request.data, context=self.get_serializer_context())
            serializer.is_valid(raise_exception=True)
            subscription.perform(
                subscription_action, at=at, **serializer.validated_data
            )
            subscription = self.get_queryset().get(pk=subscription.pk)
        return self.object_response(subscription)


def action_method(subscription_action: Action) -> Callable[..., Response]:
    """The method of SubscriptionViewSet for `POST /subscriptions/{id}/<action>`."""

    def method(self: SubscriptionViewSet, request: Request, **_path: str) -> Response:
        return self.perform(request, subscription_action)

    method.__name__ = subscription_action.method
    method.__doc__ = subscription_action.summary
    route = action(detail=True, methods=["post"], url_path=subscription_action.name)
    body = ACTION_BODIES.get(subscription_action.name)
    documented: Callable[..., Response] = extend_schema(request=body)(route(method))
    return documented


for subscription_action in ACTIONS:
    setattr(
        SubscriptionViewSet,
        subscription_action.method,
        action_method(subscription_action),
    )


@extend_schema_view(list=extend_schema(summary="List a customer's subscriptions"))
class CustomerSubscriptionViewSet(SubscriptionViewSet):
    """`/customers/{id}/subscriptions`"""

    def get_queryset(self) -> SubscriptionQuerySet:
        rows = super().get_queryset()
        organization = self.request.auth.organization
        customer = get_object_or_404(
            Customer.objects.owned_by(organization).only("id"),
            pk=self.kwargs["pk"],
        )
        return rows.filter(customer=customer)

    def get_pages(self, rows: OwnedQuerySet) -> Countable:
        """Counts the rows: row counts cover an organization, not a customer."""
        return CountedPages(rows)


class NounDeletionViewSet(DeletionViewSet):
    tag_description = "Deletions, and the way back."
    nouns: ClassVar = {
        viewset.queryset.model: RestorableNoun(viewset.scope, viewset.serializer_class)
        for viewset in (CustomerViewSet, PlanViewSet, SubscriptionViewSet)
    }


class MoveClockView(StrictView):
    scope = "subscriptions"
    conflicts: ClassVar = {
        "post": ["not_a_test_organization", "clock_goes_forward", "clock_too_far"]
    }

    @extend_schema(
        operation_id="moveTestClock",
        request=MoveClockSerializer,
        responses=OrganizationSerializer,
    )
    def post(self, request: Request) -> Response:
        """Move a test organization's clock forward

        Periods and trials that end until then end before the response: at most
        20,000 changes, and 1,000 of one subscription. Beyond that, nothing changes
        (409 `clock_too_far`).
        """
        serializer = MoveClockSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        with self.transaction():
            moved = move_clock(request.auth.organization, **serializer.validated_data)
            moved.refresh_from_db()
        data = OrganizationSerializer(moved).data
        return ObjectResponse(data, revision=moved.revision)

from typing import Any, ClassVar

from django.db.models.functions import Upper
from django.http import Http404
from django.urls import reverse
from django.utils.functional import cached_property
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.exceptions import ErrorDetail, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from customers.filters import CustomerFilter
from customers.models import Customer
from customers.models.customer import sorted_name
from customers.serializers import CustomerSerializer
from fluxrate.api.conditional import refuse_missing, refuse_stale
from fluxrate.api.shapes import ShapedViewSet
from fluxrate.history.as_of import HistoryViewSet
from fluxrate.history.views import EventViewSet
from fluxrate.text import normalized, visible


class CustomerViewSet(ShapedViewSet, HistoryViewSet):
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
        if not visible(external_id):
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

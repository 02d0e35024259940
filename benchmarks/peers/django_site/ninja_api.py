"""Django Ninja as its guide has it, with REST framework's table of tokens."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Q
from django.shortcuts import get_object_or_404
from ninja import Field, NinjaAPI, Router, Schema
from ninja.security import APIKeyHeader
from rest_framework.authtoken.models import Token

from .models import Customer


class TokenAuth(APIKeyHeader):
    param_name = "Authorization"

    def authenticate(self, request, key):
        secret = (key or "").removeprefix("Token ")
        token = Token.objects.select_related("user").filter(key=secret).first()
        return token.user if token and token.user.is_active else None


class CustomerIn(Schema):
    name: str = Field(max_length=255)
    email: str = Field(max_length=254, pattern=r"[^@\s]+@[^@\s]+\.[^@\s]+")
    external_id: str | None = Field(None, max_length=255)
    phone: str | None = Field(None, max_length=50)
    billing_address_line1: str | None = Field(None, max_length=255)
    billing_address_line2: str | None = Field(None, max_length=255)
    billing_address_city: str | None = Field(None, max_length=255)
    billing_address_state: str | None = Field(None, max_length=255)
    billing_address_country: str | None = Field(None, max_length=2)
    billing_address_postal_code: str | None = Field(None, max_length=50)
    status: Customer.Status = Customer.Status.ACTIVE
    metadata: dict[str, Any] = {}


class CustomerPatch(CustomerIn):
    name: str | None = Field(None, max_length=255)
    email: str | None = Field(None, max_length=254)


class CustomerOut(CustomerIn):
    id: UUID
    organization_id: UUID
    created_at: datetime
    updated_at: datetime


class Page(Schema):
    items: list[CustomerOut]
    count: int


api = NinjaAPI(auth=TokenAuth(), docs_url=None)
router = Router()
SIZE = 20


def owned(request):
    return Customer.objects.filter(organization=request.auth.organization_id)


@router.get("customers", response=Page)
def list_customers(request, page: int = 1, search: str = ""):
    rows = owned(request)
    if search:
        matches = Q()
        for name in ("name", "email", "external_id", "phone"):
            matches |= Q(**{f"{name}__icontains": search})
        rows = rows.filter(matches)
    first = (page - 1) * SIZE
    return {"items": list(rows[first : first + SIZE]), "count": rows.count()}


@router.get("customers/{uuid:pk}", response=CustomerOut)
def get_customer(request, pk: UUID):
    return get_object_or_404(owned(request), pk=pk)


@router.post("customers", response={201: CustomerOut})
def create_customer(request, body: CustomerIn):
    organization_id = request.auth.organization_id
    return 201, Customer.objects.create(organization_id=organization_id, **body.dict())


@router.patch("customers/{uuid:pk}", response=CustomerOut)
def change_customer(request, pk: UUID, body: CustomerPatch):
    customer = get_object_or_404(owned(request), pk=pk)
    for name, value in body.dict(exclude_unset=True).items():
        setattr(customer, name, value)
    customer.save()
    return customer


api.add_router("", router)

"""The columns of exported rows, named as in the API."""

from customers.models import Customer, Plan, Subscription

_OWNER = {"organization": "organization__name", "organization_id": "organization_id"}
_HIDDEN = {"organization", "search_text"}

CUSTOMER_COLUMNS = {
    field.attname: field.attname
    for field in Customer._meta.concrete_fields
    if field.name not in _HIDDEN
} | _OWNER

PLAN_COLUMNS = {
    field.attname: field.attname
    for field in Plan._meta.concrete_fields
    if field.name not in _HIDDEN
} | _OWNER

SUBSCRIPTION_COLUMNS = (
    {
        field.attname: field.attname
        for field in Subscription._meta.concrete_fields
        if field.name not in _HIDDEN
    }
    | {"customer_name": "customer__name", "customer_email": "customer__email"}
    | _OWNER
)

"""What the API answers about a customer, now or at an earlier time."""

from datetime import datetime

import orjson
from django.http import HttpRequest

from customers.models import Customer
from customers.serializers.customer import CustomerSerializer
from fluxrate.api.renderers import JSONRenderer
from fluxrate.models import Event
from fluxrate.postgres.triggers import object_type
from fluxrate.times import parse_time

AS_OF = "as_of"
NO_TIME = "A time such as 2026-01-31 or 2026-01-31T10:30:00Z is needed."
NOT_YET = "The customer did not exist at that time."


def json_parts(request: HttpRequest, customer: Customer) -> dict[str, object]:
    """The body of the response, byte for byte and indented, with its URL."""
    text = request.GET.get(AS_OF, "").strip()[:50]
    at = parse_time(text) if text else None
    error = "" if at or not text else NO_TIME
    record = customer if at is None else _at(customer, at)
    path = f"/api/v1/customers/{customer.pk}"
    if at is not None:
        path += f"?{AS_OF}={at:%Y-%m-%dT%H:%M:%SZ}"
    url = request.build_absolute_uri(path)
    parts: dict[str, object] = {"as_of": text, "api_url": url}
    if record is None:
        return parts | {"as_of_error": NOT_YET}
    data = CustomerSerializer(record).data
    return parts | {
        "as_of_error": error,
        "json": orjson.dumps(data, option=orjson.OPT_INDENT_2).decode(),
        "json_body": JSONRenderer().render(data).decode(),
    }


def _at(customer: Customer, at: datetime) -> Customer | None:
    events = Event.objects.owned_by(customer.organization).for_object(customer.pk)
    events = events.filter(object_type=object_type(Customer))
    event = events.as_of(customer.pk, at=at)
    return None if event is None else event.restore(Customer)

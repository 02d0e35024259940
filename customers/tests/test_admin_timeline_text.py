"""The text of a timeline is for people: no id, no Python, and names of actors."""

import re

import pytest
from django.template.loader import render_to_string
from django.test import RequestFactory
from django.utils.html import strip_tags

from customers.models import Customer
from fluxrate.models import Event
from organizations.admin import entries
from organizations.models import User

UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
PYTHON = re.compile(r"\{'|\['|\bNone\b|\bTrue\b|\bFalse\b|datetime\.|UUID\(")


@pytest.fixture
def events(acme, acme_api, staff, subscribe):
    """Fifteen kinds of events, by a member, by staff and by nobody."""
    ada = Customer.objects.create(
        organization=acme.organization, name="Ada", email="ada@example.com"
    )
    subscription = subscribe(ada)
    path = f"/api/v1/subscriptions/{subscription.pk}"
    plan_id = acme_api.post("/api/v1/plans", {"name": "Team"}).json()["id"]
    for url, body in (
        (f"{path}/pause", {"resumes_at": "2999-01-01T00:00:00Z"}),
        (f"{path}/resume", {}),
        (f"{path}/change-plan", {"plan_id": plan_id, "at": "period_end"}),
        (f"{path}/mark-past-due", {}),
        (f"{path}/mark-paid", {}),
        (f"{path}/cancel", {"cancel_at_period_end": True}),
        (f"{path}/uncancel", {}),
        (f"{path}/cancel", {"reason": "Moved"}),
        ("/api/v1/api-keys", {"name": "CI", "scopes": ["customers.read"]}),
        ("/api/v1/invitations", {"email": "bo@b.co", "role": "VIEWER"}),
    ):
        assert acme_api.post(url, body).status_code in {200, 201}, url
    changes = {"metadata": {"tier": "gold"}, "phone": "+1 111", "status": "INACTIVE"}
    acme_api.patch(f"/api/v1/customers/{ada.pk}", changes)
    selected = {"action": "mark_active", "_selected_action": ada.pk}
    url = staff.post("/admin/customers/customer/", selected)["Location"]
    staff.post(url, {"reason": "Ticket 17"})
    ada.delete()
    return list(Event.objects.order_by("-id"))


def test_no_id_and_no_python_is_in_the_text(events, django_assert_num_queries):
    assert len({event.type for event in events}) >= 10
    request = RequestFactory().get("/admin/")
    request.user = User.objects.get(is_superuser=True)
    with django_assert_num_queries(1):
        timeline = entries(request, events)
    text = strip_tags(render_to_string("admin/includes/timeline.html", locals()))
    assert UUID.findall(text) == []
    assert PYTHON.findall(text) == []
    assert "by staff@fluxrate.example: Ticket 17" in " ".join(text.split())

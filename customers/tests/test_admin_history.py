"""Changes by staff are events with their actor and reason."""

import pytest
from django.test import Client
from django.urls import reverse

from customers.models import Customer
from fluxrate.models import Event
from fluxrate.models.acting import acting
from fluxrate.tests.admin_actions import run_action
from fluxrate.tests.live_site import PASSWORD
from organizations.models import User

LIST = "/admin/customers/customer/"


@pytest.fixture
def ada(acme):
    return Customer.objects.create(
        organization=acme.organization, name="Ada", email="ada@example.com"
    )


@pytest.fixture
def actor(staff):
    return f"staff:{User.objects.get(is_superuser=True).pk}"


def typed(**fields):
    return {
        "name": "Ada King",
        "email": "ada@example.com",
        "status": "ACTIVE",
        "metadata": "{}",
    } | fields


def page(name, record):
    return reverse(f"admin:customers_customer_{name}", args=[record.pk])


def newest():
    return Event.objects.order_by("-id").first()


def test_a_change_is_recorded_with_its_reason(staff, actor, ada):
    answer = staff.post(page("change", ada), typed(reason="married"))
    assert answer.status_code == 302
    event = newest()
    assert (event.type, event.actor) == ("customer.updated", actor)
    assert event.reason == "married"
    assert event.changes["name"] == ["Ada", "Ada King"]


def test_an_action_and_a_deletion_are_recorded_with_their_reason(staff, actor, ada):
    run_action(staff, LIST, "mark_inactive", [ada], reason="left")
    event = newest()
    assert (event.type, event.actor, event.reason) == (
        "customer.inactive",
        actor,
        "left",
    )
    staff.post(page("delete", ada), {"post": "yes", "reason": "asked us to"})
    event = newest()
    assert (event.type, event.actor, event.reason) == (
        "customer.deleted",
        actor,
        "asked us to",
    )


def test_deleting_a_selection_is_recorded(staff, actor, ada):
    chosen = {"_selected_action": ada.pk, "action": "delete_selected"}
    assert 'name="reason"' in staff.post(LIST, chosen, follow=True).text
    run_action(staff, LIST, "delete_selected", [ada], reason="tidying")
    event = newest()
    assert (event.actor, event.reason) == (actor, "tidying")


@pytest.mark.parametrize("reason", ["x" * 501, "a\nb", "a\0b"])
def test_a_bad_reason_is_an_error(staff, ada, reason):
    answer = staff.post(page("change", ada), typed(reason=reason))
    assert list(answer.context["adminform"].form.errors) == ["reason"]
    ada.refresh_from_db()
    assert ada.name == "Ada"


def test_the_history_of_a_record_is_its_events(staff, ada, django_assert_num_queries):
    staff.post(page("change", ada), typed(reason="married"))
    with django_assert_num_queries(6):
        text = staff.get(page("history", ada)).text
    assert "Customer created" in text
    assert "Customer updated" in text
    assert "staff@fluxrate.example" in text
    assert "married" in text
    assert "<del>Ada</del> → <ins>Ada King</ins>" in text


def test_the_history_outlives_the_record(staff, ada):
    address = page("history", ada)
    ada.delete()
    shown = staff.get(address)
    assert "Customer deleted" in shown.text
    assert shown.context["subtitle"] == "Ada"
    assert "?restore=" not in shown.text, "There is no form to fill."
    deletion = reverse("admin:fluxrate_deletionevent_change", args=[newest().pk])
    assert f'href="{deletion}"' in shown.text
    assert staff.get(f"{LIST}x/history/", follow=True).status_code == 200


def test_the_event_of_a_user_names_the_user(staff):
    staff.post("/admin/account/", {"step": "log_out_everywhere"})
    user = User.objects.get(is_superuser=True)
    Client().post(
        "/admin/login/?next=/admin/", {"username": user.email, "password": PASSWORD}
    )
    staff.force_login(user)
    event = Event.objects.filter(type="user.login").latest("id")
    for address in ("", f"{event.pk}/change/"):
        shown = staff.get(f"/admin/fluxrate/event/{address}")
        assert f">{user.email}</a>" in shown.text
    assert f"<h1>User login {user.email}</h1>" in shown.text


def test_events_are_listed_and_read_only(staff, ada, django_assert_num_queries):
    events = "/admin/fluxrate/event/"
    staff.post(page("change", ada), typed(reason="married"))
    with django_assert_num_queries(6):
        text = staff.get(events).text
    assert "customer.created" in text
    overview = f"/admin/customers/customer/{ada.pk}/"
    assert f'<a href="{overview}">Ada King</a>' in text
    assert ">staff@fluxrate.example</a>" in text
    answer = staff.get(events, {"q": str(ada.pk)})
    assert answer.context["cl"].result_count == 2
    assert staff.get(events, {"q": "nothing"}).context["cl"].result_count == 0
    narrow = {"object_type": "plan", "organization": str(ada.organization_id)}
    assert staff.get(events, narrow).context["cl"].result_count == 0
    event = newest()
    address = reverse("admin:fluxrate_event_change", args=[event.pk])
    text = staff.get(address).text
    assert "ada@example.com" in text
    history = staff.get(f"{events}{event.pk}/history/")
    assert history["Location"] == f"{overview}history/"
    assert 'name="_save"' not in text
    assert staff.post(address, {"type": "x"}).status_code == 403
    assert staff.get(f"{events}add/").status_code == 403
    gone = reverse("admin:fluxrate_event_delete", args=[event.pk])
    assert staff.post(gone, {"post": "yes"}).status_code == 403


def test_an_event_shows_the_values_of_a_creation_and_of_a_deletion(staff, ada):
    created = newest()
    ada.delete()
    for event, cells in (
        (created, "<td>—</td><td>ada@example.com</td>"),
        (newest(), "<td>ada@example.com</td><td>—</td>"),
    ):
        address = reverse("admin:fluxrate_event_change", args=[event.pk])
        assert f"<th>email</th>{cells}" in staff.get(address).text


def test_times_have_a_zone_and_one_order(staff, ada):
    written = f"{ada.created_at:%Y-%m-%d %H:%M:%S} UTC"
    for address in (LIST, page("change", ada), page("history", ada), "/admin/"):
        text = staff.get(address).text
        assert written in text or written[:16] in text, address
        assert "a.m." not in text
        assert "p.m." not in text


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ({}, ["created", "phone", "inactive"]),
        ({"who": "owner"}, ["phone"]),
        ({"who": "nobody at all"}, []),
        ({"what": "Phone"}, ["phone"]),
        ({"what": "created"}, ["created"]),
        ({"what": "phone", "who": "owner", "since": "2026-01-01"}, ["phone"]),
        ({"until": "2026-01-01"}, []),
        ({"since": "no day"}, ["created", "phone", "inactive"]),
    ],
)
def test_a_history_is_filtered_by_who_what_and_when(staff, acme, ada, query, shown):
    User.objects.filter(pk=acme.owner.pk).update(name="The Owner")
    with acting(actor=f"user:{acme.owner.pk}", reason="Ticket 17"):
        Customer.objects.filter(pk=ada.pk).update(phone="+1 222")
    Customer.objects.filter(pk=ada.pk).update(status="INACTIVE")
    text = staff.get(page("history", ada), query).text
    titles = {
        "created": "Customer created",
        "phone": "<dt>phone</dt>",
        "inactive": "Customer inactive",
    }
    assert [name for name, title in titles.items() if title in text] == shown
    assert ("Enter a valid date" in text) is (query.get("since") == "no day")


def test_a_timeline_links_the_batch_of_an_event(staff, acme, ada):
    bea = Customer.objects.create(
        organization=acme.organization, name="Bea", email="bea@example.com"
    )
    run_action(staff, LIST, "mark_inactive", [ada, bea], reason="left")
    event = Event.objects.get(type="customer.inactive", object_id=ada.pk)
    link = f"/admin/fluxrate/event/?batch_id={event.batch_id}"
    assert link in staff.get(page("history", ada)).text
    # The batch has an event of its own.
    assert "3 events" in staff.get(link).text

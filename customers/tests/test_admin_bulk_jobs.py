"""Actions on more rows than a request changes: the worker does them in chunks."""

import os
import signal
import subprocess
import sys
import time
from urllib.parse import urlsplit

import pytest
from django.conf import settings
from django.db import connection, transaction

from customers.models import Customer
from customers.tests.test_admin_bulk import CUSTOMERS, ask, confirm, many
from fluxrate.models import BulkAction, Event, bulk_action
from organizations.admin.bulk_work import run_waiting
from organizations.models import User


@pytest.fixture
def small(monkeypatch):
    """Chunks of two rows, and none at once."""
    monkeypatch.setattr(bulk_action, "CHUNK", 2)
    monkeypatch.setattr("fluxrate.admin.bulk.INLINE", 0)
    monkeypatch.setattr("organizations.admin.bulk_revert.INLINE", 0)


def begin(staff, rows):
    """Confirm that the rows are marked inactive; the address of the progress."""
    page = confirm(staff, ask(staff, CUSTOMERS, "mark_inactive", rows))
    return page.redirect_chain[-1][0]


def work():
    return sum(step["rows"] for step in run_waiting())


def inactive():
    return Customer.objects.filter(status="INACTIVE").count()


def test_an_action_is_stopped_and_continued(staff, acme, small):
    progress = begin(staff, many(acme, 5))
    steps = run_waiting()
    assert next(steps) == {"rows": 2}
    assert "2 of 5 are done" in staff.get(progress).text
    page = staff.post(progress, {"do": "stop"}, follow=True).text
    assert "Stopped" in page
    assert (list(steps), work(), inactive()) == ([], 0, 2)
    staff.post(progress, {"do": "continue"})
    assert work() == 3
    assert "<strong>5</strong> changed" in staff.get(progress).text
    assert Event.objects.filter(type="customer.inactive").count() == 5


def test_a_long_action_is_taken_back_by_the_worker(staff, acme, small):
    rows = many(acme, 5)
    progress = begin(staff, rows)
    assert "take-back" not in staff.get(progress).text
    work()
    rows[3].set_status("ACTIVE")
    form_data = {"reason": "Mistake"}
    back = staff.post(f"{progress}take-back/", form_data)["Location"]
    assert inactive() == 4
    work()
    page = staff.get(back).text
    assert "<strong>4</strong> taken back" in page
    assert f'{CUSTOMERS}{rows[3].pk}/">C 3</a>' in page
    assert inactive() == 0


def test_the_worker_acts_with_the_present_rights_of_the_user(staff, acme, small):
    begin(staff, many(acme, 3))
    User.objects.filter(is_staff=True).update(is_active=False)
    work()
    assert inactive() == 0
    assert BulkAction.objects.get().status == "STOPPED"


def test_a_chunk_that_fails_three_times_is_refused(staff, acme, small, monkeypatch):
    progress = begin(staff, many(acme, 3))
    monkeypatch.setattr("fluxrate.admin.bulk.run_chunk", slow)
    assert work() == 3 * 2 + 3 * 1
    page = staff.get(progress).text
    assert "<strong>3</strong> refused" in page
    assert inactive() == 0


def slow(*_):
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL statement_timeout = 1")
        cursor.execute("SELECT pg_sleep(1)")


@pytest.mark.django_db(transaction=True)
def test_a_killed_worker_doubles_nothing(staff, acme, small):
    """It is killed within the second chunk, of which one row waits for a lock."""
    rows = many(acme, 5)
    progress = begin(staff, rows)
    with transaction.atomic():
        Customer.objects.select_for_update().get(pk=rows[3].pk)
        worker = subprocess.Popen(
            [sys.executable, "manage.py", "work", "--lane=bulk"],
            cwd=settings.BASE_DIR,
            env=os.environ | {"DATABASE_URL": database_url()},
            stderr=subprocess.DEVNULL,
        )
        try:
            wait_for(lambda: "2 of 5 are done" in staff.get(progress).text)
            wait_for(lambda: waiting_for_locks() == 1)
        finally:
            worker.send_signal(signal.SIGKILL)
            worker.wait()
    wait_for(lambda: waiting_for_locks() == 0)
    assert "2 of 5 are done" in staff.get(progress).text
    assert work() == 3
    assert "<strong>5</strong> changed" in staff.get(progress).text
    events = Event.objects.filter(type="customer.inactive")
    assert sorted(events.values_list("object_id", flat=True)) == [r.pk for r in rows]


def waiting_for_locks():
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
        return cursor.fetchone()[0]


def wait_for(condition):
    deadline = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.1)


def database_url():
    path = f"/{connection.settings_dict['NAME']}"
    return urlsplit(os.environ["DATABASE_URL"])._replace(path=path).geturl()

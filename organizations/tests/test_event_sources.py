"""However a customer is changed, one event says who did it."""

import getpass
import os
import subprocess
import sys
from urllib.parse import quote

import pytest
from django.conf import settings
from django.core import serializers
from django.db import connection

from customers.models import Customer
from fluxrate.context import process_actor
from fluxrate.models import Event
from fluxrate.postgres.attribution import atomic_as
from organizations.models import User

CUSTOMERS = "/api/v1/customers"


@pytest.fixture
def ada(acme):
    return Customer.objects.create(
        organization=acme.organization, name="Ada", email="ada@acme.example"
    )


def manage(*arguments):
    """A command in a process of its own, on the test's database."""
    at = connection.settings_dict
    user, host = quote(at["USER"]), quote(at["HOST"], safe="")
    url = f"postgresql://{user}@/{at['NAME']}?host={host}&port={at['PORT']}"
    if at["PASSWORD"]:
        url = url.replace("@", f":{quote(at['PASSWORD'], safe='')}@", 1)
    done = subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=settings.BASE_DIR,
        env=os.environ | {"DATABASE_URL": url},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def by_the_api(acme, staff, ada, _):
    acme.api.patch(f"{CUSTOMERS}/{ada.pk}", {"name": "Bea"})
    return f"user:{acme.owner.pk}"


def by_the_admin(acme, staff, ada, _):
    form = {
        "organization": str(acme.organization.pk),
        "name": "Bea",
        "email": ada.email,
        "status": "ACTIVE",
        "metadata": "{}",
    }
    page = f"/admin/customers/customer/{ada.pk}/change/"
    assert staff.post(page, form).status_code == 302
    return f"staff:{User.objects.get(is_staff=True).pk}"


def by_the_shell(acme, staff, ada, _):
    manage(
        "shell",
        "-c",
        "from customers.models import Customer; Customer.objects.update(name='Bea')",
    )
    return f"shell:{getpass.getuser()}"


def by_a_command(acme, staff, ada, folder):
    ada.name = "Bea"
    fixture = folder / "ada.json"
    fixture.write_text(serializers.serialize("json", [ada]))
    manage("loaddata", str(fixture))
    return "command:loaddata"


def by_save(acme, staff, ada, _):
    with atomic_as("staff:s"):
        ada.name = "Bea"
        ada.save()
    return "staff:s"


def by_update_of_a_queryset(acme, staff, ada, _):
    with atomic_as("staff:s"):
        Customer.objects.update(name="Bea", revision=9)
    return "staff:s"


def by_bulk_update(acme, staff, ada, _):
    ada.name = "Bea"
    with atomic_as("staff:s"):
        Customer.objects.bulk_update([ada], ["name"])
    return "staff:s"


def by_upsert(acme, staff, ada, _):
    ada.name = "Bea"
    with atomic_as("staff:s"):
        Customer.objects.bulk_create(
            [ada],
            update_conflicts=True,
            unique_fields=["organization", "id"],
            update_fields=["name"],
        )
    return "staff:s"


def by_raw_sql(acme, staff, ada, _):
    with connection.cursor() as cursor:
        cursor.execute(
            "BEGIN; SET LOCAL fluxrate.actor = 'shell:psql'; "
            "UPDATE customers_customer SET name = 'Bea'; COMMIT"
        )
    return "shell:psql"


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    "way",
    [
        by_the_api,
        by_the_admin,
        by_the_shell,
        by_a_command,
        by_save,
        by_update_of_a_queryset,
        by_bulk_update,
        by_upsert,
        by_raw_sql,
    ],
)
def test_a_change_leaves_one_event_that_says_who(acme, staff, ada, tmp_path, way):
    actor = way(acme, staff, ada, tmp_path)
    _, changed = Event.objects.filter(object_id=ada.pk).order_by("id")
    values = (changed.type, changed.revision, changed.actor, changed.changes["name"])
    assert values == ("customer.updated", 2, actor, ["Ada", "Bea"])
    ada.refresh_from_db()
    assert (ada.revision, ada.updated_at) == (2, changed.created_at)


@pytest.mark.parametrize(
    ("argv", "actor"),
    [
        (["manage.py", "shell"], f"shell:{getpass.getuser()}"),
        (["/srv/manage.py", "import_customers"], "command:import_customers"),
        (["manage.py", "up"], ""),
        (["manage.py"], ""),
        (["gunicorn", "fluxrate.wsgi"], ""),
    ],
)
def test_a_process_acts_in_its_own_name(argv, actor):
    assert process_actor(argv) == actor

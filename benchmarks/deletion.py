"""How long the API takes to preview, delete and restore a customer with very many
subscriptions.

    python benchmarks/deletion.py [subscriptions]

On a PostgreSQL of its own in a data folder that is removed, durable as in production,
with all triggers: each subscription that goes leaves its event. Beside the time stands
what it would be on an idle machine: without the time for which PostgreSQL's process was
ready to run and another one had the processor.
"""

import os
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
SIZE = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
FILL = """
    INSERT INTO customers_subscription (id, organization_id, customer_id, plan_id,
        plan_name, status, billing_interval, billing_anchor, start_date,
        current_period_start, current_period_end, cancel_at_period_end, metadata)
    SELECT uuidv7(), %s, %s, %s, 'Pro', 'ACTIVE', 'month', now(), now(),
        now(), now() + interval '28 days', false, '{}' FROM generate_series(1, %s)
"""


def fill(cursor):
    from customers.models import Customer, Plan
    from organizations.models import ApiKey, Organization

    organization = Organization.objects.create(name="Acme")
    plan = Plan.objects.create(organization=organization, name="Pro")
    customer = Customer.objects.create(
        organization=organization, name="A", email="a@b.co"
    )
    cursor.execute(FILL, [organization.pk, customer.pk, plan.pk, SIZE])
    cursor.execute("VACUUM (ANALYZE) customers_subscription")
    key = ApiKey.issue(
        organization=organization, name="Test", scopes=["customers.write"]
    )
    return customer, key.secret


def waited_seconds(pid):
    """Ready to run, but not running."""
    return int(Path(f"/proc/{pid}/schedstat").read_text().split()[1]) / 1e9


def timed(label, pid, call, url):
    began, waited = time.perf_counter(), waited_seconds(pid)
    response = call(url)
    seconds, waited = time.perf_counter() - began, waited_seconds(pid) - waited
    assert response.status_code < 300, response.content
    idle = seconds - waited
    print(f"{SIZE:,} subscriptions: {label} {seconds:.3f} s, idle {idle:.3f} s")
    return response


def measure():
    import django

    django.setup()
    from django.core.management import call_command
    from django.db import connection
    from rest_framework.test import APIClient

    call_command("migrate", verbosity=0)
    for _ in range(3):
        with connection.cursor() as cursor:
            cursor.execute("SET statement_timeout = 0")
            customer, secret = fill(cursor)
            cursor.execute("SELECT pg_backend_pid()")
            pid = cursor.fetchone()[0]
        client = APIClient(headers={"X-API-Key": secret, "Host": "localhost"})
        url = f"/api/v1/customers/{customer.pk}"
        timed("preview", pid, client.post, f"{url}/deletion-preview")
        number = timed("delete", pid, client.delete, url)["Deletion-Id"]
        timed("restore", pid, client.post, f"/api/v1/deletions/{number}/restore")
    connection.close()


with tempfile.TemporaryDirectory(prefix="fluxrate-") as folder:
    os.environ |= {"DATA_DIR": folder, "DJANGO_SETTINGS_MODULE": "fluxrate.settings"}
    from fluxrate.server import postgres

    Path(folder).chmod(0o711)
    with postgres.running(Path(folder)):
        measure()

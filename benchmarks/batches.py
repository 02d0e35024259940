"""What a batch of creates costs beside single ones, and the revert of many changes.

    python benchmarks/batches.py [changed rows]

On a PostgreSQL of its own in a data folder that is removed, durable as in production,
with all triggers. Single requests and batches alternate. Beside each time is what it
would be on an idle machine: without the time for which this process or PostgreSQL's was
ready to run and another one had the processor.
"""

import os
import statistics
import sys
import tempfile
import time
import uuid
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
SIZE = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
ROUNDS, SINGLE, BATCH = 8, 100, 500
FILL = """
    INSERT INTO customers_customer (id, organization_id, name, email, status, metadata,
        phone)
    SELECT uuidv7(), %s, 'Customer ' || n, 'c' || n || '@example.com', 'ACTIVE',
        '{"crm": "1"}', '1' FROM generate_series(1, %s) AS n
"""
CHANGE = """
    UPDATE customers_customer SET phone = '2', billing_address_city = 'Oakland',
        metadata = '{"crm": "2", "erp": "3"}' WHERE phone = '1'
"""


def waited_seconds(pids):
    """Ready to run, but not running."""
    paths = (Path(f"/proc/{pid}/schedstat") for pid in pids)
    return sum(int(path.read_text().split()[1]) for path in paths) / 1e9


class Watch:
    """Wall time, and that of an idle machine."""

    def __init__(self, connection):
        self.pids = ["self", connection.connection.info.backend_pid]

    def time(self, work):
        began, waited = time.perf_counter(), waited_seconds(self.pids)
        work()
        wall = time.perf_counter() - began
        return wall, wall - (waited_seconds(self.pids) - waited)


def customer():
    return {
        "name": "Acme Corp",
        "email": "billing@example.com",
        "external_id": uuid.uuid4().hex,
        "phone": "+1-555-0100",
        "billing_address_city": "Oakland",
        "billing_address_country": "US",
        "metadata": {"crm": "C-1042"},
    }


def post(client, path, body, status):
    answer = client.post(f"/api/v1/customers{path}", body, format="json")
    assert answer.status_code == status, answer.content


def creates(client, watch):
    def singles():
        for _ in range(SINGLE):
            post(client, "", customer(), 201)

    def batch():
        operations = [{"op": "create", "data": customer()} for _ in range(BATCH)]
        post(client, "/batch", {"operations": operations}, 200)

    rounds = [(watch.time(singles), watch.time(batch)) for _ in range(ROUNDS + 1)][1:]
    for position, name in enumerate(("wall", "idle")):
        single = statistics.median(row[0][position] for row in rounds) / SINGLE
        whole = statistics.median(row[1][position] for row in rounds)
        print(
            f"{name}: a single create {single * 1e3:.2f} ms, {BATCH} in a batch "
            f"{whole * 1e3:.0f} ms, {single * BATCH / whole:.1f} times the rate"
        )


def reverts(organization, connection, watch):
    from fluxrate.history.revert import revert
    from fluxrate.models import Batch
    from fluxrate.models.batch_transaction import batch

    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = 0")
        cursor.execute(FILL, [organization.pk, SIZE])
        cursor.execute("VACUUM (ANALYZE) customers_customer")

    def change():
        with batch("command:bench", organization, "bench"), connection.cursor() as own:
            own.execute(CHANGE)

    changed = watch.time(change)
    with connection.cursor() as cursor:
        cursor.execute("RESET statement_timeout")
    described = Batch.objects.get(data__kind="bench")
    outcomes = []
    reverted = watch.time(
        lambda: outcomes.append(revert(described, organization, actor="command:bench"))
    )
    assert outcomes[0].counts == {"customer.updated": SIZE}, outcomes
    for name, (wall, idle) in (("changed", changed), ("reverted", reverted)):
        print(f"{SIZE:,} rows {name}: {wall:.1f} s, idle {idle:.1f} s")


def measure():
    import django

    django.setup()
    from django.core.management import call_command
    from django.db import connection
    from rest_framework.test import APIClient

    from organizations.models import ApiKey, Organization

    call_command("migrate", verbosity=0)
    organization = Organization.objects.create(name="Acme")
    scopes = ["customers.write", "subscriptions.write"]
    key = ApiKey.issue(organization=organization, name="Test", scopes=scopes)
    client = APIClient(headers={"X-API-Key": key.secret, "Host": "localhost"})
    watch = Watch(connection)
    creates(client, watch)
    reverts(organization, connection, watch)
    connection.close()


with tempfile.TemporaryDirectory(prefix="fluxrate-") as folder:
    os.environ |= {"DATA_DIR": folder, "DJANGO_SETTINGS_MODULE": "fluxrate.settings"}
    os.environ.setdefault("RATE_LIMIT", "1000000")
    from fluxrate.server import postgres

    Path(folder).chmod(0o711)
    with postgres.running(Path(folder)):
        measure()

"""How many due subscriptions a second `manage.py advance` takes a step further.

    python benchmarks/advance.py [subscriptions]

On a PostgreSQL of its own in a data folder that is removed, durable as in production,
with all triggers: each step writes its event.
"""

import os
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
SIZE = int(sys.argv[1]) if len(sys.argv) > 1 else 50_000
START = datetime(2026, 1, 31, tzinfo=UTC)
FILL = """
    INSERT INTO customers_subscription (id, organization_id, customer_id, plan_id,
        plan_name, status, billing_interval, billing_anchor, start_date,
        current_period_start, current_period_end, cancel_at_period_end, metadata)
    SELECT gen_random_uuid(), %s, %s, %s, 'Pro', 'ACTIVE', 'month', %s, %s, %s, %s,
        false, '{}' FROM generate_series(1, %s)
"""


def fill(cursor):
    from customers.models import Customer, Plan
    from organizations.models import Organization

    organization = Organization.objects.create(name="Acme")
    plan = Plan.objects.create(organization=organization, name="Pro")
    customer = Customer.objects.create(
        organization=organization, name="A", email="a@b.co"
    )
    owner = [organization.pk, customer.pk, plan.pk]
    end = START + timedelta(days=28)
    cursor.execute(FILL, [*owner, START, START, START, end, SIZE])
    cursor.execute("VACUUM (ANALYZE) customers_subscription")


def measure():
    import django

    django.setup()
    from django.core.management import call_command
    from django.db import connection

    from customers.models.subscription_advance import advance

    call_command("migrate", verbosity=0)
    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = 0")
        fill(cursor)
    for at in (datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 4, 1, tzinfo=UTC)):
        began = time.perf_counter()
        steps = sum(happened.total() for happened in advance(at=at))
        seconds = time.perf_counter() - began
        print(f"{steps:,} steps in {seconds:.1f} s: {steps / seconds:,.0f} a second")
    connection.close()


with tempfile.TemporaryDirectory(prefix="fluxrate-") as folder:
    os.environ |= {"DATA_DIR": folder, "DJANGO_SETTINGS_MODULE": "fluxrate.settings"}
    from fluxrate.server import postgres

    Path(folder).chmod(0o711)
    with postgres.running(Path(folder)):
        measure()

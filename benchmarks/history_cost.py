"""The cost of history: writes with and without the triggers, interleaved in one run.

    python benchmarks/history_cost.py [rounds]

Everything runs on this machine, in a data folder of its own that is removed.
"""

import http.client
import json
import os
import statistics
import sys
import tempfile
import threading
import time
from pathlib import Path

import psycopg

ROOT = Path(__file__).resolve().parent
sys.path[:0] = [str(ROOT.parent), str(ROOT)]
from crash import Run, Server, server_socket

ROUNDS = int(sys.argv[1]) if len(sys.argv) > 1 else 8
REQUESTS, BULK, CASCADE = 200, 10_000, 50_000
TRIGGERS = """
    SELECT tgname FROM pg_trigger WHERE tgrelid = 'customers_customer'::regclass
    AND tgname ~ '^pgtrigger_(bump_revision|initial_revision|record)_'
"""


class Bench:
    def __init__(self, server):
        self.server, self.run = server, Run(server)
        self.connection = psycopg.connect(
            f"host={server_socket(server)} user=fluxrate dbname=fluxrate",
            autocommit=True,
        )
        self.triggers = [row[0] for row in self.connection.execute(TRIGGERS)]
        self.client = http.client.HTTPConnection("127.0.0.1", server.port)

    def switch(self, *, on):
        word = "ENABLE" if on else "DISABLE"
        for name in self.triggers:
            self.connection.execute(
                f"ALTER TABLE customers_customer {word} TRIGGER {name}"
            )

    def ask(self, method, path, body=None):
        headers = {"Content-Type": "application/json", "Cookie": self.run.cookie}
        text = json.dumps(body) if body else None
        self.client.request(method, f"/api/v1{path}", text, headers)
        answer = self.client.getresponse()
        content = answer.read()
        if answer.status >= 400:
            raise SystemExit(content)
        return json.loads(content) if content else None

    def cpu(self):
        """Seconds of the workers and of PostgreSQL, user and system."""
        postmaster = self.server.postmaster()
        processes = self.server.workers() + postmaster.children(recursive=True)
        return sum(sum(one.cpu_times()[:2]) for one in processes)

    def measured(self, work):
        cpu, start = self.cpu(), time.perf_counter()
        for number in range(REQUESTS):
            work(number)
        wall = time.perf_counter() - start
        return wall / REQUESTS * 1e6, (self.cpu() - cpu) / REQUESTS * 1e6

    def create(self, number):
        return self.ask("POST", "/customers", {"name": f"N{number}", "email": "a@b.co"})

    def writes(self):
        """One round of creates, and one of updates of a row each."""
        # The server has closed what stood idle during the bulk.
        self.client.close()
        ids = []
        created = self.measured(lambda n: ids.append(self.create(n)["id"]))
        updated = self.measured(
            lambda n: self.ask("PATCH", f"/customers/{ids[n]}", {"phone": str(n)})
        )
        return created, updated

    def cascade(self):
        """Delete a customer of many subscriptions, while another reads."""
        self.client.close()
        customer = self.create(0)["id"]
        plan = self.ask("POST", "/plans", {"name": "Pro"})["id"]
        self.connection.execute(SUBSCRIBE, [CASCADE, plan, customer])
        self.connection.execute("ANALYZE customers_subscription")
        idle = self.reads(until=lambda n: n >= 300)
        deletion = threading.Thread(
            target=timed, args=[self, f"/customers/{customer}", took := []]
        )
        deletion.start()
        busy = self.reads(until=lambda _: not deletion.is_alive())
        deletion.join()
        events = self.connection.execute(
            "SELECT count(*) FROM fluxrate_event WHERE type = 'subscription.deleted'"
        ).fetchone()[0]
        return took[0], events, p95(idle), p95(busy), len(busy)

    def reads(self, until):
        reader = Bench.__new__(Bench)
        reader.run = self.run
        reader.client = http.client.HTTPConnection("127.0.0.1", self.server.port)
        times = []
        while not until(len(times)) or not times:
            start = time.perf_counter()
            reader.ask("GET", "/plans")
            times.append((time.perf_counter() - start) * 1000)
        return times


SUBSCRIBE = """
    INSERT INTO customers_subscription (id, organization_id, customer_id, plan_id,
        plan_name, status, billing_interval, start_date, current_period_start,
        current_period_end, cancel_at_period_end, metadata)
    SELECT gen_random_uuid(), c.organization_id, c.id, p.id, p.name, 'ACTIVE', 'month',
        now(), now(), now() + interval '1 month', false, '{}'
    FROM generate_series(1, %s), customers_plan AS p, customers_customer AS c
    WHERE p.id = %s AND c.id = %s
"""


def timed(bench, path, took):
    start = time.perf_counter()
    bench.ask("DELETE", path)
    took.append(time.perf_counter() - start)


def p95(times):
    return sorted(times)[int(len(times) * 0.95)]


def bulk(organization_id):
    from customers.models import Customer

    rows = [
        Customer(organization_id=organization_id, name=f"N{n}", email="a@b.co")
        for n in range(BULK)
    ]
    start = time.perf_counter()
    Customer.objects.bulk_create(rows, batch_size=1000)
    return time.perf_counter() - start


def use_django(server):
    os.environ |= {
        "DJANGO_SETTINGS_MODULE": "fluxrate.settings",
        "DATA_DIR": server.data_dir,
    }
    import django

    django.setup()


def rounds(bench):
    use_django(bench.server)
    organization_id = bench.create(0)["organization_id"]
    results = {True: [], False: []}
    for number in range(ROUNDS + 1):
        for on in (True, False) if number % 2 else (False, True):
            bench.switch(on=on)
            created, updated = bench.writes()
            figures = (*created, *updated, bulk(organization_id) * 1e6)
            if number:
                results[on].append(figures)
    bench.switch(on=True)
    return {
        on: [statistics.median(row) for row in zip(*results[on], strict=True)]
        for on in results
    }


NAMES = (
    "create over HTTP, µs",
    "create, CPU µs",
    "update over HTTP, µs",
    "update, CPU µs",
    f"bulk_create of {BULK:,}, µs",
)


def main():
    with tempfile.TemporaryDirectory(prefix="fluxrate-history-") as data_dir:
        Path(data_dir).chmod(0o711)
        server = Server(data_dir)
        server.start()
        try:
            bench = Bench(server)
            results, cascade = rounds(bench), bench.cascade()
            bench.connection.close()
        finally:
            server.stop()
    print(
        f"Medians of {ROUNDS} interleaved rounds; load average {os.getloadavg()[0]:.1f}"
    )
    print("| | without | with | ratio |\n|---|---|---|---|")
    for name, without, with_them in zip(
        NAMES, results[False], results[True], strict=True
    ):
        ratio = with_them / without
        print(f"| {name} | {without:,.0f} | {with_them:,.0f} | {ratio:.2f} |")
    took, events, idle, busy, reads = cascade
    print(
        f"cascade: {events:,} subscriptions deleted and recorded in {took:.2f} s; "
        f"p95 of a read {idle:.1f} ms before, {busy:.1f} ms during ({reads} reads)"
    )


if __name__ == "__main__":
    main()

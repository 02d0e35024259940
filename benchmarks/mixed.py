"""Ten minutes of mixed load: memory stays flat, no transaction idles, nothing fails.

    python benchmarks/mixed.py [minutes]

Eight clients read, search, create, change, act on and delete at random over persistent
connections, on a server with its own PostgreSQL in a data folder that is removed. Every
ten seconds the memory of the web processes and of a session of PostgreSQL is read, and
the transactions that idle. The exit code is 1 if an answer was a 5xx, if a transaction
idled for a second, or if memory has grown by a tenth from the second fifth to the last.
"""

import http.client
import json
import os
import random
import sys
import tempfile
import threading
import time
from collections import Counter
from contextlib import suppress
from pathlib import Path
from statistics import mean

import psutil
import psycopg

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from fluxrate.tests.live_site import running

MINUTES = float(sys.argv[1]) if len(sys.argv) > 1 else 10
CLIENTS, TICK, GROWTH = 8, 10, 1.1
API = "/api/v1"
QUERIES = ("", "?status=ACTIVE", "?ordering=name&page=2", "?include=subscriptions")
SESSIONS = "SELECT pid FROM pg_stat_activity WHERE datname = current_database()"
IDLE = """
SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()
AND state LIKE 'idle in transaction%' AND now() - state_change > interval '1 second'"""


class Client:
    """A caller of an organization of its own, over one connection."""

    def __init__(self, site, seed):
        self.random, self.statuses = random.Random(seed), Counter()
        self.customers, self.subscriptions = [], []
        self.connection = http.client.HTTPConnection("127.0.0.1", site.port, 60)
        self.headers = {"X-API-Key": site.owner().key}
        self.headers["Content-Type"] = "application/json"
        self.plan = self.ask("POST", "/plans", {"name": "Pro"})["id"]

    def ask(self, method, path, body=None):
        content = None if body is None else json.dumps(body)
        self.connection.request(method, API + path, content, self.headers)
        answer = self.connection.getresponse()
        text = answer.read()
        self.statuses[answer.status] += 1
        return json.loads(text) if text else {}

    def act(self):
        actions = (
            (self.detail, 45),
            (self.list, 20),
            (self.create, 10),
            (self.change, 10),
            (self.search, 5),
            (self.feed, 3),
            (self.subscribe, 3),
            (self.cancel, 2),
            (self.delete, 2),
        )
        kinds, weights = zip(*actions, strict=True)
        self.random.choices(kinds, weights)[0]()

    def customer(self):
        if not self.customers:
            self.create()
        return self.random.choice(self.customers)

    def detail(self):
        self.ask("GET", f"/customers/{self.customer()}")

    def list(self):
        query = self.random.choice(QUERIES)
        self.ask("GET", f"/customers{query}")

    def create(self):
        number = self.random.randrange(10**9)
        body = {"name": f"Ada {number}", "email": f"ada{number}@example.com"}
        self.customers.append(self.ask("POST", "/customers", body)["id"])

    def change(self):
        number = self.random.randrange(10**9)
        self.ask("PATCH", f"/customers/{self.customer()}", {"phone": f"+49 {number}"})

    def search(self):
        self.ask("GET", f"/customers?search=ada{self.random.randrange(100)}")

    def feed(self):
        self.ask("GET", f"/events?after={'0' * 8}-0000-0000-0000-{'0' * 12}")

    def subscribe(self):
        body = {"customer_id": self.customer(), "plan_id": self.plan}
        self.subscriptions.append(self.ask("POST", "/subscriptions", body).get("id"))

    def cancel(self):
        if self.subscriptions:
            path = f"/subscriptions/{self.subscriptions.pop()}/cancel"
            self.ask("POST", path, {"cancel_at_period_end": False})

    def delete(self):
        if len(self.customers) > 50:
            position = self.random.randrange(len(self.customers))
            self.ask("DELETE", f"/customers/{self.customers.pop(position)}")


def memory(site, reader):
    """Megabytes that are not shared: of the web processes, and of a session."""
    web = [each.pid for each in psutil.Process(site.process.pid).children()]
    sessions = [pid for (pid,) in reader.execute(SESSIONS).fetchall()]
    return {"web": megabytes(web), "session": megabytes(sessions) / len(sessions)}


def megabytes(pids):
    size = 0
    for pid in pids:
        with suppress(psutil.NoSuchProcess):
            size += psutil.Process(pid).memory_full_info().uss / 1e6
    return size


def measure(site, url):
    clients = [Client(site, seed) for seed in range(CLIENTS)]
    ends = time.monotonic() + 60 * MINUTES

    def run(client):
        while time.monotonic() < ends:
            client.act()

    threads = [threading.Thread(target=run, args=[each]) for each in clients]
    for thread in threads:
        thread.start()
    sizes, idle = [], 0
    with psycopg.connect(url, autocommit=True) as reader:
        while any(thread.is_alive() for thread in threads):
            time.sleep(min(TICK, max(0.1, ends - time.monotonic())))
            sizes.append(memory(site, reader))
            idle += reader.execute(IDLE).fetchone()[0]
    return sum((client.statuses for client in clients), Counter()), sizes, idle


def report(statuses, sizes, idle):
    """Print what was seen; whether it is good."""
    total = statuses.total()
    print(
        f"{total:,} requests in {MINUTES:g} minutes: {dict(sorted(statuses.items()))}"
    )
    print(f"transactions that idled: {idle}")
    fifth = max(1, len(sizes) // 5)
    is_flat = True
    for kind in ("web", "session"):
        early, late = (
            mean(size[kind] for size in part)
            for part in (sizes[fifth : 2 * fifth] or sizes, sizes[-fifth:])
        )
        is_flat = is_flat and late < GROWTH * early
        print(
            f"memory, {kind}: {early:.1f} MB in the second fifth, {late:.1f} at the end"
        )
    return is_flat and not idle and not any(status >= 500 for status in statuses)


with tempfile.TemporaryDirectory(prefix="fluxrate-") as folder:
    os.environ |= {"DATA_DIR": folder, "DJANGO_SETTINGS_MODULE": "fluxrate.settings"}
    from django.conf import settings

    from fluxrate.server import postgres

    Path(folder).chmod(0o711)
    with (
        postgres.running(Path(folder)),
        running(os.environ | {"RATE_LIMIT": "0"}) as site,
    ):
        sys.exit(not report(*measure(site, settings.DATABASE_URL)))

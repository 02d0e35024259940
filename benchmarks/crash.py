"""Kill the server's workers, and PostgreSQL, at random while customers are created.

    python benchmarks/crash.py [creates] [kills]

Every create has an Idempotency-Key and is sent again until it is answered. At the end
every acknowledged customer must exist once, with one event, and nothing beside them.
Everything runs on this machine, in a data folder of its own that is removed.
"""

import http.client
import json
import os
import random
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
import uuid
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil
import psycopg

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
from fluxrate.server.postgres.paths import ServerPaths

CREATES = int(sys.argv[1]) if len(sys.argv) > 1 else 2000
KILLS = int(sys.argv[2]) if len(sys.argv) > 2 else 12
CLIENTS, PATIENCE = 8, 180
PASSWORD = "correct-horse-battery"


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Server:
    """`manage.py up` in a process of its own, which is started again when it ends."""

    def __init__(self, data_dir):
        self.data_dir, self.port = data_dir, free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.environment = os.environ | {
            "DATA_DIR": data_dir,
            "PORT": str(self.port),
            "WEB_CONCURRENCY": "2",
            "DATABASE_URL": "",
        }
        self.process = None

    def start(self):
        log = (Path(self.data_dir) / "up.log").open("ab")
        self.process = subprocess.Popen(
            [sys.executable, "manage.py", "up"],
            cwd=ROOT,
            env=self.environment,
            stdout=log,
            stderr=log,
        )
        self.wait()

    def wait(self):
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                return self.start()
            try:
                with urllib.request.urlopen(f"{self.url}/health", timeout=5):
                    return None
            except OSError:
                time.sleep(0.1)
        raise SystemExit("The server does not come back.")

    def workers(self):
        own = psutil.Process(self.process.pid)
        return [
            child
            for child in own.children(recursive=True)
            if child.name() != "postgres" and "spawn_main" in " ".join(child.cmdline())
        ]

    def postmaster(self):
        pid_file = Path(self.data_dir) / "postgres" / "postmaster.pid"
        return psutil.Process(int(pid_file.read_text().split()[0]))

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(60)


def send(url, body, headers):
    request = urllib.request.Request(
        url,
        data=json.dumps(body).encode(),
        method="POST",
        headers={"Content-Type": "application/json", **headers},
    )
    with urllib.request.urlopen(request, timeout=20) as answer:
        return answer.status, json.load(answer), answer.headers


class Run:
    def __init__(self, server):
        self.server, self.retries, self.replayed = server, 0, 0
        self.acknowledged = {}
        self.lock = threading.Lock()
        self.cookie = self.signup()

    def signup(self):
        name = uuid.uuid4().hex
        body = {
            "email": f"{name}@example.com",
            "password": PASSWORD,
            "organization_name": name,
        }
        _, _, headers = send(f"{self.server.url}/api/v1/auth/signup", body, {})
        cookies = [line.split(";")[0] for line in headers.get_all("Set-Cookie")]
        return "; ".join(cookies)

    def create(self, number):
        """Send one create until it is answered."""
        body = {"name": f"N{number}", "email": f"n{number}@example.com"}
        headers = {"Idempotency-Key": f"crash-{number}", "Cookie": self.cookie}
        url = f"{self.server.url}/api/v1/customers"
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            try:
                status, answer, got = send(url, body, headers)
            except urllib.error.HTTPError as error:
                if error.code not in {409, 429, 500, 502, 503}:
                    raise SystemExit(f"{error.code}: {error.read()}") from None
            except (OSError, ValueError, http.client.HTTPException):
                pass
            else:
                with self.lock:
                    self.acknowledged[number] = answer["id"]
                    self.replayed += got["Idempotency-Replayed"] == "true"
                return status
            with self.lock:
                self.retries += 1
            time.sleep(random.uniform(0.02, 0.2))
        raise SystemExit(f"Create {number} was never answered.")


def kill_at_random(server, run, killed, done):
    """A worker or PostgreSQL, at even parts of the way and random moments in them."""
    for number in range(KILLS):
        threshold = CREATES * (number + 1) // (KILLS + 1)
        while len(run.acknowledged) < threshold and not done.is_set():
            time.sleep(0.01)
        time.sleep(random.uniform(0, 0.2))
        if number % 3 == 2:
            server.postmaster().kill()
            killed["PostgreSQL"] += 1
            # The server is asked to come back as its supervisor would.
            time.sleep(0.2)
            server.process.kill()
            server.process.wait()
            server.start()
        else:
            workers = server.workers()
            if workers:
                random.choice(workers).kill()
                killed["workers"] += 1
        server.wait()


QUERY = """
    SELECT c.id::text, count(e.id), min(e.type), min(e.revision)
    FROM customers_customer AS c
    LEFT JOIN fluxrate_event AS e ON e.object_id = c.id
    GROUP BY c.id
"""


def verify(server, run):
    place = f"host={server_socket(server)} user=fluxrate dbname=fluxrate"
    with psycopg.connect(place) as connection:
        rows = connection.execute(QUERY).fetchall()
        orphans = connection.execute(
            "SELECT count(*) FROM fluxrate_event AS e WHERE object_type = "
            "'customer' AND NOT EXISTS (SELECT FROM customers_customer "
            "WHERE id = e.object_id)"
        ).fetchone()[0]
    stored = {row[0] for row in rows}
    acknowledged = list(run.acknowledged.values())
    return {
        "acknowledged": len(acknowledged),
        "acknowledged, distinct": len(set(acknowledged)),
        "customers in the database": len(rows),
        "acknowledged but missing": len(set(acknowledged) - stored),
        "in the database but never acknowledged": len(stored - set(acknowledged)),
        "customers without exactly one event": sum(
            row[1:] != (1, "customer.created", 1) for row in rows
        ),
        "events without a customer": orphans,
    }


def server_socket(server):
    return ServerPaths.of(Path(server.data_dir)).socket_dir


def main():
    with tempfile.TemporaryDirectory(prefix="fluxrate-crash-") as data_dir:
        Path(data_dir).chmod(0o711)
        server = Server(data_dir)
        server.start()
        try:
            counts = attempt(server)
        finally:
            server.stop()
    for name, count in counts.items():
        print(f"{count:7}  {name}")
    wrong = [count for name, count in list(counts.items())[-4:] if count]
    wrong += [counts["acknowledged, distinct"] - CREATES]
    if any(wrong):
        raise SystemExit("Something was lost or doubled.")
    print("Every acknowledged customer exists once, and so does its event.")


def attempt(server):
    run, killed, done = Run(server), {"workers": 0, "PostgreSQL": 0}, threading.Event()
    killer = threading.Thread(target=kill_at_random, args=[server, run, killed, done])
    killer.start()
    try:
        with ThreadPoolExecutor(CLIENTS) as pool:
            list(pool.map(run.create, range(CREATES)))
    finally:
        done.set()
        killer.join()
    return {
        "kills of a worker": killed["workers"],
        "kills of PostgreSQL": killed["PostgreSQL"],
        "tries that failed and were made again": run.retries,
        "answers that were replays": run.replayed,
    } | verify(server, run)


if __name__ == "__main__":
    main()

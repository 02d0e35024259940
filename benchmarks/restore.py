"""Destroy the server and its disk in the middle of writes, restore, and compare.

    python benchmarks/restore.py [rounds]

Clients create customers over HTTP while `backup --stream` receives WAL. In every other
round the receiver is killed up to a second before the server. What was acknowledged and
is missing afterwards must be younger than 5 s, and after the time up to which `restore`
says that it is complete.
"""

import http.client
import json
import random
import re
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import psutil
import psycopg

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
from fluxrate.server import postgres
from fluxrate.tests.backups import Installation
from fluxrate.tests.live_site import running

ROUNDS = int(sys.argv[1]) if len(sys.argv) > 1 else 20
CLIENTS, MOST_LOST_SECONDS = 4, 5


class Writers:
    """Clients that create customers until the server is gone."""

    def __init__(self, site):
        self.port, self.key = site.port, site.owner().key
        self.acknowledged, self.end = {}, threading.Event()
        self.threads = [
            threading.Thread(target=self.write, args=[number], daemon=True)
            for number in range(CLIENTS)
        ]
        for thread in self.threads:
            thread.start()

    def write(self, client):
        headers = {"Authorization": f"Bearer {self.key}"}
        headers |= {"Content-Type": "application/json"}
        number = 0
        with closing(http.client.HTTPConnection("127.0.0.1", self.port, 10)) as caller:
            while not self.end.is_set():
                number += 1
                name = f"{client}-{number}"
                body = json.dumps({"name": name, "email": f"{name}@acme.example"})
                try:
                    caller.request("POST", "/api/v1/customers", body, headers)
                    answer = caller.getresponse()
                    content = answer.read()
                except (OSError, http.client.HTTPException):
                    caller.close()
                    time.sleep(0.02)
                    continue
                if answer.status == 201:
                    identity = json.loads(content)["id"]
                    self.acknowledged[identity] = datetime.now(UTC)

    def stop(self):
        self.end.set()
        for thread in self.threads:
            thread.join()


def kill_receiver(process):
    family = [*psutil.Process(process.pid).children(recursive=True)]
    process.kill()
    for child in family:
        if child.name() == "pg_receivewal":
            child.kill()


def destroy(number, installation):
    """Write for some seconds and lose the server; what was acknowledged, and when."""
    with running(installation.environment) as site:
        with installation.streaming() as receiver:
            writers = Writers(site)
            time.sleep(random.uniform(2, 5))
            if number % 2:
                kill_receiver(receiver)
                time.sleep(random.uniform(0, 1))
            lost_at = installation.destroy()
            writers.stop()
        return writers.acknowledged, lost_at


def stored(installation):
    with (
        postgres.running(installation.data_dir, durable=False) as url,
        psycopg.connect(url) as connection,
    ):
        rows = connection.execute("SELECT id::text FROM customers_customer").fetchall()
    return {row[0] for row in rows}


def attempt(number, template):
    with tempfile.TemporaryDirectory(prefix="fluxrate-restore-") as folder:
        Path(folder).chmod(0o711)
        installation = Installation(Path(folder) / "data", Path(folder) / "backups")
        subprocess.run(["cp", "-a", template, installation.data_dir], check=True)
        acknowledged, lost_at = destroy(number, installation)
        began = time.monotonic()
        restored, report = installation.restored("restored")
        seconds = time.monotonic() - began
        missing = acknowledged.keys() - stored(restored)
        text = re.findall(r"Complete up to (.*) UTC", report)[0]
    complete_at = datetime.fromisoformat(f"{text}+00:00")
    ages = [(lost_at - acknowledged[each]).total_seconds() for each in missing]
    return {
        "acknowledged": len(acknowledged),
        "missing": len(missing),
        "oldest_missing": max([0, *ages]),
        "complete": (lost_at - complete_at).total_seconds(),
        "contradicted": sum(acknowledged[each] < complete_at for each in missing),
        "seconds": seconds,
    }


def main():
    rounds = []
    with tempfile.TemporaryDirectory(prefix="fluxrate-restore-") as folder:
        Path(folder).chmod(0o711)
        template = Installation(Path(folder) / "data", Path(folder) / "backups")
        template.manage("migrate", "--verbosity=0")
        for number in range(ROUNDS):
            rounds.append(attempt(number, template.data_dir))
            print(
                "{acknowledged:6} acknowledged, {missing:4} missing, the oldest "
                "{oldest_missing:.2f} s before the loss; complete up to {complete:.2f} "
                "s before it; restored in {seconds:.1f} s".format(**rounds[-1]),
                flush=True,
            )
    worst = max(max(r["oldest_missing"], r["complete"]) for r in rounds)
    wrong = sum(r["contradicted"] for r in rounds)
    total = sum(r["acknowledged"] for r in rounds)
    print(f"{ROUNDS} losses, {total} acknowledged; {worst:.2f} s is the most lost.")
    if worst > MOST_LOST_SECONDS or wrong:
        raise SystemExit(f"Too much was lost; {wrong} contradict the report.")


if __name__ == "__main__":
    main()

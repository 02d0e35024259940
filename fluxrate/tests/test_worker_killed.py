"""Workers killed at random lose no email and no step, and repeat neither.

`make kill` kills them 20 times; the suite does so three times.
"""

import os
import random
import subprocess
import sys
import time
from collections import defaultdict

import psycopg
import pytest

from fluxrate.tests.database import new_database
from fluxrate.tests.live_site import CHECKOUT
from fluxrate.tests.mail_server import mail_server
from fluxrate.tests.waiting import wait_for

KILLS = int(os.environ.get("KILLS", "3"))
EMAILS = 30 * KILLS
WORKERS = 2
# What waits: emails to different people, and subscriptions with years of steps.
WAITING = f"""
from customers.tests.test_advance import fill
from organizations.models import Email, User
fill("Acme", 40)
users = [User(email=f"{{n}}@navy.example", password="!") for n in range({EMAILS})]
User.objects.bulk_create(users)
Email.objects.bulk_create(
    [Email(purpose="EMAIL_CONFIRMATION", user=user) for user in users])
"""
# The revisions of a subscription's events, without a gap; each step begins another
# period or status.
BROKEN = """
SELECT object_id FROM fluxrate_event WHERE object_type = 'subscription'
GROUP BY object_id
HAVING count(*) <> max(revision) OR count(*) <> count(DISTINCT revision)
    OR count(*) <> count(DISTINCT (data->>'current_period_start', data->>'status'))
"""
OVERDUE = "SELECT count(*) FROM customers_subscription WHERE due_at < now()"
# As if the two minutes had passed after which another worker takes over.
NEXT = "UPDATE organizations_email SET due_at = now() WHERE status = 'WAITING'"
WAIT = "SELECT count(*) FROM organizations_email WHERE status = 'WAITING'"


def manage(environment, *arguments):
    command = [sys.executable, "manage.py", *arguments]
    subprocess.run(command, cwd=CHECKOUT, env=environment, timeout=300, check=True)


def start(environment):
    return subprocess.Popen(
        [sys.executable, "manage.py", "work", "--lane=mail", "--lane=advance"],
        cwd=CHECKOUT,
        env=environment,
        stderr=subprocess.DEVNULL,
    )


@pytest.fixture
def database():
    with new_database() as url:
        environment = os.environ | {"DATABASE_URL": url}
        manage(environment, "migrate", "--verbosity=0")
        manage(environment, "shell", "--no-imports", "-c", WAITING)
        yield url


def test_killed_workers_lose_nothing_and_repeat_nothing(database):
    chance = random.Random(KILLS)
    with mail_server() as server, psycopg.connect(database, autocommit=True) as direct:
        server.delay = 0.02
        environment = os.environ | {"DATABASE_URL": database} | server.environment
        for _ in range(KILLS):
            kill_workers(environment, server, chance.uniform(0, 0.8))
            direct.execute(NEXT)
        assert direct.execute(WAIT).fetchone()[0] > 0, "Nothing was left to be lost."
        server.delay = 0
        manage(environment, "work", "--once", "--lane=mail", "--lane=advance")
        assert direct.execute(WAIT).fetchone() == (0,)
        assert direct.execute(OVERDUE).fetchone() == (0,)
        assert direct.execute(BROKEN).fetchall() == []
    check_attempts(server)


def kill_workers(environment, server, seconds):
    """Start workers, and kill them some seconds after they have sent an email."""
    before = len(server.accepted)
    workers = [start(environment) for _ in range(WORKERS)]
    wait_for(lambda: len(server.accepted) > before)
    time.sleep(seconds)
    for worker in workers:
        worker.kill()
        worker.wait()


def check_attempts(server):
    attempts = defaultdict(list)
    for accepted in server.accepted:
        attempts[accepted.message["Message-ID"]].append(accepted)
    recipients = {sent[0].message["To"] for sent in attempts.values()}
    assert recipients == {f"{number}@navy.example" for number in range(EMAILS)}
    assert len(attempts) == EMAILS
    repeated = [sent for sent in attempts.values() if len(sent) > 1]
    # A server that has seen the next command has seen the last of the email.
    assert not [sent for sent in repeated if any(each.confirmed for each in sent[:-1])]
    assert len(repeated) <= KILLS * WORKERS
    for sent in repeated:
        assert len({each.message.get_content() for each in sent}) == 1

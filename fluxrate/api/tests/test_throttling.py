"""A caller may ask for so much, however many processes answer."""

import re
import subprocess
import sys
import threading
import time
from datetime import timedelta
from random import Random

import pytest
from django.conf import settings as configured
from django.db import connection
from django.db.models import F

from fluxrate.api import throttling
from fluxrate.models import TokenBucket

URL = "/api/v1/customers"


@pytest.fixture
def limit(settings):
    def set_to(requests, *, processes=1, seconds=3_600):
        settings.RATE_LIMIT, settings.RATE_LIMIT_SECONDS = requests, seconds
        settings.WEB_CONCURRENCY = processes

    throttling._leases.clear()
    yield set_to
    throttling._leases.clear()


def test_every_answer_says_how_much_is_left(acme_api, limit):
    limit(10)
    answers = [acme_api.get(URL) for _ in range(3)]
    assert {answer["RateLimit-Policy"] for answer in answers} == {
        '"default";q=10;w=3600'
    }
    left = [re.fullmatch(r'"default";r=(\d+);t=(\d+)', a["RateLimit"]) for a in answers]
    assert [int(match[1]) for match in left if match] == [9, 8, 7]
    assert [int(match[2]) for match in left if match] == [360, 720, 1080]


def test_what_goes_beyond_is_429_until_the_stated_wait_is_over(acme_api, limit):
    limit(3)
    assert [acme_api.get(URL).status_code for _ in range(5)] == [200] * 3 + [429] * 2
    refused = acme_api.get(URL)
    assert refused.json()["code"] == "rate_limited"
    assert refused["RateLimit"].startswith('"default";r=0;')
    wait = int(refused["Retry-After"])
    assert 1_190 < wait <= 1_200
    TokenBucket.objects.update(full_at=F("full_at") - timedelta(seconds=wait))
    throttling._leases.clear()
    assert acme_api.get(URL).status_code == 200


def test_what_is_refused_for_other_reasons_counts_too(acme_api, member, limit):
    limit(3)
    viewer = member("VIEWER")
    body = {"name": "Ada", "email": "ada@example.com"}
    statuses = [viewer.post(URL, body).status_code for _ in range(4)]
    assert statuses == [403, 403, 403, 429]


def test_each_key_and_user_has_a_limit_of_its_own(acme_api, key, limit):
    limit(2)
    clients = [acme_api, key("customers.read"), key("customers.read")]
    for client in clients:
        assert [client.get(URL).status_code for _ in range(3)] == [200, 200, 429]


def test_zero_is_no_limit(acme_api, stranger, limit):
    limit(0)
    for client in (acme_api, stranger):
        assert not {"RateLimit", "RateLimit-Policy"} & set(client.get(URL).headers)


def test_each_refusal_of_the_bucket_is_logged(acme_api, limit, log):
    limit(3)
    assert [acme_api.get(URL).status_code for _ in range(5)] == [200] * 3 + [429] * 2
    assert sum('"message":"throttled"' in line for line in log.lines) == 1


def test_a_lease_is_a_fiftieth_of_the_limit_for_all_processes(db, limit):
    limit(1_000, processes=2)
    assert throttling.count("user:a").tokens == 9


def test_the_last_token_of_a_bucket_is_granted(db, limit):
    """A lease has two tokens, and the bucket 99."""
    limit(100)
    assert sum(throttling.count("user:a").tokens >= 0 for _ in range(150)) == 99


def test_the_tokens_of_an_ended_lease_are_not_lost(db, limit):
    """The bucket has 981 tokens, and gives 20, then one."""
    limit(1_000)
    throttling.count("user:a")
    throttling._leases["user:a"].until = 0.0
    lease = throttling.count("user:a")
    assert (lease.tokens, lease.remaining) == (19, 960)


@pytest.mark.parametrize(("requests", "lasts"), [(100_000, 5.0), (1_000_000, 10.0)])
def test_a_lease_ends_before_processes_differ(db, limit, monkeypatch, requests, lasts):
    limit(requests)
    monkeypatch.setattr(throttling, "clock", lambda: 1_000.0)
    assert throttling.count("user:a").until == 1_000.0 + lasts


def test_a_full_bucket_is_full_now(db, limit, monkeypatch):
    limit(60_000, seconds=60)
    lease = throttling.count("user:a")
    assert lease.headers()["RateLimit"].endswith(";t=2")
    monkeypatch.setattr(throttling, "clock", lambda: lease.full_at + 0.1)
    assert lease.headers()["RateLimit"].endswith(";t=0")


@pytest.mark.parametrize("headers", [{}, {"X-API-Key": "org_live_x"}])
def test_a_401_states_the_policy(stranger, limit, headers):
    limit(3)
    refused = stranger.get(URL, headers=headers)
    assert refused.status_code == 401
    assert refused["RateLimit-Policy"] == '"default";q=3;w=3600'
    assert "RateLimit" not in refused


def test_a_stranger_has_no_caller_to_count(stranger, limit):
    limit(2)
    assert "RateLimit" not in stranger.get(URL)


def test_most_requests_cost_no_statement_more(
    acme_api, limit, django_assert_max_num_queries
):
    limit(60_000, processes=4)
    acme_api.get(URL)
    counted = []
    for _ in range(5):
        with django_assert_max_num_queries(20) as queries:
            acme_api.get(URL)
        counted.append(sum("fluxrate_tokenbucket" in q["sql"] for q in queries))
    assert counted == [0] * 5


class Clocked:
    """Processes that share the bucket; a test lets time pass for them and for it."""

    def __init__(self, monkeypatch, processes):
        self.passed, self.monkeypatch = 0.0, monkeypatch
        self.leases = [{} for _ in range(processes)]
        monkeypatch.setattr(throttling, "clock", self.now)

    def now(self):
        return time.monotonic() + self.passed

    def wait(self, seconds):
        self.passed += seconds
        TokenBucket.objects.update(full_at=F("full_at") - timedelta(seconds=seconds))

    def ask(self, process):
        """Whether a request is granted, and what RateLimit says is left."""
        self.monkeypatch.setattr(throttling, "_leases", self.leases[process])
        lease = throttling.count("user:saver")
        left = re.search(r"r=(-?\d+)", lease.headers()["RateLimit"])[1]
        return lease.tokens >= 0, int(left)


def most_in_any_window(granted, rate):
    """By how much the busiest window had more requests than were refilled in it; each
    is granted between two times.
    """
    most = lowest = 0.0
    for number, (before, after) in enumerate(granted):
        lowest = min(lowest, number - rate * before) if number else -rate * before
        most = max(most, number + 1 - rate * after - lowest)
    return most


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize(("requests", "processes"), [(60, 1), (400, 2), (1_200, 3)])
def test_nothing_can_be_saved_up(db, limit, monkeypatch, seed, requests, processes):
    """Bursts, pauses and slow requests: the limit and its refill at most."""
    limit(requests, processes=processes, seconds=60)
    chance, clocked = Random(seed), Clocked(monkeypatch, processes)
    granted = []
    for _ in range(15):
        clocked.wait(chance.choice([0, 0.01, 1, 5, 10.3, 11, 61]))
        for _ in range(chance.choice([1, 1, 20, requests // 8, 2 * requests])):
            before = clocked.now()
            passed, left = clocked.ask(chance.randrange(processes))
            assert 0 <= left <= requests
            if not passed:
                break
            granted.append((before, clocked.now()))
    assert most_in_any_window(granted, requests / 60) <= requests + 1e-3


def test_a_slow_caller_saves_nothing_and_loses_nothing(db, limit, monkeypatch):
    """One request each 10.3 seconds for four minutes, then as many as go."""
    limit(120, seconds=60)
    clocked = Clocked(monkeypatch, 1)
    for _ in range(25):
        passed, left = clocked.ask(0)
        assert passed
        assert 108 <= left <= 120
        clocked.wait(10.3)
    begun = clocked.now()
    burst = sum(clocked.ask(0)[0] for _ in range(140))
    assert 108 <= burst <= 120 + 2 * (clocked.now() - begun)


@pytest.mark.parametrize("requests", [60, 1_000, 60_000])
def test_one_process_says_what_another_says(db, limit, monkeypatch, requests):
    """Both are asked in turn while one of them serves 2,000 requests a second."""
    limit(requests, processes=2, seconds=60)
    clocked = Clocked(monkeypatch, 2)
    for turn in range(6):
        for number in range(requests // 20):
            clocked.ask(turn // 3)
            if number % 100 == 0:
                clocked.wait(100 / 2_000)
        one, other = (clocked.ask(process)[1] for process in range(2))
        assert abs(one - other) <= requests / 10


PROCESS = """
import django; django.setup()
from fluxrate.api import throttling
granted = 0
for _ in range(400):
    granted += throttling.count("user:shared").tokens >= 0
print(granted)
"""


def test_four_processes_together_grant_the_limit_within_a_tenth(transactional_db):
    name = connection.settings_dict["NAME"]
    address = connection.settings_dict
    url = f"postgresql://{address['USER']}@/{name}?host={address['HOST']}"
    url = f"{url}&port={address['PORT'] or 5432}"
    changed = {
        "DATABASE_URL": url,
        "DJANGO_SETTINGS_MODULE": "fluxrate.settings",
        "RATE_LIMIT": "1000",
        "RATE_LIMIT_SECONDS": "86400",
        "WEB_CONCURRENCY": "4",
        "PGPASSWORD": address["PASSWORD"],
        "DATA_DIR": str(configured.DATA_DIR),
        "PATH": "/usr/bin:/bin",
    }
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", PROCESS],
            cwd=configured.BASE_DIR,
            env=changed,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(4)
    ]
    granted = [int(process.communicate(timeout=60)[0]) for process in processes]
    assert 900 <= sum(granted) <= 1_001, granted
    assert len(granted) == 4


def test_a_process_forgets_its_leases_when_there_are_ten_thousand(db, limit):
    limit(10)
    lease = throttling.Lease(0, 0.0, 0, 0.0)
    for number in range(9_998):
        throttling._leases[f"user:{number}"] = lease
    for leases, name in ((9_999, "a"), (10_000, "b"), (1, "c")):
        throttling.count(f"user:{name}")
        assert len(throttling._leases) == leases


@pytest.fixture
def parallel(monkeypatch):
    """Two parallel requests of an organization, whose third waits 0.2 seconds."""
    monkeypatch.setattr(throttling, "PATIENCE_SECONDS", 0.2)
    limit = throttling.ConcurrencyLimit()
    limit.limit = 2
    return limit


def test_an_organization_has_so_many_parallel_requests(parallel):
    with parallel.admitted("acme"), parallel.admitted("globex"):
        with parallel.admitted("acme"):
            began = time.monotonic()
            with pytest.raises(throttling.Busy), parallel.admitted("acme"):
                pass
            assert 0.1 < time.monotonic() - began < 1
        with parallel.admitted("acme"):
            pass
    assert parallel._began == {}


def test_a_request_waits_for_one_of_its_organization_to_end(parallel):
    release, admitted = threading.Event(), threading.Event()

    def hold():
        with parallel.admitted("acme"):
            admitted.set()
            release.wait()

    holders = [threading.Thread(target=hold) for _ in range(2)]
    for holder in holders:
        admitted.clear()
        holder.start()
        assert admitted.wait(5)
    threading.Timer(0.05, release.set).start()
    began = time.monotonic()
    with parallel.admitted("acme"):
        assert time.monotonic() - began < 0.2
    for holder in holders:
        holder.join()


def test_a_request_waits_for_two_seconds():
    parallel = throttling.ConcurrencyLimit()
    parallel.limit = 1
    with parallel.admitted("acme"):
        began = time.monotonic()
        with pytest.raises(throttling.Busy), parallel.admitted("acme"):
            pass
        assert 1.9 < time.monotonic() - began < 2.9


def test_behind_requests_that_have_run_for_long_nobody_waits(parallel):
    with parallel.admitted("acme"), parallel.admitted("acme"):
        time.sleep(0.25)
        began = time.monotonic()
        with pytest.raises(throttling.Busy), parallel.admitted("acme"):
            pass
        assert time.monotonic() - began < 0.1


def test_one_organization_busy_is_503_with_a_time_to_wait(
    acme, acme_api, globex_api, parallel, monkeypatch
):
    monkeypatch.setattr(throttling, "per_organization", parallel)
    pk = acme.organization.pk
    with parallel.admitted(pk), parallel.admitted(pk):
        response = acme_api.get(URL)
        assert (response.status_code, response.json()["code"]) == (503, "busy")
        assert response["Retry-After"] == "1"
        assert globex_api.get(URL).status_code == 200
    assert acme_api.get(URL).status_code == 200


@pytest.mark.parametrize(("tokens", "afterwards"), [(3, 4), (0, 1), (-1, -1)])
def test_a_request_that_is_not_counted_leaves_its_token(tokens, afterwards):
    lease = throttling.Lease(tokens, until=0.0, remaining=0, full_at=0.0)
    throttling.give_back(lease)
    throttling.give_back(None)
    assert lease.tokens == afterwards

"""A caller may ask for so much, however many processes answer."""

import re
import subprocess
import sys
from datetime import timedelta

import pytest
from django.conf import settings as configured
from django.db import connection
from django.db.models import F

from fluxrate.api import fair_use
from fluxrate.models import Bucket

URL = "/api/v1/customers"


@pytest.fixture
def limit(settings):
    def set_to(requests, *, processes=1):
        settings.RATE_LIMIT, settings.RATE_LIMIT_SECONDS = requests, 3_600
        settings.WEB_CONCURRENCY = processes

    fair_use._leases.clear()
    yield set_to
    fair_use._leases.clear()


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
    Bucket.objects.update(full_at=F("full_at") - timedelta(seconds=wait))
    fair_use._leases.clear()
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


def test_zero_is_no_limit(acme_api, limit):
    limit(0)
    assert "RateLimit" not in acme_api.get(URL)


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
        counted.append(sum("fluxrate_bucket" in q["sql"] for q in queries))
    assert counted == [0] * 5


PROCESS = """
import django; django.setup()
from fluxrate.api import fair_use
granted = 0
for _ in range(400):
    granted += fair_use.count("user:shared").tokens >= 0
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

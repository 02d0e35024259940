"""The version before works on the schema of this one: an upgrade runs both for a while.

The version before is that of the last tag; without a tag, that of the last commit.
"""

import io
import os
import subprocess
import sys
import tarfile

import pytest

from fluxrate.tests.database import new_database
from fluxrate.tests.live_site import CHECKOUT, running

ADA = {"name": "Ada", "email": "ada@example.com", "external_id": "ada-1"}
PLAN = {"name": "Team", "type": "FIXED", "billing_interval": "month", "currency": "EUR"}


def git(*arguments):
    command = ["git", "-C", str(CHECKOUT), *arguments]
    return subprocess.run(command, capture_output=True, check=False)


@pytest.fixture
def previous(tmp_path):
    """The files of the version before."""
    tag = git("describe", "--tags", "--abbrev=0").stdout.decode().strip()
    archive = git("archive", tag or "HEAD")
    if archive.returncode:
        pytest.skip("This is no checkout of git.")
    with tarfile.open(fileobj=io.BytesIO(archive.stdout)) as files:
        files.extractall(tmp_path, filter="data")
    return tmp_path


@pytest.fixture
def environment():
    """A database that this version has migrated."""
    with new_database() as url:
        environment = os.environ | {"DATABASE_URL": url, "MIGRATE_ON_START": "false"}
        manage(CHECKOUT, environment, "migrate", "--verbosity=0")
        yield environment


def manage(checkout, environment, *arguments):
    command = [sys.executable, "manage.py", *arguments]
    subprocess.run(command, cwd=checkout, env=environment, timeout=120, check=True)


def test_the_version_before_works_on_this_schema(previous, environment):
    with running(environment, checkout=previous) as site:
        assert site.ask("GET", "/readyz").status == 200
        owner = site.owner()
        # Twice, so that plans answer too.
        for number in range(2):
            body = ADA | {"external_id": f"ada-{number}"}
            created = owner.ask("POST", "/api/v1/customers", body)
            assert created.status == 201
            assert owner.ask("GET", created.headers["Location"]).json()["name"] == "Ada"
            changed = owner.ask("PATCH", created.headers["Location"], {"name": "Grace"})
            assert changed.json()["name"] == "Grace"
            assert (
                len(owner.ask("GET", "/api/v1/customers").json()["data"]) == 1 + number
            )
        plan = owner.ask("POST", "/api/v1/plans", PLAN).json()["id"]
        body = {"customer_id": created.json()["id"], "plan_id": plan}
        assert owner.ask("POST", "/api/v1/subscriptions", body).status == 201
        found = owner.ask("GET", "/api/v1/customers?search=grace").json()["data"]
        assert len(found) == 2
        assert len(owner.ask("GET", "/api/v1/events").json()["data"]) > 5
        gone = owner.ask("DELETE", created.headers["Location"])
        assert gone.status == 204
        manage(previous, site.environment, "work", "--once")

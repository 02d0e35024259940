"""The cast: two organizations that must never see each other, and their callers."""

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest
from django.apps import apps
from django.contrib.contenttypes.models import ContentType
from django.core import mail
from django.db import connection
from django.test import Client, RequestFactory
from django.test.client import ClientHandler
from rest_framework.test import APIClient

from fluxrate.server.static import collect_if_changed
from fluxrate.tests.browser import (
    browser_page,
    complaints,
    staff_account,
    staff_cookies,
)
from fluxrate.tests.documented_codes import check_code
from fluxrate.tests.fast_client import fast_client, ordinary_call
from fluxrate.tests.leaks import Listener, leaks, personal
from fluxrate.tests.live_site import owner, site
from organizations.auth.authentication import ACCESS_COOKIE, API_KEY_HEADER
from organizations.auth.mail_queue import send_due
from organizations.auth.tokens import access_token
from organizations.models import ApiKey, Membership, Organization, Role, User

# Fixtures: a real server, and a browser that is logged in to its admin.
__all__ = [
    "browser_page",
    "complaints",
    "owner",
    "site",
    "staff_account",
    "staff_cookies",
]

PASSWORD = "correct-horse-battery"


@dataclass
class Tenant:
    """An organization, its owner, and the owner's way in."""

    organization: Organization
    owner: User
    api: APIClient


def enter(membership: Membership) -> APIClient:
    """A client that holds the membership's access cookie."""
    at = datetime.now(UTC)
    session, _ = membership.begin_session(at=at)
    client = APIClient()
    client.cookies[ACCESS_COOKIE] = access_token(session, at=at)
    return client


def tenant(name: str) -> Tenant:
    email = f"owner@{name.lower()}.example"
    membership = Membership.create_with_owner(
        email=email, password=PASSWORD, organization_name=name
    )
    return Tenant(membership.organization, membership.user, enter(membership))


def with_key(organization: Organization, *scopes: str) -> APIClient:
    """A client that shows a new API key of the organization."""
    key = ApiKey.issue(organization=organization, name="Test", scopes=list(scopes))
    return APIClient(headers={API_KEY_HEADER: key.secret})


@pytest.fixture(autouse=True)
def log(monkeypatch: pytest.MonkeyPatch) -> Iterator[Listener]:
    """The lines that the test logs; it fails when one tells a secret or a person."""
    sent = {PASSWORD}
    generic = RequestFactory.generic

    def noted(self: Any, method: str, path: str, data: Any = b"", *args: Any, **more):
        sent.update(personal(data))
        return generic(self, method, path, data, *args, **more)

    monkeypatch.setattr(RequestFactory, "generic", noted)
    listener = Listener()
    logging.getLogger().addHandler(listener)
    yield listener
    logging.getLogger().removeHandler(listener)
    for line in listener.lines:
        assert not leaks(line, sent), line


@pytest.fixture(autouse=True)
def documented_codes(monkeypatch: pytest.MonkeyPatch) -> None:
    request = Client.request

    def checked(self: Client, **environment: Any) -> Any:
        response = request(self, **environment)
        check_code(response)
        return response

    monkeypatch.setattr(Client, "request", checked)


@pytest.fixture(scope="session", autouse=True)
def plans() -> Iterator[None]:
    with fast_client():
        yield


@pytest.fixture
def ordinary_way(monkeypatch: pytest.MonkeyPatch) -> None:
    """Views answer every request, as with FAST_PATH=0."""
    monkeypatch.setattr(ClientHandler, "__call__", ordinary_call)


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: Any) -> None:
    """Tests that commit clear every table afterwards, that of events too."""
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        cursor.execute("GRANT TRUNCATE ON fluxrate_event TO CURRENT_USER")
        cursor.execute("ALTER TABLE fluxrate_event DISABLE TRIGGER event_not_truncated")


@pytest.fixture
def acme(db: Any) -> Tenant:
    return tenant("Acme")


@pytest.fixture
def globex(db: Any) -> Tenant:
    return tenant("Globex")


@pytest.fixture
def acme_api(acme: Tenant) -> APIClient:
    return acme.api


@pytest.fixture
def globex_api(globex: Tenant) -> APIClient:
    return globex.api


class SentEmails(Sequence[mail.EmailMessage]):
    """The outbox, in which the worker has sent what waits when somebody looks."""

    def _sent(self) -> list[mail.EmailMessage]:
        for _ in send_due():
            pass
        return mail.outbox

    def __getitem__(self, index: Any) -> Any:
        return self._sent()[index]

    def __len__(self) -> int:
        return len(self._sent())


@pytest.fixture
def mailoutbox(mailoutbox: object) -> SentEmails:
    return SentEmails()


@pytest.fixture
def member(acme: Tenant) -> Any:
    """Make a further member of Acme with a role, and return their client."""

    def make(role: Role, email: str = "") -> APIClient:
        user = User.objects.create_user(email or f"{role.lower()}@acme.example")
        return enter(
            Membership.objects.create(
                organization=acme.organization, user=user, role=role
            )
        )

    return make


@pytest.fixture
def key(acme: Tenant) -> Any:
    """Make an API key of Acme with scopes, and return its client."""

    def make(*scopes: str) -> APIClient:
        return with_key(acme.organization, *scopes)

    return make


@pytest.fixture
def stranger(db: Any) -> APIClient:
    return APIClient()


@pytest.fixture(scope="session", autouse=True)
def static_files() -> None:
    """What pages refer to is collected, as for a server that starts."""
    collect_if_changed()


@pytest.fixture
def staff(db: Any) -> Client:
    """A superuser's browser session in the admin.

    A running process knows its content types; a test that has flushed the database has
    made it forget them, and statements are counted here.
    """
    ContentType.objects.get_for_models(*apps.get_models())
    user = User.objects.create_superuser("staff@fluxrate.example", PASSWORD)
    client = Client()
    client.force_login(user)
    return client

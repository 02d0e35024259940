"""A refresh token works once; its reuse ends the login."""

import hashlib
import uuid
from datetime import UTC, datetime, timedelta
from threading import Thread

import pytest
from django.db import connection, transaction
from django.db.models import F
from rest_framework.test import APIClient

from conftest import enter, tenant
from organizations.auth.authentication import ACCESS_COOKIE, REFRESH_COOKIE
from organizations.models import Membership, Session
from organizations.models.session import CONCURRENCY

ME, REFRESH, LOGOUT = "/api/v1/auth/me", "/api/v1/auth/refresh", "/api/v1/auth/logout"


def ask(token):
    client = APIClient()
    client.cookies[ACCESS_COOKIE] = token
    return client.get(ME)


@pytest.fixture
def family(acme):
    """A session, and a function that sends one of its refresh tokens."""
    membership = Membership.objects.select_related("organization").get(user=acme.owner)
    session, token = membership.begin_session(at=datetime.now(UTC))

    def show(refresh):
        client = APIClient()
        client.cookies[REFRESH_COOKIE] = refresh
        return client.post(REFRESH)

    return session, token, show


def later(session):
    """The moment in which others may have sent the same token has passed."""
    Session.objects.filter(pk=session.pk).update(
        refreshed_at=F("refreshed_at") - CONCURRENCY
    )


def test_a_token_just_used_is_401_and_does_not_end_the_session(family):
    _, first, show = family
    second = show(first).cookies[REFRESH_COOKIE].value
    beside = show(first)
    assert (beside.status_code, beside.json()["code"]) == (401, "refreshed_at_once")
    assert "WWW-Authenticate" in beside.headers
    assert not beside.cookies
    assert show(second).status_code == 200


def test_the_token_before_the_used_one_ends_the_family_at_once(family):
    _, first, show = family
    second = show(first).cookies[REFRESH_COOKIE].value
    third = show(second).cookies[REFRESH_COOKIE].value
    assert show(first).json()["code"] == "authentication_failed"
    assert show(third).status_code == 401


def test_a_refresh_token_works_once_and_a_used_one_ends_the_family(family):
    session, first, show = family
    renewed = show(first)
    assert renewed.status_code == 200
    second = renewed.cookies[REFRESH_COOKIE].value
    access = renewed.cookies[ACCESS_COOKIE].value
    assert second != first
    assert ask(access).status_code == 200
    later(session)
    assert show(first).status_code == 401
    assert show(second).status_code == 401
    assert ask(access).status_code == 401
    session.refresh_from_db()
    assert session.ended_at is not None


@pytest.mark.parametrize("token", ["", "x", ".", "x.y", f"{uuid.UUID(int=7)}.y", "é.ö"])
def test_an_invalid_refresh_token_is_401(family, token):
    _, _, show = family
    assert show(token).status_code == 401


@pytest.mark.parametrize("write", [str.upper, "{{{}}}".format, "urn:uuid:{}".format])
def test_a_refresh_token_has_one_spelling(family, write):
    _, token, show = family
    session, _, secret = token.partition(".")
    assert show(f"{write(session)}.{secret}").status_code == 401
    assert show(token).status_code == 200


def test_only_the_hash_of_a_refresh_token_is_stored(family):
    session, token, _ = family
    session.refresh_from_db()
    secret = token.partition(".")[2]
    assert bytes(session.refresh_hash) == hashlib.sha256(secret.encode()).digest()


def test_a_login_ends_however_often_it_is_refreshed(family, settings):
    session, first, show = family
    old = datetime.now(UTC) - timedelta(seconds=settings.SESSION_SECONDS - 60)
    Session.objects.filter(pk=session.pk).update(created_at=old)
    assert show(first).status_code == 200
    session.refresh_from_db()
    assert session.expires_at < datetime.now(UTC) + timedelta(seconds=61)


@pytest.mark.django_db(transaction=True)
def test_of_two_concurrent_refreshes_one_succeeds_and_the_session_lives():
    acme = tenant("Acme")
    membership = Membership.objects.get(user=acme.owner)
    session, token = membership.begin_session(at=datetime.now(UTC))
    won = []

    def renew():
        try:
            won.append(Session.refresh(token, at=datetime.now(UTC)))
        except Session.RefreshedAtOnce:
            won.append(None)
        connection.close()

    threads = [Thread(target=renew) for _ in range(2)]
    with transaction.atomic():
        Session.objects.select_for_update().get(pk=session.pk)
        for thread in threads:
            thread.start()
        wait_until_both_wait()
    for thread in threads:
        thread.join()
    assert sorted(result is None for result in won) == [False, True]
    session.refresh_from_db()
    assert session.ended_at is None
    assert enter(membership).get(ME).status_code == 200


def wait_until_both_wait():
    """Both have read the row, and wait for it to be written."""
    sql = (
        "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' "
        "AND query LIKE 'UPDATE%%organizations_session%%' "
        "AND datname = current_database()"
    )
    deadline = datetime.now(UTC) + timedelta(seconds=20)
    with connection.cursor() as cursor:
        while datetime.now(UTC) < deadline:
            cursor.execute("SELECT pg_stat_clear_snapshot()")
            cursor.execute(sql.replace("%%", "%"))
            if cursor.fetchone() == (2,):
                return
    raise AssertionError

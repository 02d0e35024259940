"""The compiled queries of authentication read the same rows as the ORM."""

from datetime import timedelta

import pytest
from django.utils.timezone import now

from fluxrate.tests.concurrency import at_once
from organizations.auth.authentication import active_key, active_membership
from organizations.auth.tokens import Claims
from organizations.models import ApiKey, Membership, Organization, Scope, Session, User
from organizations.models.api_key import sha256


@pytest.fixture
def key(acme):
    """A key with a value in every column but `revoked_at`."""
    common = {
        "organization": acme.organization,
        "name": "é, %s, 'quoted'",
        "scopes": [Scope.EVENTS_READ],
    }
    return ApiKey.issue(
        **common,
        expires_at=now() + timedelta(days=1),
        last_used_at=now(),
        replaces=ApiKey.issue(**common),
    )


@pytest.fixture
def claims(acme):
    session = Session.objects.get(user=acme.owner)
    return Claims(acme.owner.pk, acme.organization.pk, session.pk)


def columns(instance):
    """Every column of a row, and the state of its instance."""
    fields = instance._meta.concrete_fields
    values = {field.attname: getattr(instance, field.attname) for field in fields}
    return values, instance._state.db, instance._state.adding


def test_every_column_of_the_key_and_its_organization(
    key, globex, django_assert_num_queries
):
    with django_assert_num_queries(1):
        read = active_key(key_hash=sha256(key.secret), at=now())
        organization = read.organization
    assert columns(read) == columns(ApiKey.objects.get(pk=key.pk))
    assert columns(organization) == columns(
        Organization.objects.get(pk=key.organization_id)
    )


def test_every_column_of_the_membership_its_organization_and_its_user(
    acme, globex, claims, django_assert_num_queries
):
    with django_assert_num_queries(1):
        read = active_membership(claims, at=now())
        organization, user = read.organization, read.user
    assert columns(read) == columns(Membership.objects.get(user=acme.owner))
    assert columns(organization) == columns(
        Organization.objects.get(pk=acme.organization.pk)
    )
    assert columns(user) == columns(User.objects.get(pk=acme.owner.pk))


@pytest.mark.parametrize("field", ["expires_at", "revoked_at"])
def test_a_key_is_not_read_from_the_moment_on_that_ends_it(key, field):
    end = now() + timedelta(minutes=1)
    ApiKey.objects.filter(pk=key.pk).update(**{field: end})
    assert active_key(key_hash=sha256(key.secret), at=end) is None


def test_a_hash_of_no_key_reads_nothing(key):
    assert active_key(key_hash=sha256(f"{key.secret}x"), at=now()) is None
    assert active_key(key_hash=b"' OR true --", at=now()) is None


def test_a_session_of_another_organization_reads_nothing(acme, globex, claims):
    foreign = Session.objects.get(user=globex.owner).pk
    at = now()
    for wrong in (
        Claims(globex.owner.pk, claims.organization_id, claims.session_id),
        Claims(claims.user_id, globex.organization.pk, claims.session_id),
        Claims(claims.user_id, claims.organization_id, foreign),
    ):
        assert active_membership(wrong, at=at) is None


@pytest.mark.django_db(transaction=True)
def test_concurrent_threads_read_their_own_keys(acme):
    keys = [
        ApiKey.issue(
            organization=acme.organization, name=f"{n}", scopes=[Scope.EVENTS_READ]
        )
        for n in range(8)
    ]
    at = now()
    read = at_once(
        lambda key: active_key(key_hash=sha256(key.secret), at=at).name, keys
    )
    assert read == [key.name for key in keys]

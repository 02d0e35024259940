"""No row that a pattern fits lacks a key that the pattern asks for."""

import random

import pytest
from django.db import connection

from customers.models import Customer
from customers.search.statement import Search
from customers.search.terms import (
    Terms,
    alternatives,
    escape_like,
    is_indexable,
)

LETTERS = "aabbcxyz01 .-_%\\@'" + "\u00f1\u00fc\u03c3\u0436\u5c71\u0130\n"
MISSED = """
SELECT folded, pattern FROM (
    SELECT customer_search_text(name, email, NULL, NULL) AS folded, pattern,
           ARRAY[one, other, third] AS texts
    FROM unnest(%s::text[], %s::text[], %s::text[], %s::text[], %s::text[], %s::text[])
        AS given (name, email, pattern, one, other, third)
) AS given
WHERE folded LIKE pattern AND NOT customer_search_keys(owner, folded)
    @> customer_search_terms(owner, texts)
"""


def _text(chance, most):
    return "".join(chance.choices(LETTERS, k=chance.randint(1, most)))


def _patterns(chance, folded):
    """Patterns that fit a folded text: pieces of it, with wildcards here and there."""
    for _ in range(6):
        start = chance.randrange(len(folded))
        piece = folded[start : start + chance.randint(1, 9)]
        wild = chance.choice(["", "_"])
        at = chance.randrange(len(piece))
        yield f"%{escape_like(piece[:at])}{wild}{escape_like(piece[at + len(wild) :])}%"


def test_every_text_that_fits_has_all_the_keys(db):
    chance = random.Random(7)
    given = [(_text(chance, 20), _text(chance, 12)) for _ in range(2_000)]
    names, emails = (list(each) for each in zip(*given, strict=True))
    rows = []
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT name, email, customer_search_text(name, email, NULL, NULL)"
            " FROM unnest(%s::text[], %s::text[]) AS given (name, email)",
            [names, emails],
        )
        for name, email, folded in cursor.fetchall():
            for pattern in _patterns(chance, folded):
                rows += [
                    (name, email, pattern, *texts)
                    for texts in alternatives([[pattern]])
                ]
        assert len(rows) > 5_000
        statement = MISSED.replace("owner", "'01935a3e-7c4b-7d3a-9f01-6f2a5e1c0b7d'")
        cursor.execute(statement, [list(each) for each in zip(*rows, strict=True)])
        assert cursor.fetchall() == []


@pytest.mark.parametrize(
    ("pattern", "has"),
    [
        ("%ann%", True),
        ("%an%", False),
        ("% a%", True),
        ("%an %", True),
        ("%a.%", False),
        ("%.a%", True),
        ("%a_b_c%", False),
        (r"%a\_b\_c%", True),
        ("%%", False),
        ("%山本太%", True),
    ],
)
def test_a_pattern_has_keys_where_letters_stand_together(pattern, has):
    assert is_indexable(pattern) is has


def test_alternatives_are_combined_up_to_a_bound():
    two, many = ["%abc%", "%def%"], [f"%abc{number:03d}%" for number in range(100)]
    assert len(alternatives([two, two, ["%ghi%"]])) == 4
    assert len(alternatives([two, many])) == 2
    assert alternatives([two, ["%a%"]]) == alternatives([two])
    assert alternatives([many]) == alternatives([["%_%"]]) == []


def test_a_sign_between_letters_is_found_without_an_index(acme_api):
    body = {"name": "Q.E.D.", "email": "nobody@nowhere.test"}
    assert acme_api.post("/api/v1/customers", body).status_code == 201
    for text in ("q.", ".e", "d."):
        found = acme_api.get("/api/v1/customers", {"search": text}).json()
        assert [each["name"] for each in found["data"]] == ["Q.E.D."]
    assert alternatives(Terms("q.").patterns()) == []


@pytest.mark.parametrize("name", ["\u4e28\u5092\u5609", "\u4e29\u5092\u5649"])
def test_letters_that_pg_trgm_hashes_to_the_same_are_told_apart(acme_api, name):
    body = {"name": name, "email": "nobody@nowhere.test"}
    assert acme_api.post("/api/v1/customers", body).status_code == 201
    found = acme_api.get("/api/v1/customers", {"search": name}).json()
    assert [each["name"] for each in found["data"]] == [name]


def test_rows_that_two_must_own_are_none(acme, globex):
    for each in (acme, globex):
        Customer(organization=each.organization, name="Ada", email="a@b.test").save()
    rows = Customer.objects.owned_by(acme.organization).owned_by(globex.organization)
    for tenant in (acme, globex):
        search = Search(rows, Terms("ada"), organization_id=tenant.organization.pk)
        assert search.slice(0, 10) == ([], 0, True)
        assert search.queryset().count() == 0


def test_whoever_asks_for_no_organization_finds_all_of_them(acme, globex):
    for each in (acme, globex):
        Customer(
            organization=each.organization, name="Ada Lovelace", email="a@b.test"
        ).save()
    everywhere = Customer.objects.all()
    assert Search(everywhere, Terms("lovelace")).slice(0, 10).total == 2
    assert Search(everywhere, Terms("lovelcae")).slice(0, 10).total == 2
    own = Customer.objects.owned_by(acme.organization)
    search = Search(own, Terms("lovelace"), organization_id=acme.organization.pk)
    assert [row.organization for row in search.queryset()] == [acme.organization]
    both = own | Customer.objects.owned_by(globex.organization)
    assert Search(both, Terms("lovelace")).queryset().count() == 2

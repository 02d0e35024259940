"""Every row that a pattern matches has the keys of the pattern."""

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

CHARACTERS = "aabbcxyz01 .-_%\\@'" + "\u00f1\u00fc\u03c3\u0436\u5c71\u0130\n"
MISSED = """
SELECT folded, pattern FROM (
    SELECT customer_search_text(name, email, NULL, NULL) AS folded, pattern,
           ARRAY[one, other, third] AS texts
    FROM unnest(%s::text[], %s::text[], %s::text[], %s::text[], %s::text[], %s::text[])
        AS rows (name, email, pattern, one, other, third)
) AS rows
WHERE folded LIKE pattern AND NOT customer_search_keys(owner, folded)
    @> customer_search_terms(owner, texts)
"""


def _text(chance, most):
    return "".join(chance.choices(CHARACTERS, k=chance.randint(1, most)))


def _patterns(chance, folded):
    """Patterns that match a folded text: pieces of it, some with a wildcard."""
    for _ in range(6):
        start = chance.randrange(len(folded))
        piece = folded[start : start + chance.randint(1, 9)]
        wild = chance.choice(["", "_"])
        at = chance.randrange(len(piece))
        yield f"%{escape_like(piece[:at])}{wild}{escape_like(piece[at + len(wild) :])}%"


def test_every_matching_text_has_all_keys_of_the_pattern(db):
    chance = random.Random(7)
    fields = [(_text(chance, 20), _text(chance, 12)) for _ in range(2_000)]
    names, emails = (list(each) for each in zip(*fields, strict=True))
    rows = []
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT name, email, customer_search_text(name, email, NULL, NULL)"
            " FROM unnest(%s::text[], %s::text[]) AS rows (name, email)",
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
def test_a_pattern_with_adjacent_characters_is_indexable(pattern, has):
    assert is_indexable(pattern) is has


def test_alternatives_are_combined_up_to_the_maximum():
    two, many = ["%abc%", "%def%"], [f"%abc{number:03d}%" for number in range(100)]
    assert len(alternatives([two, two, ["%ghi%"]])) == 4
    assert len(alternatives([two, many])) == 2
    assert alternatives([two, ["%a%"]]) == alternatives([two])
    assert alternatives([many]) == alternatives([["%_%"]]) == []


def test_a_sign_beside_a_character_matches_without_an_index(acme_api):
    body = {"name": "Q.E.D.", "email": "nobody@nowhere.test"}
    assert acme_api.post("/api/v1/customers", body).status_code == 201
    for text in ("q.", ".e", "d."):
        body = acme_api.get("/api/v1/customers", {"search": text}).json()
        assert [row["name"] for row in body["data"]] == ["Q.E.D."]
    assert alternatives(Terms("q.").patterns()) == []


@pytest.mark.parametrize("name", ["\u4e28\u5092\u5609", "\u4e29\u5092\u5649"])
def test_characters_with_the_same_hash_in_pg_trgm_differ(acme_api, name):
    body = {"name": name, "email": "nobody@nowhere.test"}
    assert acme_api.post("/api/v1/customers", body).status_code == 201
    body = acme_api.get("/api/v1/customers", {"search": name}).json()
    assert [row["name"] for row in body["data"]] == [name]


def test_rows_of_two_organizations_at_once_are_empty(acme, globex):
    for tenant in (acme, globex):
        Customer(organization=tenant.organization, name="Ada", email="a@b.test").save()
    rows = Customer.objects.owned_by(acme.organization).owned_by(globex.organization)
    for tenant in (acme, globex):
        search = Search(rows, Terms("ada"), organization_id=tenant.organization.pk)
        assert search.slice(0, 10) == ([], 0, True)
        assert search.queryset().count() == 0


def test_a_search_without_organization_matches_in_all(acme, globex):
    for tenant in (acme, globex):
        Customer(
            organization=tenant.organization, name="Ada Lovelace", email="a@b.test"
        ).save()
    everywhere = Customer.objects.all()
    assert Search(everywhere, Terms("lovelace")).slice(0, 10).total == 2
    assert Search(everywhere, Terms("lovelcae")).slice(0, 10).total == 2
    own = Customer.objects.owned_by(acme.organization)
    search = Search(own, Terms("lovelace"), organization_id=acme.organization.pk)
    assert [row.organization for row in search.queryset()] == [acme.organization]
    both = own | Customer.objects.owned_by(globex.organization)
    assert Search(both, Terms("lovelace")).queryset().count() == 2

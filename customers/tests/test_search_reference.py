"""A search matches, ranks and counts what a plain reading of all rows does."""

import random
import re

import pytest
from django.db import connection

from customers.models import Customer
from customers.search.statement import Search
from customers.search.terms import Terms, edit_patterns, edits, escape_like

FIRST = ["Anna", "Ann", "Joanna", "Li", "Lisa", "Jörg", "O'Brien", "東芝", "Maria"]
LAST = ["Schmidt", "Smith", "Müller", "Johnson", "Ann", "Li-Wei", "株式会社"]
DOMAINS = ["example.com", "li.test", "smith.example"]


def customer(chance, organization, number):
    first, last = chance.choice(FIRST), chance.choice(LAST)
    return Customer(
        organization=organization,
        name=chance.choice([f"{first} {last}", first, f"{last}, {first}"]),
        email=f"{chance.choice('abc')}{number % 9}@{chance.choice(DOMAINS)}",
        external_id=chance.choice([None, f"CUST-{number:04d}"]),
        phone=chance.choice([None, f"+49 30 {number % 40:04d}"]),
        status=chance.choice(["ACTIVE", "INACTIVE"]),
    )


def texts(chance):
    """Texts that match many rows, some, one or none, with typos among them."""
    for _ in range(15):
        words = chance.sample(FIRST + LAST + DOMAINS, chance.choice([1, 1, 2, 6]))
        text = " ".join(words)
        start = chance.choice([0, 0, 1])
        yield text[start : start + chance.choice([1, 2, 3, 4, 99])].strip() or text
    yield from ("0012", "+49 30 0007", "(030) 0007", "CUST-0005", "%", "_", "q.")
    yield from ("shcmidt", "jonhson", "anna shcmidt", "nobodyhere", "A1@EXAMPLE.COM")


def like(pattern, text):
    """LIKE without an index."""
    parts = re.findall(r"\\(.)|([%_])|(.)", pattern, re.DOTALL)
    wildcards = {"%": ".*", "_": "."}
    expression = "".join(
        wildcards[wild] if wild else re.escape(escaped or plain)
        for escaped, wild, plain in parts
    )
    return re.fullmatch(expression, text, re.DOTALL) is not None


def rank(terms, text):
    whole, words = escape_like(terms.folded), [*map(escape_like, terms.required)]
    phones = [f"%\n{digits}" for digits in (terms.digits, terms.national) if digits]
    levels = [
        [[*phones, f"%\n{whole}\n%"]],
        [[f"\n{whole} %"]],
        [[f"\n{whole}%"]],
        [[f"%\n{whole}%"]],
        [[f"% {word} %"] for word in words],
        [[f"% {word}%"] for word in words],
    ]
    return next(
        (level for level, patterns in enumerate(levels) if matches(patterns, text)),
        len(levels),
    )


def matches(patterns, text):
    return all(any(like(each, text) for each in choices) for choices in patterns)


def expected(rows, terms):
    """The ids of all matches, best first."""
    texts = dict(rows.values_list("pk", "search_text"))
    hits = [pk for pk, text in texts.items() if matches(terms.patterns(), text)]
    if not hits and (expressions := terms.typo_expressions()):
        return sorted(
            (
                pk
                for pk, text in texts.items()
                if matches(terms.typo_patterns(), text)
                and all(re.search(each, text) for each in expressions)
            ),
            reverse=True,
        )
    further = [[[f"%{escape_like(word)}%"]] for word in terms.optional]
    return sorted(
        sorted(hits, reverse=True),
        key=lambda pk: (
            rank(terms, texts[pk]),
            -sum(matches(each, texts[pk]) for each in further),
        ),
    )


def test_a_search_matches_what_reading_all_rows_does(acme, globex):
    chance = random.Random(1)
    for tenant in (acme, globex):
        Customer.objects.bulk_create(
            customer(chance, tenant.organization, number) for number in range(120)
        )
    everyone = Customer.objects.owned_by(acme.organization)
    for text in texts(chance):
        terms = Terms(text)
        for rows, is_narrowed in (
            (everyone, False),
            (everyone.filter(status="INACTIVE"), True),
        ):
            search = Search(
                rows,
                terms,
                organization_id=acme.organization.pk,
                is_narrowed=is_narrowed,
            )
            ids, size = expected(rows, terms), chance.choice([1, 5, 300])
            start = chance.randrange(len(ids) + 1)
            page = search.slice(start, start + size)
            assert [row.pk for row in page.rows] == ids[start : start + size], text
            assert (page.total, page.is_exact or text in "%_q.") == (len(ids), True)
            assert {*search.queryset().values_list("pk", flat=True)} == {*ids}


@pytest.mark.parametrize("pieces", [2, 4])
def test_every_edit_of_a_word_matches_one_of_its_patterns(pieces):
    chance = random.Random(5)
    for size in range(4, 25):
        word = "".join(chance.choices("abc", k=size))
        patterns = edit_patterns(word, pieces)
        for edit in edits(word, "z"):
            assert any(like(pattern, f"\n {edit} \n") for pattern in patterns), edit


def test_a_word_that_one_of_twenty_has_is_counted_exactly(acme, acme_api, monkeypatch):
    """Reading the newest rows would end at the maximum of such matches."""
    monkeypatch.setattr("customers.search.statement.NEWEST_MATCHES", 15)
    Customer.objects.bulk_create(
        Customer(
            organization=acme.organization,
            name="Smith" if number % 20 == 0 else "Jones",
            email="a@b.test",
        )
        for number in range(400)
    )
    meta = acme_api.get("/api/v1/customers", {"search": "smith"}).json()["meta"]
    assert (meta["total"], meta.get("total_is_exact", True)) == (20, True)


def prepared():
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE %s",
            ["WITH newest AS%"],
        )
        return cursor.fetchone()[0]


def test_unusual_searches_are_not_prepared(acme_api):
    url = "/api/v1/customers"
    acme_api.get(url, {"search": "ada king"})
    before = prepared()
    assert before > 0
    for text in ("ada king byron noel", "a b c d e optional"):
        acme_api.get(url, {"search": text})
    acme_api.get(url, {"search": "ada", "status": "ACTIVE"})
    assert prepared() == before

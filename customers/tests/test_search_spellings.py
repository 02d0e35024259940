"""A search matches in any spelling of a field, typed or pasted."""

import sys
import unicodedata

import pytest
from django.db import connection

from customers.models import Customer
from customers.search.normalization import fold

URL = "/api/v1/customers"
EMAIL = "ada.king+billing@example.com"
ADA = {"name": "Ada King", "email": EMAIL, "external_id": "Acme, Inc/7"}


@pytest.fixture
def search(acme, acme_api):
    """Save customers of Acme, names or fields; return the names of the matches."""

    def ask(text, *customers, **parameters):
        for customer in customers:
            is_name = isinstance(customer, str)
            fields = {"name": customer} if is_name else customer
            body = {"email": "nobody@nowhere.test"} | fields
            assert acme_api.post(URL, body).status_code == 201, body
        answer = acme_api.get(URL, {"search": text} | parameters)
        assert answer.status_code == 200, answer.content
        data = answer.json()["data"]
        assert all(row["matched_on"] for row in data), data
        return [row["name"] for row in data]

    return ask


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("O'Brien", "o\u2019brien"),
        ("O\u2019Brien", "o'brien"),
        ("O\u00b4Brien", "o'brien"),
        ("O`Brien", "O\u2018BRIEN"),
        ("O'Brien", "obrien"),
        ("Bon app'", "Bon app\u2019"),
        ("Hawai\u02bbi Coffee", "hawai'i"),
        ("Hawai\u02bbi Coffee", "hawaii"),
        ("Jean\u2011Luc", "jean-luc"),
        ("Jean-Luc", "jean\u2013luc"),
        ("Foo \u201cBar\u201d Baz", 'foo "bar"'),
        ("\u0645\u062d\u0645\u0651\u062f", "\u0645\u062d\u0645\u062f"),
        (
            "\u0645\u062d\u0645\u062f",
            "\u0645\u064f\u062d\u064e\u0645\u0651\u064e\u062f",
        ),
        ("\u05e9\u05b8\u05c1\u05dc\u05d5\u05b9\u05dd", "\u05e9\u05dc\u05d5\u05dd"),
        ("\u00de\u00f3r\u00f0ur", "thordur"),
        ("Thordur", "\u00fe\u00f3r\u00f0ur"),
        ("Zero\u200dWidth\u00ad Joiner", "zerowidth"),
        ("\u845b\U000e0100\u57ce", "\u845b\u57ce"),
        ("\u0e17\u0e35\u0e48\u0e14\u0e34\u0e19", "\u0e17\u0e35\u0e14\u0e34\u0e19"),
        ("Caf\u00e9 24", "cafe \u0662\u0664"),
        ("M\ufffdller", "M\ufffdller"),
    ],
)
def test_search_ignores_marks_and_styles_of_signs(search, name, text):
    assert search(text, name, "Somebody Else") == [name]


def test_one_spelling_does_not_hide_another(search):
    names = {"O'Brien", "O\u2019Brien", "O\u2018Brien"}
    assert set(search("o'brien", *names)) == names


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("\u682a\u5f0f\u4f1a\u793e\u6771\u829d", "\u6771\u829d"),
        ("\u682a\u5f0f\u4f1a\u793e\u6771\u829d", "\u4f1a\u793e"),
        ("\u682a\u5f0f\u4f1a\u793e\u6771\u829d", "\u829d"),
        ("\u30b9\u30bf\u30fc\u30d0\u30c3\u30af\u30b9", "\u30c3\u30af"),
        ("ABC\u5546\u4e8b", "\u5546\u4e8b"),
        ("\uc0bc\uc131\uc804\uc790", "\uc804\uc790"),
    ],
)
def test_two_characters_match_in_scripts_without_spaces(search, name, text):
    assert search(text, name, "\u65e5\u672c") == [name]


@pytest.mark.parametrize(
    ("phone", "text"),
    [
        ("+44 (0)20 7946 0958", "+44 20 7946 0958"),
        ("+44 20 7946 0958", "+44 (0)20 7946 0958"),
        ("020 7946 0777", "+44 20 7946 0777"),
        ("+44 20 7946 0777", "020 7946 0777"),
        ("020 7946 0777", "0044 20 7946 0777"),
        ("(020) 7946 0777", "+44 (0) 20 7946 0777"),
        ("+41 44 668 18 00", "+41\u201344\u2013668\u201318\u201300"),
        ("+41\u201144\u2011668\u201118\u201100", "+41446681800"),
        ("+41 44 668 18 00", "tel:+41446681800"),
        ("+41 44 668 18 00", "tel:+41-44-668-18-00;ext=7"),
        ("+41 44 668 18 00", "\u202a+41 44 668 18 00\u202c"),
        ("\u0660\u0662\u0660 \u0667\u0669\u0664\u0666", "020 7946"),
        ("020 7946 0777", "\u0660\u0662\u0660 \u0667\u0669\u0664\u0666 \u0660"),
        ("\uff10\uff12\uff10 7946 0777", "020 7946 0777"),
        ("020 7946 0777", "+44 020 7946 0777"),
        ("123456", "+44 123456"),
        ("+49 4321 5", "43-21"),
    ],
)
def test_a_phone_matches_in_any_notation(search, phone, text):
    other = {"name": "B", "phone": "+49 30 1234 0777"}
    assert search(text, {"name": "A", "phone": phone}, other) == ["A"]


@pytest.mark.parametrize(
    ("phone", "text"),
    [("020 7946 0777", "44 20 7946 0777"), ("12345", "+44 12345"), ("9912", "0012")],
)
def test_few_digits_and_a_number_without_its_plus_are_no_phone(search, phone, text):
    assert search(text, {"name": "A", "phone": phone}) == []


@pytest.mark.parametrize(
    ("fields", "text", "matched"),
    [
        ({"phone": "5550100"}, "555 0100", "5550100"),
        ({"phone": "1234-12-34"}, "12.34", "1234"),
        ({"name": "\u682a\u5f0f\u4f1a\u793e"}, "\u4f1a\u793e", "\u4f1a\u793e"),
    ],
)
def test_matched_on_has_the_first_match_only(search, acme_api, fields, text, matched):
    search("A", {"name": "A"} | fields)
    (customer,) = acme_api.get(URL, {"search": text}).json()["data"]
    assert [part["text"] for part in customer["matched_on"]] == [matched]


def test_matched_on_has_the_notation_of_the_phone(search, acme_api):
    search("1234", {"name": "A", "phone": "+44 (0)20 7946-0958"})
    (customer,) = acme_api.get(URL, {"search": "+44 20 7946"}).json()["data"]
    assert customer["matched_on"] == [{"field": "phone", "text": "44 (0)20 7946"}]


def test_a_name_of_many_words_matches(search):
    name = "Furia Bacalhau e Frutos do Mar"
    names = [name, f"{name} Lda", "Furia Bacalhau e Frutos do Rio"]
    assert search(name, *names)[:2] == [names[0], names[1]]
    assert search(f"{name}, Lisboa, Portugal")[2:] == [names[2]]
    assert search("mar do frutos e bacalhau furia") == [names[1], names[0]]


@pytest.mark.parametrize(
    "text",
    [
        EMAIL,
        EMAIL.upper(),
        EMAIL.replace("+", " "),
        f"mailto:{EMAIL}",
        f"mailto:{EMAIL.replace('@', '%40')}?subject=Hello",
        f"Ada K. <{EMAIL}>",
        f'"King, Ada" <{EMAIL}>;',
        f"<{EMAIL}>",
        "https://billing.example/api/v1/customers/external/Acme%2C%20Inc%2F7",
    ],
)
def test_pasted_text_matches(search, text):
    assert search(text, ADA, "Ada Queen") == ["Ada King"]


@pytest.mark.parametrize(
    "pair",
    [
        '""',
        "''",
        "<>",
        "\u201c\u201d",
        "\u201e\u201c",
        "\u201d\u201d",
        "\u2018\u2019",
        "\u00ab\u00bb",
        "\u00bb\u00ab",
    ],
)
def test_pasted_text_matches_without_its_quotes(search, pair):
    before, after = pair
    assert search(f"{before}Acme, Inc/7{after}", ADA) == ["Ada King"]
    assert search(f"{before}A{after}") == ["Ada King"]


@pytest.mark.parametrize(
    ("name", "text"),
    [('Say "" Ltd', '""'), ("https://acme.example/shop", "https://acme.example/shop")],
)
def test_a_pair_of_quotes_and_another_address_match_as_text(search, name, text):
    assert search(text, name, "Sayers") == [name]


def test_an_external_id_may_look_like_a_path(search):
    external_id = "a/customers/external/b"
    address = f"/api/v1/customers/external/{external_id}"
    assert search(address, {"name": "A", "external_id": external_id}, "B") == ["A"]


def test_an_id_matches_in_any_notation(search, acme_api):
    search("ada", ADA)
    key = acme_api.get(URL).json()["data"][0]["id"]
    for text in (
        key,
        key.upper(),
        key.replace("-", ""),
        f"{{{key}}}",
        f"urn:uuid:{key}",
        f'"{key}"',
        f"http://127.0.0.1:8000/api/v1/customers/{key}",
        f"https://x.example/admin/customers/customer/{key}/change/?_changelist_filters=q",
        f"/api/v1/customers/{key}/subscriptions/01935a3e-7c4b-7d3a-9f01-6f2a5e1c0b7d",
        key[:8],
        key[:13],
        key[:20].upper(),
    ):
        assert search(text) == ["Ada King"], text


@pytest.mark.parametrize(
    ("name", "text"),
    [("AT&T", "t&"), ("AT&T", "&t"), ("Q.E.D.", "e."), ("Nr. 55", "5 no")],
)
def test_matched_on_is_never_empty(search, name, text):
    assert search(text, name)[:1] in ([name], [])


def test_postgresql_folds_every_character_as_python_does(db):
    """Except unassigned ones, which one side's version of Unicode may not know."""
    characters = [
        chr(code)
        for code in range(1, sys.maxunicode + 1)
        if unicodedata.category(chr(code)) not in {"Cn", "Cs", "Co"}
    ]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT c, customer_fold(c) FROM unnest(%s::text[]) AS c",
            [characters],
        )
        different = {
            character: (fold(character), folded)
            for character, folded in cursor.fetchall()
            if fold(character) != folded
        }
    assert len(characters) > 100_000
    assert {hex(ord(each)): pair for each, pair in different.items()} == {}


@pytest.mark.parametrize(
    "text",
    [
        "M\u00fcller & S\u00f6hne",
        "\u00d8rsted \u0141\u00f3d\u017a \u0110\u1eb7ng \u00df \u00c6sop \u0153uvre",
        "\u0130stanbul I\u015f\u0131k",
        "\u03a8\u03c5\u03c7\u03ae \u039f\u0394\u039f\u03a3",
        "\uff46\uff55\uff4c\uff4c \ufb01ne \u00bd \u2122",
        "\u0401\u043b\u043a\u0430 \u0407\u0436\u0430\u043a",
        "e\u0301 o\u0308",
        "\u65e5\u672c \ud55c\uad6d \u0e44\u0e17\u0e22",
        "\u06f1\u06f2 \u0967\u0968 O\u00b4Brien `a`",
        "plain `quotes` only",
    ],
)
def test_postgresql_folds_text_as_python_does(db, text):
    with connection.cursor() as cursor:
        cursor.execute("SELECT customer_fold(%s)", [text])
        assert cursor.fetchone()[0] == fold(text)


def test_search_text_has_the_fields_words_and_digits(acme):
    Customer.objects.create(
        organization=acme.organization,
        name="O\u2019Brien \u6771\u829d\u793e",
        email="o@b.test",
        phone="+44 (0)20 7",
    )
    text = Customer.objects.values_list("search_text", flat=True).get()
    lines, words = text.split("\n ")
    assert lines == "\no'brien \u6771\u829d\u793e\no@b.test\n+44 (0)20 7"
    assert words.split("\n")[1] == "44207"
    assert {"obrien", "\u6771\u829d", "\u829d\u793e", "\u793e"} <= set(words.split())

"""What a search text is looked up by: keys, patterns, and the parts that matched.

PostgreSQL computes the same keys for each row (`customers/sql/search.sql`), so these
tables change with it only.
"""

from uuid import UUID

import pytest

from customers.models import Customer
from customers.search.terms import (
    Terms,
    alternatives,
    edit_patterns,
    edits,
    phone_suffix_key,
    prefix_keys,
    tolerates_typo,
    typo_keys,
)

PK = UUID("0193b0c4-7a1e-7c55-9f3c-5d1f0f6a1b2c")
ANNA = [
    "_anna",
    "_nna",
    "a_na",
    "a_nna",
    "an_a",
    "an_na",
    "ana",
    "anan",
    "ann",
    "ann_",
    "ann_a",
    "anna",
    "anna_",
    "nana",
    "nna",
]
MARIA = [
    "^mar",
    "~6<mai",
    "~6<mar",
    "~6>ria",
    "~aria",
    "~maia",
    "~mara",
    "~mari",
    "~maria",
    "~mria",
]
WILSON = [
    "^wil",
    "~6<wil",
    "~6<wis",
    "~6>son",
    "~7<wil",
    "~7<wis",
    "~7>lson",
    "~ilson",
    "~wilon",
    "~wilsn",
    "~wilso",
    "~wilson",
    "~wison",
    "~wlson",
]
WILSONS = [
    "^wil",
    "~6<wil",
    "~6<wis",
    "~6>ons",
    "~7<wil",
    "~7<wis",
    "~7>sons",
    "~8<wilo",
    "~8<wils",
    "~8>sons",
]


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        ("anna", ["^ann"]),
        ("wilson, anna", ["^ann", "^wil"]),
        ("an", []),
        ("müller", ["^mül"]),
        ("1234", ["^123"]),
        ("12345", ["^12345"]),
        ("123456", ["^12345"]),
        ("4711abc", ["^4711a"]),
        ("a12345", ["^a12"]),
        # Each two characters of a script without spaces are a word.
        ("日本", ["^日本"]),
        ("日本語学", ["^日本"]),
        ("日", []),
    ],
)
def test_words_have_keys_of_their_beginnings(text, keys):
    assert prefix_keys(text) == keys


@pytest.mark.parametrize(
    ("word", "keys"),
    [
        ("anna", ["^ann", "~ana", "~ann", "~anna", "~nna"]),
        ("maria", MARIA),
        ("wilson", WILSON),
        ("wilsons", WILSONS),
    ],
)
def test_a_typo_leaves_a_half_or_a_short_word(word, keys):
    assert typo_keys(word) == keys


def test_edits_add_remove_replace_and_exchange_a_character():
    assert edits("anna", "_") == ANNA


@pytest.mark.parametrize(
    ("word", "pieces", "patterns"),
    [
        ("anna", 4, [f"% {edit} %" for edit in ANNA]),
        ("maria", 2, [f"% {edit} %" for edit in edits("maria", "_")]),
        ("wilson", 2, ["%son %", "% wil%", "% wislon %"]),
        (
            "wilson",
            4,
            [
                "%ilson %",
                "% w%son %",
                "% wil%on %",
                "% wils%",
                "% iwlson %",
                "% wislon %",
                "% wilosn %",
            ],
        ),
    ],
)
def test_a_long_word_is_looked_up_by_its_intact_pieces(word, pieces, patterns):
    assert edit_patterns(word, pieces) == patterns


@pytest.mark.parametrize(
    ("word", "tolerates"),
    [
        ("abc", False),
        ("abcd", True),
        ("a" * 24, True),
        ("a" * 25, False),
        ("anna1", False),
    ],
)
def test_names_tolerate_typos(word, tolerates):
    assert tolerates_typo(word) is tolerates


@pytest.mark.parametrize(
    ("patterns", "expected"),
    [
        (
            [["%abcd%", "%efgh%"], ["%wxyz%"]],
            [
                ["xwxyzx xabcdx", "qwxyzq qabcdq", "éwxyzé éabcdé"],
                ["xwxyzx xefghx", "qwxyzq qefghq", "éwxyzé éefghé"],
            ],
        ),
        # No index has a single character, or characters around an unknown one.
        ([["%ab_cd%"], ["%x%"]], []),
    ],
)
def test_patterns_are_combined_to_alternatives(patterns, expected):
    assert alternatives(patterns) == expected


def test_at_most_64_alternatives_are_looked_up():
    eight, nine = ["%abc%"] * 8, ["%def%"] * 9
    assert len(alternatives([eight, eight])) == 64
    assert len(alternatives([nine, eight])) == 8
    assert len(alternatives([["%abc%"] * 5, ["%def%"] * 13])) == 5


@pytest.mark.parametrize(
    ("text", "required", "keys"),
    [
        ("ada lovelace", ["ada", "lovelace"], [["^ada", "^lov"]]),
        ("zu 12", ["zu", "12"], []),
        ("+49 30 123456", ["+49 30 123456"], [["^12345"], ["#3456"]]),
        ("a b c d e f", ["a", "b", "c", "d", "e"], []),
        ("", [], []),
    ],
)
def test_all_of_five_words_are_required(text, required, keys):
    terms = Terms(text)
    assert (terms.required, terms.global_keys()) == (required, keys)
    assert terms.is_searchable is bool(required)


def test_the_last_digits_of_a_phone_are_a_key():
    assert phone_suffix_key("4930123456") == "#3456"


@pytest.mark.parametrize(("length", "searchable"), [(255, True), (256, False)])
def test_a_text_has_a_length(length, searchable):
    assert Terms("x" * length).is_searchable is searchable


@pytest.mark.parametrize(
    ("text", "is_code"),
    [
        ("ada@example.com", True),
        ("o4711", True),
        ("ada", False),
        ("ada b1", False),
        ("@ada", False),
    ],
)
def test_an_address_or_a_number_is_a_code(text, is_code):
    assert Terms(text).is_code is is_code


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        ("ada wilson", [["^ada"], WILSON]),
        # A short word has no key.
        ("zu maria", [MARIA]),
    ],
)
def test_each_word_has_keys_of_its_typos(text, keys):
    assert Terms(text).global_typo_keys() == keys


@pytest.mark.parametrize(
    ("text", "patterns", "expressions"),
    [
        ("wilson", [["%wilson%", *edit_patterns("wilson", 4)]], 1),
        ("zu wilson", [["% zu%"], ["%wilson%", *edit_patterns("wilson", 2)]], 1),
        ("ada", [["% ada%"]], 0),
    ],
)
def test_one_word_has_more_patterns_of_typos_than_each_of_several(
    text, patterns, expressions
):
    terms = Terms(text)
    assert terms.typo_patterns() == patterns
    assert len(terms.typo_expressions()) == expressions


@pytest.mark.parametrize(
    ("text", "count"),
    [("one two three four fiver", 3), ("one two three four fiver sixer", 0)],
)
def test_of_more_than_five_words_none_tolerates_a_typo(text, count):
    assert len(Terms(text).typo_expressions()) == count


@pytest.mark.parametrize(
    ("text", "values", "parts"),
    [
        ("ada", {}, {"name": "Ada", "email": "ada"}),
        ("com x", {"external_id": "x"}, {"email": "com", "external_id": "x"}),
        ("ada ada", {"name": "Ada Ada"}, {"name": "Ada", "email": "ada"}),
        ("lo", {"name": "Solo Lo"}, {"name": "Lo"}),
        (str(PK), {}, {"id": str(PK)}),
        (PK.hex.upper(), {}, {"id": str(PK)}),
        ("0193b0c4-7a1e", {}, {"id": "0193b0c4-7a1e"}),
        # The id of another object: the name stands for the row.
        ("0193b0c5", {}, {"name": "Ada Lovelace"}),
        ("zzz", {}, {"name": "Ada Lovelace"}),
        ("oneil", {"name": "Pat O'Neil"}, {"name": "O'Neil"}),
        ("neil pat", {"name": "Pat O'Neil"}, {"name": "Pat O'Neil"}),
        ("o'n", {"name": "Pat O'Neil"}, {"name": "O'N"}),
        ("one", {"name": "Pat O'Neil"}, {"name": "O'Ne"}),
        ("ana", {"name": "Anabel Banana"}, {"name": "Ana"}),
        ("wilsno", {"name": "Tom Wilson"}, {"name": "Wilson"}),
        ("iwlson", {"name": "Tom Wilson"}, {"name": "Wilson"}),
        ("wislon", {"name": "Tom Wilson"}, {"name": "Wilson"}),
        ("wlson", {"name": "Tom Wilson"}, {"name": "Wilson"}),
        ("wilxxn", {"name": "Tom Wilson"}, {"name": "Tom Wilson"}),
        ("+49 30 123456", {"phone": "030 / 12 34 56"}, {"phone": "30 / 12 34 56"}),
        (
            "+49 30 123456",
            {"phone": "+49 30 123456", "external_id": "+49 30 123456"},
            {"external_id": "+49 30 123456", "phone": "+49 30 123456"},
        ),
        ("123", {"external_id": "a123", "phone": "55"}, {"external_id": "123"}),
    ],
)
def test_a_row_shows_the_parts_that_matched(text, values, parts):
    row = Customer(
        pk=PK, **{"name": "Ada Lovelace", "email": "ada@example.com"} | values
    )
    matched = Terms(text).matched_on(row)
    assert {part["field"]: part["text"] for part in matched} == parts

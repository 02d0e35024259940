"""The admin speaks German, as proof that every word of it is in the catalog."""

import gettext
import re
from pathlib import Path

import pytest
from django.conf import settings
from django.utils import translation

from fluxrate.admin.names import names
from fluxrate.admin.words import WORDS
from organizations.models import User

CATALOG = Path(settings.LOCALE_PATHS[0]) / "de" / "LC_MESSAGES" / "django"
TEMPLATES = settings.BASE_DIR / "fluxrate" / "templates" / "admin"
# A tag of HTML, a tag or a variable of Django, or what no reader translates.
MARKUP = re.compile(
    r"<(script|pre|kbd)\b.*?</\1>|\{%\s*block (?:bodyclass|coltype).*?endblock %\}"
    r"|\{%\s*blocktranslate.*?endblocktranslate\s*%\}|\{[%{#].*?[%}#]\}|&\w+;"
    r"|<(?:\{[%{].*?[%}]\}|[^<>])*>",
    re.DOTALL,
)
LETTERS = re.compile(r"[^\W\d_]{2,}")
ENTRY = re.compile(
    r'^msgid "(.+)"\n(?:msgid_plural .*\n)?msgstr(?:\[0\])? "(.*)"$', re.M
)


@pytest.fixture
def german(staff):
    User.objects.update(language="de")
    return staff


def test_the_compiled_catalog_is_that_of_the_text():
    text = CATALOG.with_suffix(".po").read_text()
    with CATALOG.with_suffix(".mo").open("rb") as file:
        compiled = gettext.GNUTranslations(file)._catalog
    entries = {
        key: value for key, value in ENTRY.findall(text) if "\\" not in key + value
    }
    assert len(entries) > 300
    plain = {key: compiled.get(key, compiled.get((key, 0))) for key in entries}
    assert plain == entries
    assert "" not in entries.values(), "A word has no translation: make messages"
    assert "#, fuzzy" not in text


def test_every_name_of_the_admin_is_in_the_catalog():
    with translation.override("en"):
        assert names() - set(WORDS) == set()


@pytest.mark.parametrize(
    "path", sorted(TEMPLATES.rglob("*.html")), ids=lambda p: p.name
)
def test_no_template_has_words_outside_of_the_catalog(path):
    assert LETTERS.findall(MARKUP.sub(" ", path.read_text())) == []


@pytest.mark.parametrize(
    ("path", "words"),
    [
        (
            "",
            [
                "Neueste Kunden",
                "Letzte Änderungen von Mitarbeitern",
                "Zeitzone",
                "Neue Kunden nach Monat",
            ],
        ),
        (
            "customers/customer/",
            ["Alles finden", "<h1>Kunden", ">Abonnements<"],
        ),
        ("customers/customer/add/", ["Rechnungsadresse", "Warum", "Name:"]),
        ("preferences/", ["Wie der Browser", "Tastenkürzel"]),
        ("nowhere/", ["Nicht gefunden", "Zurück zur Verwaltung"]),
    ],
)
def test_a_page_is_german(german, path, words):
    text = german.get(f"/admin/{path}").text
    assert [word for word in words if word not in text] == []
    assert 'lang="de"' in text

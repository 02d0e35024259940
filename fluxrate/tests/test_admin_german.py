"""German staff read German: no page of the admin has an English sentence."""

import re
from html.parser import HTMLParser

import pytest
from django.contrib.admin import site
from django.db import transaction

from fluxrate.tests.admin_walk import Rows, addresses, browser
from organizations.models import User

pytestmark = pytest.mark.django_db
# Words of English sentences that no German one has.
ENGLISH = re.compile(
    r"\b(the|of|and|to|is|are|this|that|with|by|for|not|it|from|when|has|have|only|"
    r"what|who|its|be|can|or|been|no|all|at|you|your|any|none|yes|these|which)\b",
    re.IGNORECASE,
)
# Names of countries, currencies and permissions come from elsewhere.
LISTS = re.compile("country|currency|permissions|time_zone")
SHOWN = ("aria-label", "title", "placeholder", "alt")


class Text(HTMLParser):
    """The texts that a reader of the page sees or hears."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []
        self.skipped = ""

    def handle_starttag(self, tag, pairs):
        attributes = dict(pairs)
        is_list = tag == "select" and LISTS.search(attributes.get("name", ""))
        if not self.skipped and (tag in {"script", "style", "pre", "q"} or is_list):
            self.skipped = tag
        self.texts += [attributes[name] or "" for name in SHOWN if name in attributes]
        if attributes.get("type") in {"submit", "button"}:
            self.texts.append(attributes.get("value") or "")

    def handle_endtag(self, tag):
        if tag == self.skipped:
            self.skipped = ""

    def handle_data(self, data):
        if not self.skipped:
            self.texts.append(data)


def english(page):
    parser = Text()
    parser.feed(page)
    texts = (" ".join(text.split()) for text in parser.texts)
    return sorted({text for text in texts if ENGLISH.search(text)})


@pytest.fixture(scope="module")
def world(django_db_setup, django_db_blocker):
    with django_db_blocker.unblock(), transaction.atomic():
        rows, client = Rows("aardvark"), browser("german", (), is_superuser=True)
        User.objects.update(language="de")
        yield rows, client
        transaction.set_rollback(True)


@pytest.mark.parametrize("path", addresses())
def test_a_page_has_no_english_sentence(world, path):
    rows, client = world
    answer = client.get(rows.url(path), follow=True)
    if answer.headers.get("Content-Type", "").startswith("text/html"):
        assert english(answer.text) == []


@pytest.mark.parametrize(
    ("model", "action"),
    [
        (model, action.name)
        for model, each in site._registry.items()
        for action in (*(each.actions or ()), *(a for _, a in site.actions))
        if hasattr(action, "run_many")
    ],
    ids=str,
)
def test_a_question_has_no_english_sentence(world, model, action):
    rows, client = world
    if model not in rows.by_model:
        return
    page = f"/admin/{model._meta.app_label}/{model._meta.model_name}/"
    data = {"action": action, "_selected_action": [rows.pk(model)]}
    answer = client.post(page, data, follow=True)
    assert english(answer.text) == []

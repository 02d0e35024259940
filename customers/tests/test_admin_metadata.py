"""Metadata in the admin: rows that are merged key by key, and a box for JSON."""

import pytest

from customers.models import Customer
from customers.tests.test_admin_concurrent_edits import asked, choices, opened, saved
from fluxrate.models import Event


@pytest.fixture
def ada(acme):
    return Customer.objects.create(
        organization=acme.organization,
        name="Ada",
        email="ada@example.com",
        metadata={"tier": "gold", "crm": "a-1"},
    )


def changed_by_others(acme_api, ada, **metadata):
    answer = acme_api.patch(f"/api/v1/customers/{ada.pk}", {"metadata": metadata})
    assert answer.status_code == 200


def rows(form, **values):
    """The rows of the form with other values, and new ones."""
    keys, texts = list(form["metadata-key"]), list(form["metadata-value"])
    for key, text in values.items():
        if key not in keys:
            keys[keys.index("")] = key
        texts[keys.index(key)] = text
    return {"metadata-key": keys, "metadata-value": texts}


def test_a_key_is_changed_added_and_removed(staff, ada):
    form = opened(staff, ada)
    assert form["metadata-key"] == ["crm", "tier", "", "", ""]
    more = rows(form, tier="silver", city="Köln")
    saved(staff, ada, form, **more, **{"metadata-remove": "crm"})
    assert ada.metadata == {"tier": "silver", "city": "Köln"}


def test_an_emptied_value_or_box_removes_nothing(staff, ada):
    form = opened(staff, ada)
    answer = saved(staff, ada, form, **rows(form, tier=" "))
    assert "Write a value, or tick Remove: tier." in answer.text
    for box in ("", "  ", "{}"):
        saved(staff, ada, form, metadata=box, name=f"King {len(box)}")
    assert ada.metadata == {"tier": "gold", "crm": "a-1"}


@pytest.mark.parametrize("emptied", ["", "  ", "null"])
def test_a_form_without_rows_removes_nothing_by_an_empty_box(staff, ada, emptied):
    form = opened(staff, ada)
    form = {name: form[name] for name in form if not name.startswith("metadata-")}
    answer = saved(staff, ada, form, metadata=emptied, name="King")
    assert "An empty box removes nothing." in answer.text
    assert ada.metadata == {"tier": "gold", "crm": "a-1"}


def test_pasted_json_is_merged_into_the_rows(staff, ada):
    form = opened(staff, ada)
    saved(staff, ada, form, metadata='{"tier": "silver", "crm": null, "a": "b"}')
    assert ada.metadata == {"tier": "silver", "a": "b"}


@pytest.mark.parametrize(
    ("pasted", "problem"),
    [
        ('{"a": "1", "a": "2"}', "a"),
        ('{"a": {"b": "c"}}', "not a string"),
        ("[1]", "A flat map of strings is needed."),
        ("{", "JSON"),
        ("[" * 2_000, ""),
    ],
)
def test_bad_json_is_refused_and_stays_in_the_box(staff, ada, pasted, problem):
    form = opened(staff, ada)
    answer = saved(staff, ada, form, **rows(form, tier="silver"), metadata=pasted)
    assert problem in " ".join(answer.context["adminform"].form.errors["metadata"])
    again = asked(answer)
    assert again["metadata"][0].strip() == pasted
    assert "silver" in again["metadata-value"]


def test_a_key_that_is_written_twice_is_refused(staff, ada):
    form = opened(staff, ada)
    more = {
        "metadata-key": ["crm", "tier", "tier"],
        "metadata-value": ["a-1", "gold", "silver"],
    }
    answer = saved(staff, ada, form, **more)
    assert answer.context["adminform"].form.errors["metadata"]
    assert ada.metadata == {"tier": "gold", "crm": "a-1"}


def test_different_keys_are_merged(staff, acme_api, ada):
    form = opened(staff, ada)
    changed_by_others(acme_api, ada, city="Köln", crm="a-2")
    saved(staff, ada, form, **rows(form, tier="silver", country="DE"))
    merged = {"tier": "silver", "crm": "a-2", "city": "Köln", "country": "DE"}
    assert ada.metadata == merged


@pytest.mark.parametrize("mine", [True, False])
def test_the_same_key_asks_which_value_to_save(staff, acme_api, ada, mine):
    form = opened(staff, ada)
    changed_by_others(acme_api, ada, tier="bronze", city="Köln")
    answer = saved(staff, ada, form, **rows(form, tier="silver", a="b"), reason="T 17")
    for text in ("tier: gold", "tier: bronze", "tier: silver"):
        assert text in answer.text
    again = asked(answer)
    assert again["reason"] == ["T 17"]
    choice = choices(answer)
    if not mine:
        choice = {key: text.replace("mine", "theirs") for key, text in choice.items()}
    saved(staff, ada, again | choice)
    tier = "silver" if mine else "bronze"
    assert ada.metadata == {"tier": tier, "crm": "a-1", "city": "Köln", "a": "b"}
    assert Event.objects.filter(object_id=ada.pk).count() == 3

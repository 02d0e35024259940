"""The pages that mailed links lead to, as a browser is given them."""

import re
from contextlib import closing
from urllib.parse import urlsplit

import pytest

from conftest import PASSWORD
from organizations.models import User

PAGES = {
    "/join": "/api/v1/invitations/accept",
    "/reset-password": "/api/v1/auth/password/reset/confirm",
    "/confirm-email": "/api/v1/auth/email/confirm",
}
every_page = pytest.mark.parametrize("page", PAGES)
pytestmark = pytest.mark.usefixtures("static_files")


@every_page
def test_a_page_runs_no_script_but_a_file_of_ours(client, page):
    answer = client.get(page)
    assert answer.status_code == 200
    policy = answer["Content-Security-Policy"].split("; ")
    assert "default-src 'none'" in policy
    assert "script-src 'self'" in policy
    assert "form-action 'none'" in policy
    assert "unsafe" not in answer["Content-Security-Policy"]
    inline = r"<style|<script(?![^>]*src=)|\s(?:on\w+|style)=|javascript:"
    assert not re.search(inline, answer.text)


@every_page
def test_nobody_learns_of_a_page_that_was_opened(client, page):
    answer = client.get(page)
    assert answer["Referrer-Policy"] == "no-referrer"
    assert answer["Cache-Control"] == "no-store"
    assert not answer.cookies
    assert client.post(page).status_code == 405


@every_page
def test_every_file_that_a_page_loads_is_there(client, db, page):
    text = client.get(page).text
    files = set(re.findall(r'<(?:link|img|script)[^>]+(?:href|src)="([^"]+)"', text))
    assert len(files) == 4
    for file in files:
        assert file.startswith("/static/"), file
        with closing(client.get(file)) as answer:
            assert answer.status_code == 200, file


@every_page
def test_every_field_has_a_label_and_says_what_belongs_in_it(client, page):
    text = client.get(page).text
    assert "<noscript>" in text
    fields = re.findall(r"<input[^>]* name=[^>]*>", text)
    assert len(fields) == {"/join": 2, "/reset-password": 1}.get(page, 0)
    for field in fields:
        name = re.search(r'id="(\w+)"', field).group(1)
        assert f'<label for="{name}">' in text
        assert "autocomplete=" in field


@every_page
def test_a_form_sends_what_its_address_takes(client, db, page):
    text = client.get(page).text
    address = re.search(r'data-address="([^"]+)"', text).group(1)
    assert address == PAGES[page]
    names = re.findall(r'<input[^>]* name="(\w+)"', text)
    body = {"token": "no-such-link"} | dict.fromkeys(names, "staple-orbit-lantern")
    refused = client.post(address, body, content_type="application/json")
    assert (refused.status_code, refused.json()["code"]) == (422, "invalid_link")


def test_the_link_of_every_letter_leads_to_a_page(acme_api, stranger, mailoutbox):
    acme_api.post("/api/v1/invitations", {"email": "a@b.example", "role": "VIEWER"})
    owner = {"email": User.objects.get().email}
    stranger.post("/api/v1/auth/password/reset", owner)
    signup = {"email": "c@d.example", "password": PASSWORD, "organization_name": "N"}
    stranger.post("/api/v1/auth/signup", signup)
    links = [re.search(r"http\S+", mail.body).group() for mail in mailoutbox]
    assert {urlsplit(link).path for link in links} == set(PAGES)
    for link in links:
        assert stranger.get(urlsplit(link).path).status_code == 200

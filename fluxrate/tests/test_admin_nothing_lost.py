"""With and without scripts, nothing typed is lost and nothing is done twice."""

from contextlib import suppress

import pytest
from playwright.sync_api import Error, expect

from fluxrate.tests.browser import EMAIL
from fluxrate.tests.live_site import PASSWORD

CUSTOMERS = "/admin/customers/customer/"


@pytest.fixture
def ada(owner):
    fields = {"name": "Ada", "email": "ada@example.com", "phone": "+1 111"}
    return owner.ask("POST", "/api/v1/customers", fields).json()["id"]


@pytest.fixture(params=["scripts", "no scripts"])
def page(browser_page, complaints, request):
    """A browser with or without JavaScript, and the same login."""
    if request.param == "scripts":
        return browser_page
    browser = browser_page.context.browser
    origin = browser_page.evaluate("location.origin")
    context = browser.new_context(
        java_script_enabled=False, base_url=complaints.origin or origin
    )
    context.add_cookies(browser_page.context.cookies())
    return context.new_page()


def edit(page, ada):
    page.goto(f"{CUSTOMERS}{ada}/change/")
    page.fill("#id_phone", "+1 333")
    page.fill("#id_reason", "Ticket 17")


def save_what_came_back(page, owner, ada):
    expect(page.locator("div.errornote")).to_contain_text("Nothing is saved yet")
    expect(page.locator("#id_phone")).to_have_value("+1 333")
    expect(page.locator("#id_reason")).to_have_value("Ticket 17")
    with suppress(Error):
        page.dblclick("input[name=_save]", no_wait_after=True)
    expect(page.locator(".messagelist li").first).to_be_visible()
    events = owner.ask("GET", f"/api/v1/customers/{ada}/events").json()["data"]
    assert [each["reason"] for each in events if each["reason"]] == ["Ticket 17"]


def test_a_form_outlives_its_session(page, owner, ada):
    edit(page, ada)
    page.context.clear_cookies(name="admin_session")
    page.click("input[name=_save]")
    expect(page.get_by_role("status")).to_contain_text("What you typed is not lost")
    page.fill("#id_username", EMAIL)
    page.fill("#id_password", PASSWORD)
    page.click("text=Log in >> nth=-1")
    save_what_came_back(page, owner, ada)


def test_a_form_outlives_another_login(page, owner, ada):
    """A login changes the CSRF token, so the open page has an invalid one."""
    edit(page, ada)
    url = page.url.partition("/admin")[0]
    page.context.add_cookies([{"name": "csrftoken", "value": "a" * 32, "url": url}])
    page.click("input[name=_save]")
    save_what_came_back(page, owner, ada)


def test_an_action_drops_no_edits(page, owner, ada):
    edit(page, ada)
    page.click("button >> text=Mark inactive…")
    expect(page.locator("div.errornote")).to_contain_text("You have changed this form")
    expect(page.locator("p.errornote")).to_be_hidden()
    expect(page.locator("#id_phone")).to_have_value("+1 333")
    page.click("input[name=_save]")
    expect(page.locator(".messagelist .success")).to_be_visible()
    edit(page, ada)
    page.fill("#id_phone", "+1 444")
    page.click("button >> text=Mark inactive…")
    page.click("button >> text=Mark inactive without saving")
    expect(page.locator("h1 >> text=Mark inactive")).to_be_visible()
    stored = owner.ask("GET", f"/api/v1/customers/{ada}").json()
    assert (stored["phone"], stored["status"]) == ("+1 333", "ACTIVE")


def test_the_enter_key_saves(page, owner, ada):
    edit(page, ada)
    page.press("#id_reason", "Enter")
    expect(page.locator(".messagelist .success")).to_be_visible()
    assert owner.ask("GET", f"/api/v1/customers/{ada}").json()["phone"] == "+1 333"


def test_back_after_an_action_shows_a_page(page, owner, ada):
    page.goto(f"{CUSTOMERS}{ada}/change/")
    page.click("button >> text=Mark inactive…")
    page.click("input[type=submit][value='Mark inactive']")
    expect(page.locator(".messagelist .success")).to_be_visible()
    page.go_back()
    expect(page.locator("h1 >> text=Mark inactive")).to_be_visible()
    status = owner.ask("GET", f"/api/v1/customers/{ada}").json()["status"]
    assert status == "INACTIVE"


def test_errors_link_to_their_fields_and_have_the_focus(page, ada):
    page.goto(f"{CUSTOMERS}{ada}/change/")
    page.fill("#id_email", "nobody")
    page.click("input[name=_save]")
    summary = page.locator("div.errornote")
    expect(summary).to_be_focused()
    expect(page.locator("p.errornote")).to_be_hidden()
    summary.get_by_role("link", name="Email").click()
    expect(page.locator("#id_email")).to_be_focused()


def test_a_customer_and_a_key_are_added_without_scripts(page, browser_page, owner):
    """By the organization's id, since nothing is suggested."""
    if page is browser_page:
        pytest.skip("Scripts suggest organizations.")
    organization = owner.ask("GET", "/api/v1/organization").json()
    page.goto(f"{CUSTOMERS}add/")
    page.fill("input[name=organization]", organization["id"])
    page.fill("#id_name", "Bo")
    page.fill("#id_email", "bo@example.com")
    page.click("input[name=_save]")
    expect(page.locator(".messagelist .success")).to_be_visible()
    (made,) = owner.ask("GET", "/api/v1/customers").json()["data"]
    assert made["name"] == "Bo"
    page.goto("/admin/organizations/apikey/add/")
    page.fill("input[name=organization]", organization["id"])
    page.fill("#id_name", "Import")
    page.check("text=customers.read")
    page.click("input[name=_save]")
    expect(page.locator(".secret code")).to_contain_text("org_live_")

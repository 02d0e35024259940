"""The admin in a real browser: scripts run, and none violates the security policy."""

import re
from contextlib import suppress

import pytest
from playwright.sync_api import Error, expect

CUSTOMERS = "/admin/customers/customer/"
PATIENT = 15_000


@pytest.fixture
def name(owner):
    """The name of the owner's organization."""
    return owner.ask("GET", "/api/v1/organization").json()["name"]


@pytest.fixture
def create(owner):
    """Create a customer or a plan by the API."""

    def make(path, **fields):
        answer = owner.ask("POST", f"/api/v1/{path}", fields)
        assert answer.status == 201, answer.body
        return answer.json()["id"]

    return make


@pytest.fixture
def ada(create):
    return create("customers", name="Ada", email="ada@example.com", phone="+1 111")


@pytest.fixture
def one(create, ada):
    plan = create("plans", name="Pro")
    return create("subscriptions", customer_id=ada, plan_id=plan)


def read(owner, path):
    return owner.ask("GET", f"/api/v1/{path}").json()


def success(page):
    expect(page.locator(".messagelist .success")).to_be_visible(timeout=PATIENT)


def fill_in(page, name):
    page.goto(f"{CUSTOMERS}add/")
    page.click(".select2-selection")
    page.fill(".select2-search__field", name)
    page.click(f".select2-results__option >> text={name}")
    page.fill("#id_name", "Ada")
    page.fill("#id_email", "ada@example.com")


def test_a_customer_is_added_by_hand(browser_page, owner, name):
    fill_in(browser_page, name)
    browser_page.click("input[name=_save]")
    success(browser_page)
    assert [each["name"] for each in read(owner, "customers")["data"]] == ["Ada"]


def test_save_pressed_twice_adds_one(browser_page, owner, name):
    fill_in(browser_page, name)
    with suppress(Error):
        browser_page.dblclick("input[name=_save]", no_wait_after=True)
    browser_page.wait_for_url(f"**{CUSTOMERS}")
    browser_page.goto(CUSTOMERS)
    assert len(read(owner, "customers")["data"]) == 1


def test_an_outdated_form_asks_which_value_to_save(browser_page, owner, ada):
    page = browser_page
    page.goto(f"{CUSTOMERS}{ada}/change/")
    owner.ask("PATCH", f"/api/v1/customers/{ada}", {"phone": "+1 222", "name": "King"})
    page.fill("#id_phone", "+1 333")
    page.fill("#id_reason", "Ticket 17")
    page.click("input[name=_save]")
    conflict = page.locator(".conflict")
    for value in ("+1 111", "+1 222", "+1 333"):
        expect(conflict).to_contain_text(value)
    expect(page.locator("#id_reason")).to_have_value("Ticket 17")
    conflict.get_by_label("Yours").check()
    page.click("input[name=_save]")
    success(page)
    stored = read(owner, f"customers/{ada}")
    assert (stored["phone"], stored["name"]) == ("+1 333", "King")


def test_the_calendar_of_an_action_writes_the_date(browser_page, owner, one):
    page = browser_page
    page.goto(f"/admin/customers/subscription/{one}/change/")
    page.click("button >> text=Pause…")
    page.click(".datetimeshortcuts a >> nth=1")
    page.click(".calendarbox .calendarnav-next")
    page.click(".calendarbox td a >> text='15'")
    assert page.input_value("#id_resumes_at_0").endswith("-15")
    page.fill("#id_resumes_at_1", "10:30")
    page.click("input[type=submit][value=Pause]")
    success(page)
    assert read(owner, f"subscriptions/{one}")["resumes_at"].endswith("-15T10:30:00Z")


def test_back_after_an_action_shows_its_page(browser_page, owner, one):
    page = browser_page
    page.goto(f"/admin/customers/subscription/{one}/change/")
    page.click("button >> text=Pause…")
    page.fill("#id_resumes_at_0", "2020-01-01")
    page.fill("#id_resumes_at_1", "00:00")
    page.fill("#id_reason", "Ticket 17")
    page.click("input[type=submit][value=Pause]")
    expect(page.locator(".errorlist")).to_contain_text("must lie after")
    expect(page.locator("#id_reason")).to_have_value("Ticket 17")
    page.fill("#id_resumes_at_0", "2999-01-01")
    page.click("input[type=submit][value=Pause]")
    success(page)
    page.go_back()
    expect(page.locator("h1 >> text=Pause")).to_be_visible()
    page.go_forward()
    expect(page.get_by_role("heading", name="Pro", level=1)).to_be_visible()
    assert read(owner, f"subscriptions/{one}")["status"] == "PAUSED"


def test_pages_of_errors_are_ours(browser_page, site):
    """Under the security policy, with the request's id and a link back."""
    page = browser_page
    for path, status in (
        (f"{CUSTOMERS}action/nothing/", 403),
        ("/admin/nothing/", 404),
        ("/nothing", 404),
    ):
        assert page.goto(path).status == status
        answer = page.evaluate("getComputedStyle(document.body).display")
        assert answer == "grid", "the style sheet is loaded"
        expect(page.locator("code")).to_have_text(re.compile("[0-9a-f-]{36}"))
        page.click("main a")
        assert page.url.endswith(("/admin/", f":{site.port}/"))


@pytest.mark.parametrize("width", [1440, 1024])
def test_no_column_of_a_list_is_cut_off(browser_page, create, width):
    long = "Wolfeschlegelsteinhausenbergerdorff Bartholomäus Maximilian"
    customer = create(
        "customers",
        name=long,
        email=f"{'bartholomaeus.maximilian' * 2}@subdomain.example.com",
        external_id="cus_0193b0c6-5e02-7b3d-8a4c-2f9d1e6b8c30",
        billing_address_country="DE",
    )
    plan = create("plans", name=long, lookup_id="professional-plus-monthly-2026")
    create("subscriptions", customer_id=customer, plan_id=plan)
    browser_page.set_viewport_size({"width": width, "height": 900})
    for path in (
        "customers/customer",
        "customers/plan",
        "customers/subscription",
        "fluxrate/event",
        "organizations/membership",
    ):
        browser_page.goto(f"/admin/{path}/")
        script = "e => [e.scrollWidth, e.clientWidth]"
        scroll, client = browser_page.eval_on_selector("#changelist .results", script)
        assert scroll <= client, path
        assert browser_page.evaluate("document.body.scrollWidth") <= width, path


def test_a_history_is_no_wider_than_a_phone(browser_page, owner, ada):
    owner.ask("PATCH", f"/api/v1/customers/{ada}", {"name": "Wolfeschlegel" * 5})
    browser_page.set_viewport_size({"width": 360, "height": 800})
    browser_page.goto(f"{CUSTOMERS}{ada}/history/")
    expect(browser_page.locator("#change-history .timeline > li")).to_have_count(2)
    width = browser_page.evaluate("document.documentElement.scrollWidth")
    assert width <= 360


def test_pasted_text_is_not_cut_off(browser_page, owner, ada):
    """`fill` sets a value whatever `maxlength` says; a paste does not."""
    page = browser_page
    page.goto(f"{CUSTOMERS}{ada}/change/")
    for reason in ("x" * 501, "\N{GRINNING FACE}" * 500):
        page.fill("#id_reason", "")
        page.focus("#id_reason")
        page.keyboard.insert_text(reason)
        expect(page.locator("#id_reason")).to_have_value(reason)
        page.fill("#id_phone", "+1 222")
        page.click("input[name=_save]")
        if len(reason) > 500:
            expect(page.locator(".errorlist")).to_contain_text("at most 500 characters")
    success(page)
    events = read(owner, f"customers/{ada}/events")["data"]
    assert [each["reason"] for each in events if each["reason"]] == [reason]


def test_back_after_a_refused_deletion_shows_its_page(browser_page, ada):
    page = browser_page
    page.goto(f"{CUSTOMERS}{ada}/delete/")
    page.focus("#id_reason")
    page.keyboard.insert_text("x" * 501)
    page.click("input[type=submit][value^=Yes]")
    expect(page.locator(".messagelist .error")).to_contain_text("at most 500")
    expect(page.locator("#id_reason")).to_have_value("x" * 501)
    page.fill("#id_reason", "Spam")
    page.click("input[type=submit][value^=Yes]")
    success(page)
    page.go_back()
    expect(page.locator(".messagelist .warning")).to_contain_text("has been deleted")


def test_a_violation_of_the_policy_is_reported(browser_page, complaints):
    """`browser_page` fails a test by its reports, so they must arrive."""
    browser_page.goto("/admin/")
    styled = "document.body.insertAdjacentHTML('beforeend', '<b style=color:red>x</b>')"
    with browser_page.expect_console_message():
        browser_page.evaluate(styled)
    assert "Content Security Policy" in complaints.messages.pop()


def test_an_exception_of_a_script_is_reported(browser_page, complaints):
    browser_page.goto("/admin/")
    with browser_page.expect_event("pageerror"):
        browser_page.evaluate("setTimeout(() => nothing(), 0)")
    assert "nothing is not defined" in complaints.messages.pop()


def test_one_key_leads_to_the_search_of_everything(browser_page, ada):
    page = browser_page
    page.goto(f"{CUSTOMERS}?status__exact=ACTIVE")
    page.locator("h1").click()
    page.keyboard.press("/")
    expect(page.locator("#site-search-text")).to_be_focused()
    page.keyboard.insert_text(f'"{ada}"')
    page.keyboard.press("Enter")
    page.wait_for_url(f"**{CUSTOMERS}{ada}/")
    expect(page.get_by_role("heading", name="Ada", level=1)).to_be_visible()


@pytest.mark.parametrize("width", [1440, 360])
def test_a_long_value_of_metadata_hides_no_column(browser_page, owner, ada, width):
    metadata = {"k" * 40: "x" * 500, "note": "word " * 60}
    owner.ask("PATCH", f"/api/v1/customers/{ada}", {"metadata": metadata})
    browser_page.set_viewport_size({"width": width, "height": 900})
    browser_page.goto(f"{CUSTOMERS}{ada}/change/")
    expect(browser_page.get_by_role("heading", name="Ada", level=1)).to_be_visible()
    rows = browser_page.locator(".metadata-rows")
    scroll, client = rows.evaluate("e => [e.scrollWidth, e.clientWidth]")
    assert scroll <= client
    assert browser_page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("width", [1440, 1024, 360])
def test_the_pages_to_read_are_no_wider_than_the_screen(browser_page, ada, width):
    browser_page.set_viewport_size({"width": width, "height": 900})
    for path in ("/admin/", f"{CUSTOMERS}{ada}/", "/admin/search?q=ada"):
        browser_page.goto(path)
        size = browser_page.evaluate("document.documentElement.scrollWidth")
        assert size <= width, path


def test_leaving_a_form_with_changes_asks_first(browser_page, ada):
    page, asked = browser_page, []
    page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.dismiss()))
    page.goto(f"{CUSTOMERS}{ada}/change/")
    page.locator("#id_phone").press_sequentially("9")
    page.click(".breadcrumbs a >> text=Home", no_wait_after=True)
    page.wait_for_timeout(500)
    assert asked == ["beforeunload"]
    expect(page.locator("#id_phone")).to_have_value("9+1 111")
    page.click("input[name=_save]")
    success(page)
    assert asked == ["beforeunload"]

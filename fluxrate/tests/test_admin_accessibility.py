"""The admin's pages by axe (WCAG 2.2 AA): nothing serious, nothing critical."""

import pytest
from axe_playwright_python.sync_playwright import Axe

RULES = {
    "runOnly": {
        "type": "tag",
        "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"],
    }
}
PAGES = (
    "/admin/",
    "/admin/customers/customer/",
    "/admin/customers/customer/?q=nobody-of-this-name",
    "/admin/customers/customer/add/",
    "/admin/customers/subscription/add/",
    "/admin/fluxrate/event/",
    "/admin/organizations/user/",
    "/admin/organizations/user/add/",
    "/admin/organizations/membership/add/",
    "/admin/auth/group/add/",
    "/admin/nowhere/",
)
SERIOUS = {"serious", "critical"}


@pytest.fixture
def findings(browser_page, complaints):
    """What axe has to say: the rule and the elements that break it."""

    def ask(page):
        page.wait_for_load_state("networkidle")
        before = len(complaints.messages)
        found = Axe().run(page, options=RULES).response["violations"]
        # The policy of the page stops what axe tries: no fault of the page.
        del complaints.messages[before:]
        return serious(found)

    return ask


def serious(found):
    return {
        each["id"]: [node["html"][:200] for node in each["nodes"]]
        for each in found
        if each["impact"] in SERIOUS
    }


@pytest.mark.parametrize("address", PAGES)
def test_a_page_has_nothing_serious(browser_page, findings, address):
    browser_page.goto(address)
    assert findings(browser_page) == {}


def test_pages_of_a_record_have_nothing_serious(browser_page, findings, owner):
    made = owner.ask(
        "POST", "/api/v1/customers", {"name": "Ada", "email": "ada@acme.example"}
    ).json()
    base = f"/admin/customers/customer/{made['id']}"
    for name in ("change", "history", "delete"):
        browser_page.goto(f"{base}/{name}/")
        assert findings(browser_page) == {}, name
    browser_page.goto(f"{base}/change/")
    browser_page.click("text=Mark inactive…")
    browser_page.wait_for_selector("input[name=reason]")
    assert findings(browser_page) == {}


def test_a_user_with_a_membership_has_nothing_serious(browser_page, findings, owner):
    browser_page.goto("/admin/organizations/user/")
    browser_page.click("#result_list tbody tr:first-child th a")
    assert findings(browser_page) == {}
    browser_page.goto("/admin/fluxrate/event/")
    browser_page.click("#result_list tbody tr:first-child th a")
    assert findings(browser_page) == {}


def test_axe_is_heard(browser_page, findings):
    browser_page.goto("/admin/")
    browser_page.evaluate("document.body.append(document.createElement('select'))")
    assert "select-name" in findings(browser_page)

"""The admin's pages have no serious or critical violation of WCAG 2.2 AA, by axe."""

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
    "/admin/search?q=a",
    "/admin/nowhere/",
)
SERIOUS = {"serious", "critical"}


@pytest.fixture
def findings(browser_page, complaints):
    """The violations that axe reports: each rule with its elements."""

    def ask(page):
        page.wait_for_load_state("networkidle")
        before = len(complaints.messages)
        violations = Axe().run(page, options=RULES).response["violations"]
        # The page's security policy blocks axe itself, which is no fault of the page.
        del complaints.messages[before:]
        return serious(violations)

    return ask


def serious(violations):
    return {
        violation["id"]: [node["html"][:200] for node in violation["nodes"]]
        for violation in violations
        if violation["impact"] in SERIOUS
    }


@pytest.mark.parametrize("address", PAGES)
def test_a_page_has_no_serious_violation(browser_page, findings, address):
    browser_page.goto(address)
    assert findings(browser_page) == {}


def test_pages_of_a_record_have_no_serious_violation(browser_page, findings, owner):
    made = owner.ask(
        "POST", "/api/v1/customers", {"name": "Ada", "email": "ada@acme.example"}
    ).json()
    base = f"/admin/customers/customer/{made['id']}"
    for name in ("", "change/", "history/", "delete/"):
        browser_page.goto(f"{base}/{name}")
        assert findings(browser_page) == {}, name
    browser_page.goto(f"{base}/change/")
    browser_page.click("text=Mark inactive…")
    browser_page.wait_for_selector("input[name=reason]")
    assert findings(browser_page) == {}


def test_a_user_with_a_membership_has_no_serious_violation(
    browser_page, findings, owner
):
    browser_page.goto("/admin/organizations/user/")
    browser_page.click("#result_list tbody tr:first-child th a")
    assert findings(browser_page) == {}
    browser_page.goto("/admin/fluxrate/event/")
    browser_page.click("#result_list tbody tr:first-child th a")
    assert findings(browser_page) == {}


def test_axe_reports_a_violation(browser_page, findings):
    browser_page.goto("/admin/")
    browser_page.evaluate("document.body.append(document.createElement('select'))")
    assert "select-name" in findings(browser_page)

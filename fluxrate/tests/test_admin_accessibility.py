"""The admin's pages have no serious or critical violation of WCAG 2.2 AA, by axe.

`make test-browser` sees every page in light and dark at three widths; the suite sees
the two that differ most.
"""

import json
import os

import pytest
from axe_playwright_python.sync_playwright import Axe

RULES = {
    "runOnly": {
        "type": "tag",
        "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"],
    }
}
SERIOUS = {"serious", "critical"}
LOOKS = [(scheme, width) for scheme in ("light", "dark") for width in (1440, 1024, 360)]
if not os.environ.get("ALL_LOOKS"):
    LOOKS = [LOOKS[0], LOOKS[-1]]
CUSTOMERS = "/admin/customers/customer/"
# Pages of one address, beside the pages of the records below.
ADDRESSES = (
    "/admin/",
    CUSTOMERS,
    f"{CUSTOMERS}?q=nobody-of-this-name",
    f"{CUSTOMERS}add/",
    "/admin/customers/subscription/",
    "/admin/customers/subscription/add/",
    "/admin/fluxrate/event/",
    "/admin/organizations/user/",
    "/admin/organizations/user/add/",
    "/admin/organizations/membership/add/",
    "/admin/auth/group/add/",
    "/admin/search?q=ada",
    "/admin/preferences/",
    "/admin/customers/",
    "/admin/account/",
    f"{CUSTOMERS}export/?q=ada",
    "/admin/fluxrate/deletionevent/",
    "/admin/organizations/apikey/",
    "/admin/organizations/apikey/add/",
    "/admin/organizations/invitation/",
    "/admin/organizations/organization/",
    "/admin/password_change/",
    "/admin/forgotten-password/",
    "/admin/nowhere/",
)


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


@pytest.fixture
def ada(owner):
    """A customer with a subscription and changes."""
    customer = {"name": "Ada", "email": "ada@acme.example", "metadata": {"a": "b"}}
    made = owner.ask("POST", "/api/v1/customers", customer).json()["id"]
    plan = owner.ask("POST", "/api/v1/plans", {"name": "Pro"}).json()["id"]
    body = {"customer_id": made, "plan_id": plan}
    for _ in range(2):
        owner.ask("POST", "/api/v1/subscriptions", body)
    owner.ask("PATCH", f"/api/v1/customers/{made}", {"phone": "+1 222"})
    assert owner.key
    return f"{CUSTOMERS}{made}/"


def pages_of_records(page, ada):
    """Open a page of each kind that shows a record; yield its name."""
    for name in ("", "change/", "history/?what=phone&to=x", "delete/"):
        page.goto(f"{ada}{name}")
        yield f"customer/{name}"
    page.goto(ada)
    page.click("text=Mark inactive…")
    page.wait_for_selector("input[name=reason]")
    yield "action"
    paths = ("user", "membership", "apikey", "organization")
    for path in (
        *(f"organizations/{name}" for name in paths),
        *("fluxrate/event", "customers/subscription", "customers/plan"),
    ):
        page.goto(f"/admin/{path}/")
        page.click("#result_list tbody tr:first-child th a")
        yield path


def select_and_go(page, path, action):
    page.goto(path)
    for box in page.locator("#result_list input.action-select").all()[:2]:
        box.check()
    page.select_option("select[name=action]", action)
    page.click("#changelist-form button[type=submit]")


def pages_of_lists(page):
    """Open what is used on a list; yield its name."""
    page.goto(f"{CUSTOMERS}?q=ada")
    page.click("summary >> text=Save this view")
    page.fill(".views input[name=name]", "Ada")
    page.click(".views button >> text=Save")
    yield "saved view"
    page.click("summary >> text=Status")
    yield "filter"
    select_and_go(page, f"{CUSTOMERS}?q=ada", "delete_selected")
    yield "deletion of a selection"


def pages_of_actions(page):
    """Open the pages of an action on two rows; yield their names."""
    select_and_go(page, "/admin/customers/subscription/", "pause")
    yield "question"
    page.fill("[name=reason]", "Ticket 17")
    page.click(".submit-row input")
    page.wait_for_url("**/admin/actions/*/")
    yield "result"
    page.click("text=Take this batch back…")
    yield "take back"
    page.goto("/admin/actions/")
    yield "actions"


def pages_of_forms(page):
    """Open what a form leads to; yield its name."""
    page.goto(f"{CUSTOMERS}add/")
    page.click("input[name=_save]")
    yield "errors"
    page.goto("/admin/account/")
    page.click("text=Set it up")
    yield "second factor"
    page.click("button >> text=Cancel")


def pages(page, ada):
    for address in ADDRESSES:
        page.goto(address)
        yield address
    yield from pages_of_records(page, ada)
    yield from pages_of_lists(page)
    yield from pages_of_actions(page)
    yield from pages_of_forms(page)
    page.goto("/admin/")
    page.keyboard.press("?")
    yield "shortcuts"
    page.context.clear_cookies()
    page.goto("/admin/login/")
    yield "login"


@pytest.mark.parametrize(("scheme", "width"), LOOKS)
def test_no_page_has_a_serious_violation(browser_page, findings, ada, scheme, width):
    browser_page.emulate_media(color_scheme=scheme)
    browser_page.set_viewport_size({"width": width, "height": 900})
    found = {name: findings(browser_page) for name in pages(browser_page, ada)}
    assert len(found) > 40
    violations = {name: rules for name, rules in found.items() if rules}
    assert not violations, json.dumps(violations, indent=1)


def test_axe_reports_a_violation(browser_page, findings):
    browser_page.goto("/admin/")
    browser_page.evaluate("document.body.append(document.createElement('select'))")
    assert "select-name" in findings(browser_page)

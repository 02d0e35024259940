"""A whole day of staff in one browser, with the network closed and an empty console.

`browser_page` fails where a page logs an error, breaks its security policy or asks
another host.
"""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from fluxrate.tests.live_site import CHECKOUT, PASSWORD

CUSTOMERS = "/admin/customers/customer/"
ROWS = 1_001
# Several steps of this day wait for a thousand rows.
PATIENT = 20_000


@pytest.fixture
def many(owner):
    """The ids of 1,001 customers in Portugal, and of Guadalupe."""
    owner.ask("PATCH", "/api/v1/organization", {"name": "Day Corporation"})
    data = [
        {
            "name": f"Row {n}",
            "email": f"r{n}@x.example",
            "billing_address_country": "PT",
        }
        for n in range(ROWS - 1)
    ]
    data.append({"name": "Guadalupe Peña", "email": "guadalupe@x.example"})
    data[-1] |= {"phone": "+1 111", "billing_address_country": "PT"}
    for start in range(0, ROWS, 500):
        part = data[start : start + 500]
        operations = [{"op": "create", "data": row} for row in part]
        answer = owner.ask(
            "POST", "/api/v1/customers/batch", {"operations": operations}
        ).json()
    return answer["data"][-1]["data"]["id"]


def success(page: Page, text: str = "") -> None:
    expect(page.locator(".messagelist .success").first).to_contain_text(text)


def read(owner, path):
    return owner.ask("GET", f"/api/v1/{path}").json()


def find_and_filter(page: Page, pk: str) -> None:
    page.goto("/admin/")
    page.keyboard.press("/")
    page.keyboard.type("guadal")
    page.keyboard.press("Enter")
    expect(page.get_by_role("link", name="Guadalupe Peña").first).to_be_visible()
    page.goto(CUSTOMERS)
    page.click("summary >> text=Country")
    page.fill("input[name=billing_address_country]", "PT")
    page.keyboard.press("Enter")
    expect(page.locator(".chip.active")).to_contain_text("PT")
    page.get_by_role("link", name="Guadalupe Peña").click()
    page.wait_for_url(re.compile(f"{CUSTOMERS}{pk}/"))


def edit_with_a_reason_and_a_conflict(page: Page, owner, pk: str) -> None:
    page.get_by_role("link", name="Edit", exact=True).click()
    page.fill("#id_phone", "+1 222")
    page.fill("#id_reason", "Ticket 17")
    page.click("input[name=_save]")
    success(page)
    page.goto(f"{CUSTOMERS}{pk}/change/")
    owner.ask("PATCH", f"/api/v1/customers/{pk}", {"phone": "+1 333"})
    page.fill("#id_phone", "+1 444")
    page.click("input[name=_save]")
    page.locator(".conflict").get_by_label("Yours").check()
    page.click("input[name=_save]")
    success(page)
    assert read(owner, f"customers/{pk}")["phone"] == "+1 444"
    page.goto(f"{CUSTOMERS}{pk}/history/")
    expect(page.locator("ol.timeline")).to_contain_text("Ticket 17")


def restore_a_value(page: Page, owner, pk: str) -> None:
    page.goto(f"{CUSTOMERS}{pk}/")
    page.get_by_role("link", name="Restore phone: +1 111").click()
    expect(page.locator("#id_phone")).to_have_value("+1 111")
    assert read(owner, f"customers/{pk}")["phone"] == "+1 444", "Nothing is saved yet."
    page.click("input[name=_save]")
    success(page)
    assert read(owner, f"customers/{pk}")["phone"] == "+1 111"


def work(site) -> None:
    """The worker's lane, once."""
    command = [sys.executable, "manage.py", "work", "--lane", "bulk", "--once"]
    done = subprocess.run(
        command, cwd=CHECKOUT, env=site.environment, capture_output=True, check=False
    )
    assert done.returncode == 0, done.stderr.decode()


def confirm_password(page: Page) -> None:
    if page.locator("#id_password_again").count():
        page.fill("#id_password_again", PASSWORD)
        page.click("input[type=submit][value=Continue]")


def act_on_all_and_take_it_back(page: Page, owner, site) -> None:
    page.goto(f"{CUSTOMERS}?billing_address_country=PT")
    page.check("#action-toggle")
    page.click("text=Select the whole list")
    page.select_option("select[name=action]", "mark_inactive")
    page.click("button[name=index]")
    expect(page.locator("#content-main")).to_contain_text("1,001")
    page.fill("#id_reason", "Moved away")
    page.click("input[type=submit][value='Mark inactive']")
    confirm_password(page)
    page.wait_for_url(re.compile("/admin/.*bulk.*|/admin/.*actions.*"))
    result = page.url
    work(site)
    page.goto(result)
    expect(page.locator("ul.counts")).to_contain_text("1,001 changed")
    assert read(owner, "customers?status=INACTIVE")["meta"]["total"] == ROWS
    page.click("text=Take this batch back…")
    page.click(".submit-row input[type=submit]")
    work(site)
    assert read(owner, "customers?status=INACTIVE")["meta"]["total"] == 0


def export(page: Page) -> None:
    page.goto(f"{CUSTOMERS}?billing_address_country=PT")
    page.get_by_role("link", name="Export").click()
    with page.expect_download() as download:
        page.click("#content form [type=submit]")
        confirm_password(page)
    rows = Path(download.value.path()).read_text().splitlines()
    assert len(rows) == ROWS + 1


def delete_and_restore(page: Page, owner, pk: str) -> None:
    page.goto(f"{CUSTOMERS}{pk}/")
    page.get_by_role("link", name="Delete…").click()
    page.fill("#id_reason", "By mistake")
    page.click("#content form input[type=submit]")
    confirm_password(page)
    success(page)
    assert owner.ask("GET", f"/api/v1/customers/{pk}").status == 404
    page.get_by_role("link", name="Deletions").last.click()
    page.click("button >> text=Restore…")
    page.click(".submit-row input[type=submit]")
    confirm_password(page)
    success(page)
    assert read(owner, f"customers/{pk}")["name"] == "Guadalupe Peña"


def make_a_key(page: Page, owner) -> None:
    organization = read(owner, "organization")["id"]
    page.goto(f"/admin/organizations/apikey/add/?organization={organization}")
    page.fill("#id_name", "Import")
    page.check("input[name=scopes][value='customers.read']")
    page.click("input[name=_save]")
    confirm_password(page)
    secret = page.locator(".secret code").inner_text()
    key = {"Authorization": f"Bearer {secret}"}
    assert owner.site.ask("GET", "/api/v1/customers", None, key).status == 200
    page.reload()
    expect(page.locator("body")).not_to_contain_text(secret)


def test_a_whole_day(browser_page, owner, site, many):
    page, pk = browser_page, many
    page.context.set_default_timeout(PATIENT)
    expect.set_options(timeout=PATIENT)
    find_and_filter(page, pk)
    edit_with_a_reason_and_a_conflict(page, owner, pk)
    restore_a_value(page, owner, pk)
    act_on_all_and_take_it_back(page, owner, site)
    export(page)
    delete_and_restore(page, owner, pk)
    make_a_key(page, owner)
    page.click("#logout-form button")
    expect(page.locator("#content")).to_contain_text("You are logged out")
    page.goto(CUSTOMERS)
    expect(page.locator("#id_username")).to_be_visible()

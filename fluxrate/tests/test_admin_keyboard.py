"""The admin by keyboard, and how much of it a browser loads."""

from playwright.sync_api import expect

CUSTOMERS = "/admin/customers/customer/"
# Bytes over the wire of the list of customers, with an empty cache and with a full one.
COLD, WARM = 200_000, 60_000
TRANSFERRED = """() => performance.getEntries()
    .reduce((sum, entry) => sum + (entry.transferSize || 0), 0)"""


class Keys:
    def __init__(self, page):
        self.page, self.number = page, 0

    def press(self, *keys):
        for key in keys:
            self.page.keyboard.press(key)
            self.number += 1


def test_a_customer_is_searched_opened_edited_and_saved_by_few_keys(
    browser_page, owner
):
    made = owner.ask(
        "POST", "/api/v1/customers", {"name": "Guadalupe", "email": "g@x.example"}
    ).json()
    page, keys = browser_page, Keys(browser_page)
    page.goto("/admin/")
    keys.press("/", *"guadal", "Enter")
    page.wait_for_url("**/admin/search?q=guadal")
    expect(page.locator(":focus")).to_have_text("Guadalupe")
    keys.press("Enter")
    page.wait_for_url(f"**{made['id']}/")
    keys.press("e")
    page.wait_for_url("**/change/")
    expect(page.locator(":focus")).to_have_id("id_name")
    keys.press("End", *" B", "Control+s")
    expect(page.locator(".messagelist .success")).to_be_visible()
    assert owner.ask("GET", f"/api/v1/customers/{made['id']}").json()["name"] == (
        "Guadalupe B"
    )
    assert keys.number <= 25


def test_the_sheet_lists_the_shortcuts_and_switches_them_off(browser_page):
    page = browser_page
    page.goto("/admin/preferences/")
    page.keyboard.press("?")
    sheet = page.get_by_role("dialog", name="Keyboard shortcuts")
    assert sheet.locator("kbd").all_text_contents() == ["/", "g", "c", "e", "s", "?"]
    page.keyboard.press("Escape")
    expect(sheet).to_be_hidden()
    page.keyboard.press("c")
    page.wait_for_url(f"**{CUSTOMERS}")
    page.keyboard.press("g")
    page.wait_for_url("**/admin/")
    page.click("#shortcuts-open")
    sheet.get_by_role("checkbox").uncheck()
    page.keyboard.press("Escape")
    page.keyboard.press("?")
    expect(sheet).to_be_hidden()
    page.goto(CUSTOMERS)
    page.keyboard.press("g")
    expect(page).to_have_url(f"{page.url.partition('/admin')[0]}{CUSTOMERS}")


def test_a_key_in_a_field_is_a_character(browser_page):
    page = browser_page
    page.goto("/admin/")
    page.keyboard.press("/")
    page.keyboard.type("/?gces")
    expect(page.locator("#site-search-text")).to_have_value("/?gces")


def test_a_list_is_light(browser_page, owner):
    owner.ask("PATCH", "/api/v1/organization", {"name": "Acme Corporation"})
    for number in range(50):
        body = {"name": f"Customer {number}", "email": f"c{number}@acme.example"}
        owner.ask("POST", "/api/v1/customers", body)
    for limit in (COLD, WARM):
        browser_page.goto(CUSTOMERS, wait_until="networkidle")
        assert browser_page.locator("#result_list tbody tr").count() == 50
        assert 1_000 < browser_page.evaluate(TRANSFERRED) <= limit

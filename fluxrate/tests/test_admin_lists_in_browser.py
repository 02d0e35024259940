"""The admin's lists and the overview of a customer in a real browser."""

import pytest
from playwright.sync_api import expect

LIST = "/admin/customers/customer/"


@pytest.fixture
def works(owner):
    """The name of an organization that comes after all others."""
    name = f"Zzyx {owner.email[6:14]}"
    owner.ask("PATCH", "/api/v1/organization", {"name": name})
    return name


@pytest.fixture
def ada(owner, works):
    body = {
        "name": "Wolfeschlegelsteinhausenbergerdorff Bartholomäus Maximilian",
        "email": f"{'bartholomaeus.maximilian' * 2}@subdomain.example.com",
        "external_id": "cus_0193b0c6-5e02-7b3d-8a4c-2f9d1e6b8c30",
        "billing_address_country": "DE",
        "metadata": {"tier": "gold"},
    }
    return owner.ask("POST", "/api/v1/customers", body).json()["id"]


@pytest.fixture
def plain_page(site, browser_page):
    """A page of the same session without scripts."""
    context = browser_page.context.browser.new_context(
        base_url=f"http://127.0.0.1:{site.port}",
        java_script_enabled=False,
        storage_state=browser_page.context.storage_state(),
    )
    yield context.new_page()
    context.close()


def test_an_organization_is_chosen_by_typing_three_letters(browser_page, works, ada):
    page = browser_page
    page.goto(LIST)
    page.click("summary >> text=Organization")
    page.click(".panel:visible .select2-selection")
    page.keyboard.type("zzy")
    page.click(f".select2-results__option >> text={works}")
    page.click(".panel:visible button >> text=Apply")
    expect(page.locator(".chip.active")).to_contain_text(works)
    expect(page.locator("#result_list tbody tr").first).to_contain_text("Wolfe")
    expect(page.locator("th.column-owner")).to_have_count(0)
    page.get_by_role("link", name="Remove the filter Organization").click()
    expect(page.locator(".chip.active")).to_have_count(0)
    expect(page.locator("th.column-owner")).to_be_visible()


def test_a_panel_closes_by_a_key_or_a_click_elsewhere(browser_page):
    page = browser_page
    page.goto(LIST)
    for leave in (lambda: page.keyboard.press("Escape"), page.locator("h1").click):
        page.click("summary >> text=Status")
        expect(page.locator(".panel:visible")).to_have_count(1)
        leave()
        expect(page.locator(".panel:visible")).to_have_count(0)


def test_on_a_phone_a_row_is_a_card(browser_page, ada):
    page = browser_page
    page.set_viewport_size({"width": 360, "height": 800})
    page.goto(f"{LIST}?external_id=cus_0193b0c6-5e02-7b3d-8a4c-2f9d1e6b8c30")
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    row = page.locator("#result_list tbody tr").first
    assert row.evaluate("e => getComputedStyle(e).display") == "grid"
    label = "e => getComputedStyle(e, '::before').content"
    assert row.locator(".field-country").evaluate(label) == '"Country"'
    for name in ("Missing", "Created from"):
        page.click(f"summary >> text={name}")
        box = page.locator(".panel:visible").bounding_box()
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= 360


def test_without_scripts_lists_are_filtered_and_views_saved(plain_page, works, ada):
    page = plain_page
    page.goto(LIST)
    page.click("summary >> text=Organization")
    page.fill("input[name=organization_name]", works.lower())
    page.click(".panel:visible button >> text=Apply")
    page.click("summary >> text=Metadata")
    page.fill(".panel:visible input[name=metadata]", "tier=gold")
    page.click(".panel:visible button >> text=Apply")
    expect(page.locator(".chip.active")).to_have_count(2)
    expect(page.locator("p.count")).to_have_text("1 customer")
    page.click("summary >> text=Save this view")
    page.fill(".views input[name=name]", "Gold")
    page.click(".views button >> text=Save")
    expect(page.locator(".views .current")).to_contain_text("Gold")
    page.click("text=Clear filters")
    page.click(".views a >> text=Gold")
    expect(page.locator("p.count")).to_have_text("1 customer")
    page.get_by_role("button", name="Delete the view Gold").click()
    expect(page.locator(".views .view", has_text="Gold")).to_have_count(0)


def test_a_list_is_exported_by_hand(browser_page, ada):
    page = browser_page
    page.goto(f"{LIST}?metadata=tier%3Dgold")
    page.click("text=Export…")
    page.get_by_label("phone").uncheck()
    with page.expect_download() as download:
        page.click("input[value='Export as CSV']")
    text = download.value.path().read_text()
    assert download.value.suggested_filename.startswith("customers-")
    assert "Wolfeschlegelsteinhausenbergerdorff" in text
    assert "phone" not in text.partition("\n")[0]


def test_the_overview_names_its_parts(browser_page, owner, works, ada):
    plan = owner.ask("POST", "/api/v1/plans", {"name": "Pro"}).json()["id"]
    body = {"customer_id": ada, "plan_id": plan, "external_id": "s-1"}
    owner.ask("POST", "/api/v1/subscriptions", body)
    page = browser_page
    page.goto(f"{LIST}{ada}/")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Wolfe")
    parts = ("Subscriptions", "Timeline", "Profile", "Metadata", "Missing", "API")
    for name in parts:
        expect(page.get_by_role("region", name=name, exact=True)).to_be_visible()
    for name in ("Edit", "History", "Delete…", "1 in all", "1 active", works):
        link = page.locator("#content-main").get_by_role("link", name=name, exact=True)
        expect(link).to_be_visible()
    page.set_viewport_size({"width": 360, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    page.set_viewport_size({"width": 1440, "height": 900})
    page.click("summary >> text=Actions")
    page.click("button >> text=Pause…")
    expect(page.get_by_role("heading", level=1)).to_have_text("Pause")

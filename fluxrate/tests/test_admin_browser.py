"""The admin in a real browser: scripts run, and none breaks the policy."""


def test_a_customer_is_added_by_hand(browser_page, owner):
    page = browser_page
    name = owner.ask("GET", "/api/v1/organization").json()["name"]
    page.goto("/admin/customers/customer/add/")
    page.click(".select2-selection")
    page.fill(".select2-search__field", name)
    page.click(f".select2-results__option >> text={name}")
    page.fill("#id_name", "Ada")
    page.fill("#id_email", "ada@example.com")
    page.click("input[name=_save]")
    page.wait_for_selector(".messagelist .success")
    customers = owner.ask("GET", "/api/v1/customers").json()["data"]
    assert [each["name"] for each in customers] == ["Ada"]


def test_what_the_policy_stops_is_a_complaint(browser_page, complaints):
    """`browser_page` fails a test by them, so they must be heard."""
    browser_page.goto("/admin/")
    styled = "document.body.insertAdjacentHTML('beforeend', '<b style=color:red>x</b>')"
    with browser_page.expect_console_message():
        browser_page.evaluate(styled)
    assert "Content Security Policy" in complaints.messages.pop()


def test_what_a_script_throws_is_a_complaint(browser_page, complaints):
    browser_page.goto("/admin/")
    with browser_page.expect_event("pageerror"):
        browser_page.evaluate("setTimeout(() => nothing(), 0)")
    assert "nothing is not defined" in complaints.messages.pop()

"""Accounts of staff in a real browser: scripts run under the security policy."""

import subprocess
import sys
import time
from base64 import b32decode

import pytest
from django_otp.oath import TOTP
from playwright.sync_api import expect

from fluxrate.tests.browser import EMAIL
from fluxrate.tests.live_site import CHECKOUT, PASSWORD

AGE = """
from django.contrib.sessions.backends.db import SessionStore
session = SessionStore("{key}")
session["{name}"] -= {seconds}
session.save()
"""


@pytest.fixture
def age(site, staff_cookies):
    """Let time pass for a value of the browser's session."""

    def pass_time(name, seconds):
        code = AGE.format(
            key=staff_cookies["admin_session"], name=name, seconds=seconds
        )
        subprocess.run(
            [sys.executable, "manage.py", "shell", "-v", "0", "-c", code],
            cwd=CHECKOUT,
            env=site.environment,
            capture_output=True,
            check=True,
        )

    return pass_time


def log_in(page, address):
    page.goto(f"/admin/login/?next={address}")
    page.fill("#id_username", EMAIL)
    page.fill("#id_password", PASSWORD)
    page.click("input[type=submit]")


def test_a_second_factor_from_the_first_scan_to_its_removal(browser_page):
    page = browser_page
    page.goto("/admin/account/")
    page.click("text=Set it up")
    expect(page.locator("svg.qr")).to_be_visible()
    app = TOTP(b32decode(page.locator("code.copyable").inner_text()))
    app.time = time.time()
    page.fill("#id_code", f"{app.token():06d}")
    page.click("text=Turn it on")
    codes = page.locator("ul.codes code").all_inner_texts()
    assert len(codes) == 10
    page.reload()
    expect(page.locator("ul.codes")).to_have_count(0)
    page.click("text=Log out everywhere")
    log_in(page, "/admin/organizations/user/")
    page.fill("#id_code", codes[0])
    page.click("input[type=submit]")
    expect(page.locator("h1")).to_have_text("Users")
    page.goto("/admin/account/")
    page.click("text=Remove the second factor")
    expect(page.locator("text=Set it up")).to_be_visible()


def test_a_notice_offers_to_stay_two_minutes_before_the_end(browser_page, age):
    page = browser_page
    page.clock.install()
    page.goto("/admin/account/")
    notice = page.locator("#session-end")
    expect(notice).to_be_hidden()
    age("seen_at", 1_700)
    page.clock.fast_forward("28:05")
    expect(notice).to_be_visible()
    page.click("text=Stay logged in")
    expect(notice).to_be_hidden()


def test_a_key_is_on_one_page_and_gone_on_reload(browser_page, owner):
    page = browser_page
    name = owner.ask("GET", "/api/v1/organization").json()["name"]
    page.goto("/admin/organizations/apikey/add/")
    page.click(".select2-selection")
    page.fill(".select2-search__field", name)
    page.click(f".select2-results__option >> text={name}")
    page.fill("#id_name", "Import")
    page.check("text=customers.read")
    page.click("input[name=_save]")
    secret = page.locator(".secret code").inner_text()
    assert secret.startswith("org_live_")
    page.reload()
    expect(page.locator("h1")).to_contain_text("Import")
    assert secret not in page.content()


def test_the_password_again_keeps_what_was_typed(browser_page, age, owner):
    page = browser_page
    made = owner.ask(
        "POST", "/api/v1/customers", {"name": "Ada", "email": "a@b.example"}
    ).json()["id"]
    page.goto(f"/admin/customers/customer/{made}/delete/")
    page.fill("#id_reason", "Ticket 17")
    age("password_entered_at", 700)
    page.click("#content input[type=submit]")
    page.fill("#id_password_again", PASSWORD)
    page.click("text=Continue")
    expect(page.locator(".messagelist")).to_contain_text("deleted")
    history = owner.ask("GET", f"/api/v1/customers/{made}/events").json()["data"]
    assert history[0]["reason"] == "Ticket 17"

"""The pages load our own files and hold no script of their own."""

import re

import pytest
from django.contrib.staticfiles.finders import find


@pytest.mark.parametrize("page", ["/docs", "/redoc"])
def test_every_script_and_style_is_a_file_of_ours(client, page):
    text = client.get(page).text
    assert not re.search(r"<style|<script(?![^>]*src=)|\son\w+=|javascript:", text)
    files = re.findall(r'(?:src|href)="([^"]*)"', text)
    files.remove("/openapi.yaml")
    assert len(files) >= 4
    for file in files:
        assert file.startswith("/static/"), file
        name = re.sub(r"\.[0-9a-f]{12}\.", ".", file.removeprefix("/static/"))
        assert find(name), name


@pytest.mark.parametrize("page", ["/docs", "/redoc"])
def test_no_script_runs_from_elsewhere_or_from_the_page(client, page):
    policy = client.get(page)["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "script-src 'self';" in policy
    assert "connect-src 'self'" in policy
    assert "http" not in policy


@pytest.mark.parametrize("page", ["/docs", "/redoc"])
def test_they_show_the_committed_document(client, page):
    assert 'data-document="/openapi.yaml"' in client.get(page).text


@pytest.mark.parametrize("page", ["/docs", "/redoc"])
def test_without_javascript_they_lead_to_the_document(browser_page, page):
    browser = browser_page.context.browser
    browser_page.goto("/health")
    origin = browser_page.url.removesuffix("/health")
    plain = browser.new_context(java_script_enabled=False, base_url=origin).new_page()
    plain.goto(page)
    assert "needs JavaScript" in plain.inner_text("body")
    link = plain.get_attribute("noscript a", "href")
    assert browser_page.request.get(f"{origin}{link}").text().startswith("openapi: 3")


def test_with_javascript_the_document_is_drawn(browser_page):
    browser_page.goto("/docs")
    browser_page.wait_for_selector("text=Customers, plans and subscriptions")
    assert "needs JavaScript" not in browser_page.inner_text("body")

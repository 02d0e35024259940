import re
from contextlib import closing


def test_the_front_page_leads_to_the_documents_and_the_admin(db, client, static_files):
    page = client.get("/")
    links = set(re.findall(r'<a href="([^"]+)"', page.text))
    assert links == {"/docs", "/redoc", "/openapi.yaml", "/docs/guides", "/admin/"}
    for address in re.findall(r'<(?:link|img)[^>]+(?:href|src)="([^"]+)"', page.text):
        with closing(client.get(address)) as answer:
            assert answer.status_code == 200, address
    assert "style-src 'self'" in page["Content-Security-Policy"]
    assert client.post("/").status_code == 405


def test_the_icon_that_browsers_ask_for_is_there(db, client, static_files):
    with closing(client.get("/favicon.ico", follow=True)) as answer:
        assert answer["Content-Type"] == "image/svg+xml"

"""RFC 3339 times in bodies, filters, `as_of` and commands."""

import pytest
from django.core.management import CommandError, call_command
from django.utils.http import urlencode

URL = "/api/v1/customers"
SAME = [
    "2026-01-31T10:00:00Z",
    "2026-01-31t10:00:00z",
    "2026-01-31T10:00:00.000z",
    "2026-01-31 10:00:00Z",
    "2026-01-31T10:00:00",
    "2026-01-31T10:00Z",
    "2026-01-31T10:00:00.000000999Z",
    "2026-01-31T10:00:00+00:00",
    "2026-01-31T10:00:00-00:00",
    "2026-01-31T12:30:00+02:30",
    "2026-01-30T23:00:00-11:00",
]
MALFORMED = [
    "2026-01-31T10:00:00+10:60",
    "2026-01-31T10:00:00+24:00",
    "2026-01-31T10:00:00+0530",
    "2026-01-31T10:00:00+05",
    "2026-01-31T10:00:00+00:00:00.5",
    "2026-01-31T10:00:00+00:00:00",
    "2026-01-31T10:00:00 Z",
    "2026-01-31T10:00:00Z ",
    " 2026-01-31T10:00:00Z",
    "2026-01-31T10:00:00Z\n",
    "2026-01-31T10:00:00ZZ",
    "2026-01-31T10:00:00,5Z",
    "2026-01-31T10:00:00.Z",
    "2026-01-31T10:00.5Z",
    "2026-01-31T10Z",
    "2026-01-31T10:00:60Z",
    "2026-01-31T24:00:00Z",
    "2026-01-31T1:00:00Z",
    "2026-01-31_10:00:00Z",
    "2026-01-31T",
    "2026-1-31",
    "1963-6-19T08:30:06Z",
    "2026-02-30T10:00:00Z",
    "20260131T100000Z",
    "20260131010",
    "2026-W05-6",
    "2026-031",
    "26-01-31T10:00:00Z",
    "+002026-01-31T10:00:00Z",
    "\u09e8\u09e6\u09e8\u09ec-01-31T10:00:00Z",
    "\uff12\uff10\uff12\uff16-01-31T10:00:00Z",
    "2026-01-31T10:00:00\u221205:00",
    "1769853600",
    "now",
]


@pytest.fixture
def subscribe(acme_api):
    """Posts a subscription that begins at a time."""
    customer = acme_api.post(URL, {"name": "Ada", "email": "a@b.co"}).json()["id"]
    plan = acme_api.post("/api/v1/plans", {"name": "Pro"}).json()["id"]
    body = {"customer_id": customer, "plan_id": plan}

    def post(start):
        return acme_api.post("/api/v1/subscriptions", body | {"start_date": start})

    return post


@pytest.mark.parametrize("text", SAME)
def test_a_time_has_several_spellings(acme_api, subscribe, text):
    response = subscribe(text)
    assert response.status_code == 201
    assert response.json()["start_date"] == "2026-01-31T10:00:00Z"
    for name in ("created_at__gte", "updated_at__lt"):
        response = acme_api.get(f"{URL}?{urlencode({name: text})}")
        assert response.status_code == 200
    customer = acme_api.get(URL).json()["data"][0]["id"]
    as_of = acme_api.get(f"{URL}/{customer}?{urlencode({'as_of': text})}")
    assert as_of.status_code == 404


def test_other_time_formats_are_refused(acme_api, subscribe):
    customer = acme_api.get(URL).json()["data"][0]["id"]
    for text in MALFORMED:
        response = subscribe(text)
        assert response.status_code == 422, text
        assert response.json()["errors"][0]["field"] == "start_date"
        for url, name in (
            (URL, "created_at__gte"),
            ("/api/v1/events", "created_at__lt"),
            (f"{URL}/{customer}", "as_of"),
            (f"{URL}/{customer}/diff", "from"),
        ):
            response = acme_api.get(f"{url}?{urlencode({name: text})}")
            assert (response.status_code, url) == (400, url), text
            assert response.json()["errors"][0]["field"] == name
        with pytest.raises(CommandError):
            call_command("advance", at=None, *["--at", text])  # noqa: B026


def test_a_date_is_its_midnight(acme_api, subscribe):
    assert subscribe("2026-01-31").json()["start_date"] == "2026-01-31T00:00:00Z"
    assert acme_api.get(f"{URL}?created_at__gte=2026-01-31").status_code == 200

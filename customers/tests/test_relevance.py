"""At least 95 % of a committed set of searches rank the expected customer first."""

import json
from pathlib import Path

from customers.models import Customer

CASES = json.loads(Path(__file__).with_name("relevance.json").read_text("utf-8"))
URL = "/api/v1/customers"


def test_95_percent_of_searches_rank_the_expected_customer_first(acme, acme_api):
    Customer.objects.bulk_create(
        Customer(
            organization=acme.organization,
            name=name,
            email=email,
            external_id=external_id,
            phone=phone,
        )
        for name, email, external_id, phone in CASES["customers"]
    )
    asked, wrong = 0, []
    for kind, searches in CASES.items():
        if kind == "customers":
            continue
        for text, expected in searches.items():
            data = acme_api.get(URL, {"search": text, "page_size": 1}).json()["data"]
            first = data[0]["name"] if data else ""
            asked += 1
            if first != expected:
                wrong.append((kind, text, expected, first))
    assert asked >= 60
    assert len(wrong) <= asked * 0.05, wrong

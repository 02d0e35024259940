"""What callers send and get over a socket, from the server that operators run."""

import json

CUSTOMERS = "/api/v1/customers"
ADA = {"name": "Ada", "email": "ada@example.com"}


def test_a_customer_is_created_with_the_cookie_and_read_with_the_key(site, owner):
    created = owner.ask("POST", CUSTOMERS, ADA)
    assert created.status == 201
    path = created.headers["Location"]
    answer = site.raw(
        f"GET {path} HTTP/1.1\r\nHost: localhost\r\n"
        f"X-API-Key: {owner.key}\r\n\r\n".encode()
    )
    assert answer.status == 200
    assert json.loads(answer.body)["name"] == "Ada"


def test_another_server_knows_the_same_logins(site, owner):
    with site.another(THREADS="1") as other:
        answer = other.ask("GET", CUSTOMERS, headers={"Cookie": owner.cookie})
    assert answer.status == 200

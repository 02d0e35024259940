"""What is asked, and whether every server answers the same rows."""

import http.client
import itertools
import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import uuid4

from benchmarks.peers.callers import Callers
from benchmarks.peers.database import LARGE, MEDIUM, SMALL, WRITTEN, Tenant
from benchmarks.peers.servers import Server

Row = dict[str, Any]
FIELDS = (
    "id",
    "organization_id",
    "name",
    "email",
    "external_id",
    "phone",
    "billing_address_line1",
    "billing_address_line2",
    "billing_address_city",
    "billing_address_state",
    "billing_address_country",
    "billing_address_postal_code",
    "status",
    "metadata",
)
SAMPLE = 20
PAGE = 20
_COUNTER = itertools.count(int(time.time()))


@dataclass(frozen=True)
class Case:
    title: str
    # What requests.lua sends: list, detail, create or update.
    kind: str
    tenant: str
    query: str = ""


CASES = {
    "detail": Case("detail", "detail", MEDIUM),
    "list-1k": Case("list of 20, 1k organization", "list", SMALL),
    "list-100k": Case("list of 20, 100k organization", "list", MEDIUM),
    "list-500k": Case("list of 20, 500k organization", "list", LARGE),
    "create": Case("create", "create", WRITTEN),
    "update": Case("update of one field", "update", WRITTEN),
    "search": Case("search, rare term, 500k", "list", LARGE, "?search=blackman"),
}


def number() -> int:
    """A number that no other measurement has."""
    return next(_COUNTER)


class Client:
    """One caller of one server, over a connection for each request."""

    def __init__(self, server: Server, header: tuple[str, str]) -> None:
        self.server, self.header = server, header
        self.sizes: list[int] = []

    def send(self, method: str, path: str, body: Row | None = None) -> Row:
        """The JSON of a successful answer; the size of the answer is noted."""
        status, content = self.answer(method, path, body)
        expected = 201 if method == "POST" else 200
        assert status == expected, f"{self.server.name} {method}: {status} {content!r}"
        result: Row = json.loads(content)
        return result

    def answer(
        self, method: str, path: str, body: Row | None = None
    ) -> tuple[int, bytes]:
        name, value = self.header
        headers = {name: value, "Content-Type": "application/json"}
        connection = http.client.HTTPConnection(
            "127.0.0.1", self.server.port, timeout=120
        )
        payload = None if body is None else json.dumps(body)
        address = f"{self.server.peer.base}/customers{path}"
        connection.request(method, address, payload, headers)
        response = connection.getresponse()
        content = response.read()
        head = sum(len(key) + len(text) + 4 for key, text in response.getheaders())
        self.sizes.append(len(content) + head + 19)
        connection.close()
        return response.status, content

    def page(self, query: str) -> tuple[int, list[Row]]:
        """The total and the rows of a list."""
        content = self.send("GET", query)
        total: Any = content
        for key in self.server.peer.total:
            total = total[key]
        return total, content[self.server.peer.rows]


def plain(row: Row) -> Row:
    """The fields that every server has; Django's own encoder writes milliseconds."""
    created = datetime.fromisoformat(row["created_at"])
    created = created.replace(microsecond=created.microsecond // 1000 * 1000)
    return {name: row[name] for name in FIELDS} | {"created_at": created}


def check_refusals(server: Server, callers: Callers) -> None:
    """A wrong credential is refused, and another organization's customer is missing."""
    name, value = callers.header(server, SMALL)
    wrong = Client(server, (name, value[:-4] + "0000"))
    assert wrong.answer("GET", "")[0] == 401, f"{server.name}: anybody may read."
    other = callers.tenants[LARGE].customers[0]
    status, _ = Client(server, (name, value)).answer("GET", f"/{other}")
    assert status == 404, f"{server.name}: {status} for another organization's row."


def answers(case: Case, client: Client, tenant: Tenant) -> list[Row]:
    """What the server answers in this case, whole, to be compared."""
    match case.kind:
        case "list":
            return list(_list(client, case.query))
        case "detail":
            return list(_detail(client, tenant))
        case "create":
            return list(_create(client))
        case "update":
            return list(_update(client, tenant))
    raise ValueError(case.kind)


def _list(client: Client, query: str) -> Iterator[Row]:
    total, rows = client.page(query)
    assert len(rows) == PAGE, f"{client.server.name}: {len(rows)} rows"
    if not query:
        yield from map(plain, rows)
    else:
        # Relevance orders ours: compare the matches of all pages as a set.
        for at in range(2, -(-total // PAGE) + 1):
            rows += client.page(f"{query}&page={at}")[1]
        del client.sizes[1:]
        yield from sorted(map(plain, rows), key=lambda row: str(row["id"]))
    yield {"total": total}


def _detail(client: Client, tenant: Tenant) -> Iterator[Row]:
    for pk in tenant.customers[:: len(tenant.customers) // SAMPLE]:
        yield plain(client.send("GET", f"/{pk}"))


def _create(client: Client) -> Iterator[Row]:
    unique = uuid4().hex
    body = {
        "name": f"Ada Lovelace {unique[:6]}",
        "email": f"ada.{unique[:14]}@written.example",
        "external_id": f"bench-{unique[:14]}",
        "phone": "+49 30 0000001",
        "billing_address_city": "Berlin",
        "billing_address_country": "DE",
    }
    created = plain(client.send("POST", "", body))
    yield from _stored(client, created, body)


def _update(client: Client, tenant: Tenant) -> Iterator[Row]:
    phone = f"+49 {number()} 0000000"
    for pk in tenant.customers[:3]:
        changed = plain(client.send("PATCH", f"/{pk}", {"phone": phone}))
        yield from _stored(client, changed, {"phone": phone})


def _stored(client: Client, written: Row, body: Row) -> Iterator[Row]:
    """The row without what differs between servers, once it has been read again."""
    assert {name: written[name] for name in body} == body, client.server.name
    size = len(client.sizes)
    again = plain(client.send("GET", f"/{written['id']}"))
    assert again == written, f"{client.server.name}: {again} is not {written}."
    del client.sizes[size:]
    changing = {*body, "created_at"} | ({"id"} if "name" in body else set())
    yield {name: value for name, value in written.items() if name not in changing}

"""Requests of every kind, good and bad, from a seed.

The same seed makes the same requests. Three of five are good; the others have up to
three faults or oddities.
"""

import json
import random
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from fluxrate.tests.both_ways import Sent, Twins
from fluxrate.tests.equivalence_world import EquivalenceWorld, Headers
from fluxrate.tests.request_values import (
    BAD_IDS,
    BAD_QUERIES,
    BODIES,
    FIELDS,
    GOOD,
    ODD_HEADERS,
    POPULAR,
    QUERIES,
    RAW_BODIES,
    VALUES,
)
from fluxrate.tests.route_walk import BASE, METHODS, Route, routes

# The table of what the word before an id in a path names.
TABLES = {
    "customers": "customers_customer",
    "plans": "customers_plan",
    "subscriptions": "customers_subscription",
    "api-keys": "organizations_apikey",
    "members": "organizations_membership",
    "invitations": "organizations_invitation",
}
# What ends a login, or hashes a password, is rare and has a caller of its own.
RARE = re.compile(r"/auth/|/members|/api-keys|/organization|/invitations")
SPARE = "spare"
# Writes to these have plans.
PLANNED = {"/customers", "/plans"}
GOOD_CALLERS = ("owner", "key", "bearer", "admin", "member", "viewer", "basic")
WEIGHTS = {"/customers": 8, "/subscriptions": 4, "/plans": 3, "/events": 2}


@dataclass
class Draft:
    """A request while faults are added to it."""

    method: str
    route: Route
    path: str
    query: str
    caller: Headers
    headers: dict[str, str]
    body: Any = None
    raw: bytes | None = None

    def sent(self) -> Sent:
        content = self.raw
        if content is None:
            content = b"" if self.body is None else json.dumps(self.body).encode()
        target = self.path + (f"?{self.query}" if self.query else "")
        text = target.encode("utf-8", "surrogatepass").decode("latin-1")
        return Sent(self.method, text, (*self.caller, *self.headers.items()), content)


@dataclass(frozen=True)
class Shape:
    """A method of a route, and a query."""

    method: str
    route: Route
    query: str


def shape(path: str) -> str:
    """The path of a route without the names of its parameters."""
    return re.sub(r"\{\w+\}", "{}", path)


class Generator:
    """Requests to the present rows of two databases."""

    def __init__(self, world: EquivalenceWorld, twins: Twins, seed: int) -> None:
        self.world, self.twins, self.random = world, twins, random.Random(seed)
        self.routes = routes()
        self.by_path = {shape(route.path): route for route in self.routes}
        self.sent: list[Sent] = []
        self.faults: tuple[Callable[[Draft], None], ...] = (
            *(self.change_header, self.change_header, self.change_query),
            *(self.change_query, self.change_caller, self.change_id),
            *(self.change_field, self.change_field, self.change_body),
            *(self.change_method, self.change_path),
        )

    def next(self) -> Sent:
        """The next request: one of five has been sent before."""
        if self.sent and self.random.random() < 0.2:
            return self.random.choice(self.sent[-300:])
        draft = self.draft(self.shape())
        if self.random.random() < 0.4:
            for _ in range(self.random.randint(1, 3)):
                self.random.choice(self.faults)(draft)
        self.sent.append(draft.sent())
        return self.sent[-1]

    def shape(self) -> Shape:
        if self.random.random() < 0.45:
            path, query = self.random.choice(POPULAR)
            return Shape("GET", self.by_path[path], self.fill(query))
        method = self.random.choices(METHODS, (30, 30, 12, 25, 3))[0]
        choices = [route for route in self.routes if method in route.methods]
        weights = [self.weight(route, method) for route in choices]
        route = self.random.choices(choices, weights)[0]
        query = ""
        if method == "GET" and self.random.random() < 0.7:
            query = self.fill(self.random.choice(QUERIES))
        return Shape(method, route, query)

    def draft(self, shape: Shape) -> Draft:
        """A request that is probably good."""
        method, route = shape.method, shape.route
        rare = method != "GET" and RARE.search(route.path)
        caller = SPARE if rare else self.random.choice(GOOD_CALLERS)
        headers = self.world.callers[caller]
        draft = Draft(method, route, self.path(route), shape.query, headers, {})
        if method != "GET":
            draft.headers["Content-Type"] = "application/json"
            draft.body = self.fill_all(self.good_body(method, route))
        return draft

    def weight(self, route: Route, method: str) -> float:
        if method != "GET" and RARE.search(route.path):
            return 0.05 if "/auth/" in route.path else 0.2
        first = f"/{route.path.split('/')[1]}"
        weight = WEIGHTS.get(first, 0.5) / (1 + route.path.count("/") / 3)
        return weight * 3 if method != "GET" and first in PLANNED else weight

    def good_body(self, method: str, route: Route) -> Any:
        if method == "DELETE":
            return None
        if not route.path.startswith("/customers"):
            return BODIES.get(f"{method} {shape(route.path)}", {})
        names = self.random.sample(sorted(GOOD), self.random.randint(1, 4))
        body = {name: self.random.choice(GOOD[name]) for name in names}
        if method == "POST" or "external" in route.path:
            body = {"name": "Grace", "email": "grace@example.com"} | body
            number = self.random.randint(1, 10**9)
            body["external_id"] = f"new-{number}" if method == "POST" else None
        return {key: value for key, value in body.items() if key or value}

    def path(self, route: Route) -> str:
        path = BASE + route.path
        for kind in route.objects:
            value = f"@{self.own(kind)}@" if kind in TABLES else self.world.own[kind]
            if kind == "external":
                value = quote(self.random.choice(("ext/0", "ext/3", "new-1", "acme-1")))
            before, _, after = re.split(r"(\{\w+\})", path, maxsplit=1)
            path = f"{before}{value}{after}"
        return path

    def own(self, kind: str) -> str:
        """The label of a row of Acme; of one that is gone, if there is none."""
        return self.label(TABLES.get(kind, "customers_customer"), own=True)

    def label(self, table: str, *, own: bool) -> str:
        way, acme = self.twins.plain, str(self.world.acme.organization.pk)
        rows = [
            identity
            for identity, row in way.rows[table].items()
            if (row["organization_id"] == acme) is own
        ]
        return way.labels[self.random.choice(rows)] if rows else "customer:1"

    def fill(self, text: str) -> str:
        """The text with labels for `{own}`, `{foreign}` and a kind of row."""

        def label(match: re.Match[str]) -> str:
            kind = match[1]
            table = TABLES.get(kind) or self.random.choice([*TABLES.values()][:3])
            return f"@{self.label(table, own=kind != 'foreign')}@"

        return re.sub(r"@\{(\w+)\}@", label, text)

    def fill_all(self, value: Any) -> Any:
        return json.loads(self.fill(json.dumps(value)))

    # Faults and oddities.

    def change_header(self, draft: Draft) -> None:
        name = self.random.choice(sorted(ODD_HEADERS))
        draft.headers[name] = self.random.choice(ODD_HEADERS[name])

    def change_query(self, draft: Draft) -> None:
        more = self.fill(self.random.choice(BAD_QUERIES + QUERIES))
        draft.query = f"{draft.query}&{more}" if draft.query else more

    def change_caller(self, draft: Draft) -> None:
        draft.caller = self.world.callers[self.random.choice(list(self.world.callers))]

    def change_id(self, draft: Draft) -> None:
        """Another organization's id, another kind's, or none at all."""
        tables = list(TABLES.values())
        foreign = f"@{self.label(self.random.choice(tables), own=False)}@"
        other = f"@{self.label(self.random.choice(tables), own=True)}@"
        new = self.random.choice((foreign, foreign, other, *BAD_IDS))
        draft.path = re.sub(r"@[\w-]+:\d+@", lambda _: new, draft.path, count=1)

    def change_path(self, draft: Draft) -> None:
        path, odd = (
            draft.path,
            self.random.choice(("/", "//", "%2F", ".json", "/x", "")),
        )
        draft.path = self.random.choice(
            (
                path + odd,
                path.replace("/api", "/API"),
                f"/{path}",
                path.replace("/v1", ""),
            )
        )

    def change_method(self, draft: Draft) -> None:
        draft.method = self.random.choice((*METHODS, "HEAD", "OPTIONS", "get", "TRACE"))

    def change_field(self, draft: Draft) -> None:
        if not isinstance(draft.body, dict):
            draft.body = {}
        name = self.random.choice([*draft.body, *FIELDS])
        if self.random.random() < 0.2:
            draft.body.pop(name, None)
        else:
            draft.body[name] = self.fill_all(self.random.choice(VALUES))

    def change_body(self, draft: Draft) -> None:
        draft.raw = self.random.choice(RAW_BODIES)

"""Starlette on asyncpg alone: the practical ceiling of Python."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated, Any, get_type_hints

import asyncpg
import msgspec
import orjson
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

COLUMNS = (
    "id, organization_id, name, email, external_id, phone, billing_address_line1, "
    "billing_address_line2, billing_address_city, billing_address_state, "
    "billing_address_country, billing_address_postal_code, status, metadata, "
    "created_at, updated_at"
)
CALLER = (
    "SELECT organization_id FROM authtoken_token AS token "
    "JOIN peers_user AS member ON member.id = token.user_id "
    "WHERE token.key = $1 AND member.is_active"
)
DETAIL = f"SELECT {COLUMNS} FROM peers_customer WHERE id = $1 AND organization_id = $2"
MATCHES = (
    "organization_id = $1 AND ($2 = '' OR name ILIKE $2 OR email ILIKE $2 "
    "OR external_id ILIKE $2 OR phone ILIKE $2)"
)
COUNT = "SELECT count(*) FROM peers_customer WHERE organization_id = $1"
LIST = (
    f"SELECT {COLUMNS} FROM peers_customer WHERE organization_id = $1 "
    "ORDER BY id DESC LIMIT 20 OFFSET $2"
)
SEARCH_COUNT = f"SELECT count(*) FROM peers_customer WHERE {MATCHES}"
SEARCH = (
    f"SELECT {COLUMNS} FROM peers_customer WHERE {MATCHES} "
    "ORDER BY id DESC LIMIT 20 OFFSET $3"
)
SIZE = 20
Text = Annotated[str, msgspec.Meta(max_length=255)]
Short = Annotated[str, msgspec.Meta(max_length=50)]
Email = Annotated[
    str, msgspec.Meta(max_length=254, pattern=r"^[^@\s]+@[^@\s]+\.[^@\s]+$")
]
Country = Annotated[str, msgspec.Meta(max_length=2)]
Status = Annotated[str, msgspec.Meta(pattern="^(ACTIVE|INACTIVE)$")]


class Customer(msgspec.Struct, forbid_unknown_fields=True):
    name: Text
    email: Email
    external_id: Text | None = None
    phone: Short | None = None
    billing_address_line1: Text | None = None
    billing_address_line2: Text | None = None
    billing_address_city: Text | None = None
    billing_address_state: Text | None = None
    billing_address_country: Country | None = None
    billing_address_postal_code: Short | None = None
    status: Status = "ACTIVE"
    metadata: dict[str, str] = {}


Patch = msgspec.defstruct(
    "Patch",
    [
        (name, annotation | msgspec.UnsetType, msgspec.UNSET)
        for name, annotation in get_type_hints(Customer, include_extras=True).items()
    ],
    forbid_unknown_fields=True,
)
INSERTED = Customer.__struct_fields__
CREATE = (
    f"INSERT INTO peers_customer (organization_id, {', '.join(INSERTED)}, "
    f"created_at, updated_at) VALUES ($1, "
    f"{', '.join(f'${number}' for number in range(2, len(INSERTED) + 2))}, "
    f"now(), now()) RETURNING {COLUMNS}"
)
decode_customer = msgspec.json.Decoder(Customer).decode
decode_patch = msgspec.json.Decoder(Patch).decode


async def prepare(connection: asyncpg.Connection) -> None:
    await connection.set_type_codec(
        "jsonb",
        schema="pg_catalog",
        encoder=lambda value: orjson.dumps(value).decode(),
        decoder=orjson.Fragment,
    )
    await connection.set_type_codec(
        "uuid", schema="pg_catalog", encoder=str, decoder=str
    )


@asynccontextmanager
async def lifespan(app: Starlette) -> AsyncIterator[None]:
    async with asyncpg.create_pool(
        host=os.environ["PGHOST"],
        database=os.environ["PGDATABASE"],
        user="fluxrate",
        server_settings={"search_path": "peers"},
        min_size=8,
        max_size=8,
        init=prepare,
    ) as pool:
        app.state.pool = pool
        yield


def answer(content: Any, status: int = 200) -> Response:
    return Response(orjson.dumps(content), status, media_type="application/json")


UNKNOWN = {"detail": "The token is not valid."}
MISSING = {"detail": "Not found."}


async def caller(connection: Any, request: Request) -> str | None:
    """The id of the organization that the token belongs to."""
    key = request.headers.get("authorization", "").removeprefix("Token ")
    organization: str | None = await connection.fetchval(CALLER, key)
    return organization


async def list_customers(request: Request) -> Response:
    page = int(request.query_params.get("page", "1"))
    search = request.query_params.get("search", "")
    offset = (page - 1) * SIZE
    async with request.app.state.pool.acquire() as connection:
        if (organization := await caller(connection, request)) is None:
            return answer(UNKNOWN, 401)
        if search:
            pattern = f"%{search}%"
            total = await connection.fetchval(SEARCH_COUNT, organization, pattern)
            rows = await connection.fetch(SEARCH, organization, pattern, offset)
        else:
            total = await connection.fetchval(COUNT, organization)
            rows = await connection.fetch(LIST, organization, offset)
    meta = {"page": page, "page_size": SIZE, "total": total}
    return answer({"data": [dict(row) for row in rows], "meta": meta})


async def get_customer(request: Request) -> Response:
    async with request.app.state.pool.acquire() as connection:
        if (organization := await caller(connection, request)) is None:
            return answer(UNKNOWN, 401)
        row = await connection.fetchrow(DETAIL, request.path_params["pk"], organization)
    return answer(dict(row)) if row else answer(MISSING, 404)


async def create_customer(request: Request) -> Response:
    try:
        body = decode_customer(await request.body())
    except msgspec.ValidationError as error:
        return answer({"detail": str(error)}, 422)
    values = [getattr(body, name) for name in INSERTED]
    async with request.app.state.pool.acquire() as connection:
        if (organization := await caller(connection, request)) is None:
            return answer(UNKNOWN, 401)
        row = await connection.fetchrow(CREATE, organization, *values)
    return answer(dict(row), 201)


async def change_customer(request: Request) -> Response:
    try:
        body = decode_patch(await request.body())
    except msgspec.ValidationError as error:
        return answer({"detail": str(error)}, 422)
    values = {
        name: value
        for name in INSERTED
        if (value := getattr(body, name)) is not msgspec.UNSET
    }
    columns = ", ".join(f"{name} = ${at}" for at, name in enumerate(values, 3))
    statement = (
        f"UPDATE peers_customer SET {columns}, updated_at = now() "
        f"WHERE id = $1 AND organization_id = $2 RETURNING {COLUMNS}"
    )
    pk = request.path_params["pk"]
    async with request.app.state.pool.acquire() as connection:
        if (organization := await caller(connection, request)) is None:
            return answer(UNKNOWN, 401)
        row = await connection.fetchrow(statement, pk, organization, *values.values())
    return answer(dict(row)) if row else answer(MISSING, 404)


app = Starlette(
    routes=[
        Route("/api/v1/customers", list_customers),
        Route("/api/v1/customers", create_customer, methods=["POST"]),
        Route("/api/v1/customers/{pk:uuid}", get_customer),
        Route("/api/v1/customers/{pk:uuid}", change_customer, methods=["PATCH"]),
    ],
    lifespan=lifespan,
)

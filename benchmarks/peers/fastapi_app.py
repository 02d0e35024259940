"""FastAPI with SQLAlchemy's asyncio extension, as both guides have it."""

import os
from collections.abc import AsyncIterator
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, FastAPI, Header, HTTPException
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import FetchedValue, ForeignKey, String, func, or_, select
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

engine = create_async_engine(
    f"postgresql+asyncpg://fluxrate@/{os.environ['PGDATABASE']}"
    f"?host={os.environ['PGHOST']}",
    connect_args={"server_settings": {"search_path": "peers"}},
    pool_size=8,
    max_overflow=0,
)
Sessions = async_sessionmaker(engine, expire_on_commit=False)
SIZE = 20


class Base(DeclarativeBase):
    type_annotation_map = {dict[str, Any]: JSONB}


class User(Base):
    __tablename__ = "peers_user"
    id: Mapped[int] = mapped_column(primary_key=True)
    is_active: Mapped[bool]
    organization_id: Mapped[UUID]


class Token(Base):
    __tablename__ = "authtoken_token"
    key: Mapped[str] = mapped_column(String(40), primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("peers_user.id"))


class Customer(Base):
    __tablename__ = "peers_customer"
    id: Mapped[UUID] = mapped_column(primary_key=True, server_default=FetchedValue())
    organization_id: Mapped[UUID]
    name: Mapped[str]
    email: Mapped[str]
    external_id: Mapped[str | None]
    phone: Mapped[str | None]
    billing_address_line1: Mapped[str | None]
    billing_address_line2: Mapped[str | None]
    billing_address_city: Mapped[str | None]
    billing_address_state: Mapped[str | None]
    billing_address_country: Mapped[str | None]
    billing_address_postal_code: Mapped[str | None]
    status: Mapped[str]
    metadata_: Mapped[dict[str, Any]] = mapped_column("metadata")
    created_at: Mapped[datetime] = mapped_column(insert_default=func.now())
    updated_at: Mapped[datetime] = mapped_column(
        insert_default=func.now(), onupdate=func.now()
    )
    __mapper_args__ = {"eager_defaults": True}


class CustomerIn(BaseModel):
    model_config = ConfigDict(extra="forbid", from_attributes=True)

    name: str = Field(max_length=255)
    email: str = Field(max_length=254, pattern=r"[^@\s]+@[^@\s]+\.[^@\s]+")
    external_id: str | None = Field(None, max_length=255)
    phone: str | None = Field(None, max_length=50)
    billing_address_line1: str | None = Field(None, max_length=255)
    billing_address_line2: str | None = Field(None, max_length=255)
    billing_address_city: str | None = Field(None, max_length=255)
    billing_address_state: str | None = Field(None, max_length=255)
    billing_address_country: str | None = Field(None, max_length=2)
    billing_address_postal_code: str | None = Field(None, max_length=50)
    status: str = Field("ACTIVE", pattern="ACTIVE|INACTIVE")
    metadata_: dict[str, Any] = Field({}, alias="metadata")


class CustomerPatch(CustomerIn):
    name: str | None = Field(None, max_length=255)
    email: str | None = Field(None, max_length=254)


class CustomerOut(CustomerIn):
    metadata_: dict[str, Any] = Field(serialization_alias="metadata")
    id: UUID
    organization_id: UUID
    created_at: datetime
    updated_at: datetime


class Meta(BaseModel):
    page: int
    page_size: int
    total: int


class Page(BaseModel):
    data: list[CustomerOut]
    meta: Meta


async def session() -> AsyncIterator[AsyncSession]:
    async with Sessions() as opened:
        yield opened


Database = Annotated[AsyncSession, Depends(session)]


async def caller(database: Database, authorization: Annotated[str, Header()]) -> User:
    key = authorization.removeprefix("Token ")
    users = select(User).join(Token, Token.user_id == User.id)
    user = await database.scalar(users.where(Token.key == key, User.is_active))
    if user is None:
        raise HTTPException(401, "The token is not valid.")
    return user


Caller = Annotated[User, Depends(caller)]
app = FastAPI(docs_url=None, redoc_url=None)


async def owned(database: AsyncSession, user: User, pk: UUID) -> Customer:
    rows = select(Customer).where(
        Customer.id == pk, Customer.organization_id == user.organization_id
    )
    customer = await database.scalar(rows)
    if customer is None:
        raise HTTPException(404, "Not found.")
    return customer


@app.get("/api/v1/customers")
async def list_customers(
    database: Database, user: Caller, page: int = 1, search: str = ""
) -> Page:
    rows = select(Customer).where(Customer.organization_id == user.organization_id)
    if search:
        columns = (
            Customer.name,
            Customer.email,
            Customer.external_id,
            Customer.phone,
        )
        rows = rows.where(or_(*(each.icontains(search) for each in columns)))
    total = await database.scalar(select(func.count()).select_from(rows.subquery()))
    first = rows.order_by(Customer.id.desc()).offset((page - 1) * SIZE).limit(SIZE)
    data = (await database.scalars(first)).all()
    meta = Meta(page=page, page_size=SIZE, total=total or 0)
    return Page.model_construct(
        data=[CustomerOut.model_validate(row) for row in data], meta=meta
    )


@app.get("/api/v1/customers/{pk}")
async def get_customer(database: Database, user: Caller, pk: UUID) -> CustomerOut:
    return CustomerOut.model_validate(await owned(database, user, pk))


@app.post("/api/v1/customers", status_code=201)
async def create_customer(
    database: Database, user: Caller, body: CustomerIn
) -> CustomerOut:
    customer = Customer(organization_id=user.organization_id, **body.model_dump())
    database.add(customer)
    await database.commit()
    return CustomerOut.model_validate(customer)


@app.patch("/api/v1/customers/{pk}")
async def change_customer(
    database: Database, user: Caller, pk: UUID, body: CustomerPatch
) -> CustomerOut:
    customer = await owned(database, user, pk)
    for name, value in body.model_dump(exclude_unset=True).items():
        setattr(customer, name, value)
    await database.commit()
    return CustomerOut.model_validate(customer)

"""Two databases that begin alike, and a way of answering for each.

The same requests go to both, and every answer and every row must be the same. What
cannot be the same, the ids and times that a write makes, is paired after the write: the
new row of one database and that of the other get one label, which stands for the ids
and times of both from then on.
"""

import difflib
import json
import re
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

import psycopg
from django.conf import settings
from psycopg import sql

from fluxrate.models.event_ids import EventPosition
from fluxrate.tests.noun_samples import NOUNS

EVENTS = "fluxrate_event"
# Table → columns that are random, or that are written once a minute.
TABLES = {
    **{view.queryset.model._meta.db_table: () for view in NOUNS.values()},
    "organizations_organization": (),
    "organizations_user": ("password", "last_login"),
    "organizations_membership": (),
    "organizations_session": ("refresh_hash", "previous_hash"),
    "organizations_apikey": ("key_hash", "prefix", "last_used_at"),
    "organizations_invitation": (),
    "organizations_ticket": ("token_hash",),
    "organizations_email": (),
    "fluxrate_storedresponse": ("body", "fingerprint"),
    EVENTS: ("id", "transaction"),
}
TOTALS = """
SELECT organization_id::text, model, status, sum(rows)::bigint
FROM fluxrate_rowcount GROUP BY 1, 2, 3 HAVING sum(rows) <> 0 ORDER BY 1, 2, 3"""
UUID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|\+00:00)")
# API keys, and signed confirmations, which contain ids and times.
SECRET = re.compile(r'org_(live|test)_[\w-]+|(?<="confirm":")[^"]+')
COOKIE = re.compile(r"(?<=_token=)[^;]+")
LIMIT = re.compile(r";r=\d+;t=\d+")
# How far the feed goes depends on the transactions of all databases of the server.
FEED = re.compile(r"/events\?(.*&)?after=")
PLACEHOLDER = re.compile(r"@([\w-]+:\d+)@")
Row = dict[str, Any]
# Table → primary key → row.
Rows = dict[str, dict[str, Row]]
# Table and primary key → row, None for a deleted one.
Changes = dict[tuple[str, str], Row | None]


@dataclass(frozen=True)
class Sent:
    """A request; `@label@` stands for the id that has the label."""

    method: str
    target: str
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""

    @property
    def is_safe(self) -> bool:
        return self.method in {"GET", "HEAD", "OPTIONS"}

    def __str__(self) -> str:
        lines = [f"{self.method} {self.target}"]
        lines += [f"{name}: {value}" for name, value in self.headers]
        return "\n".join([*lines, repr(self.body)])


@dataclass(frozen=True)
class Answer:
    status: str
    headers: list[tuple[str, str]]
    body: bytes


class Way(ABC):
    """A way of answering from a database of its own."""

    def __init__(self, database: str) -> None:
        self.ids: dict[str, str] = {}
        self.labels: dict[str, str] = {}
        self.times: dict[datetime, str] = {}
        self.last_event = 0
        self.reader = psycopg.connect(
            **address(), dbname=database, autocommit=True, prepare_threshold=1
        )
        self.reader.execute("SET TIME ZONE 'UTC'")
        self.rows: Rows = {table: {} for table in TABLES}

    @abstractmethod
    def answer(self, sent: Sent) -> Answer:
        """Send a request that has this database's ids."""

    def close(self) -> None:
        self.reader.close()

    def send(self, sent: Sent) -> Answer:
        """Answer the request with this database's ids."""
        headers = tuple((name, self.fill(value)) for name, value in sent.headers)
        body = self.fill(sent.body.decode("latin-1")).encode("latin-1")
        if body or not sent.is_safe:
            headers = (*headers, ("Content-Length", str(len(body))))
        if "Host" not in dict(headers):
            headers = (("Host", "localhost"), *headers)
        return self.answer(
            replace(sent, target=self.fill(sent.target), headers=headers, body=body)
        )

    def name(self, label: str, identity: str) -> None:
        self.ids[label], self.labels[identity] = identity, label

    def name_times(self, label: str, row: Row) -> None:
        for column, value in row.items():
            if isinstance(value, str) and TIME.fullmatch(value):
                name = f"{label} {column} {row.get('revision', 0)}"
                self.times.setdefault(datetime.fromisoformat(value), name)

    def fill(self, text: str) -> str:
        return PLACEHOLDER.sub(lambda match: self.ids[match[1]], text)

    def read(self) -> Rows:
        """All rows, of events only the new ones."""
        return {table: dict(self._read(table)) for table in TABLES}

    def _read(self, table: str) -> Iterator[tuple[str, Row]]:
        name, last = sql.Identifier(table), sql.Literal(self.last_event)
        statement = sql.SQL("SELECT id::text, to_jsonb(t) FROM {} AS t").format(name)
        if table == EVENTS:
            statement += sql.SQL(" WHERE id > {} ORDER BY id").format(last)
        yield from self.reader.execute(statement).fetchall()

    def changes(self) -> Changes:
        """The rows that differ from those read before, None for those that are gone."""
        before, self.rows = self.rows, self.read()
        if self.rows[EVENTS]:
            self.last_event = max(map(int, self.rows[EVENTS]))
        changed: Changes = {}
        for table, rows in self.rows.items():
            old = {} if table == EVENTS else before[table]
            for identity in old.keys() - rows.keys():
                changed[table, identity] = None
            for identity, row in rows.items():
                if identity not in old or shown(table, old[identity]) != shown(
                    table, row
                ):
                    changed[table, identity] = row
        return changed

    def totals(self) -> str:
        return self.mask(json.dumps(self.reader.execute(TOTALS).fetchall()))

    def mask(self, text: str, *, digits: bool = False) -> str:
        """The text with labels for ids and times; `digits` keeps how a time is written.

        An id or a time without a label is one that only this answer has.
        """

        def time(match: re.Match[str]) -> str:
            instant = datetime.fromisoformat(match[0])
            if not instant.microsecond:
                return match[0]
            # PostgreSQL's JSON has no zeros at the end of a fraction.
            places = len(match[1]) if match[2] == "Z" else ""
            written = f"{places}{match[2]}" if digits else ""
            return f"<{self.times.get(instant, 'time')} {written}>"

        text = UUID.sub(lambda m: f"<{self.labels.get(m[0].lower(), 'id')}>", text)
        return SECRET.sub("<secret>", TIME.sub(time, text))


class Difference(AssertionError):
    """The two ways differ."""


@dataclass
class Twins:
    """Both ways; `plain` is the ordinary one."""

    plain: Way
    fast: Way
    # How many rows have been labelled, by table.
    counts: dict[str, int] = field(default_factory=dict)

    @property
    def both(self) -> tuple[Way, Way]:
        return self.plain, self.fast

    def send(self, sent: Sent) -> Answer:
        """The ordinary answer; raises Difference if the other one is not the same."""
        answers = [way.send(sent) for way in self.both]
        rows: list[list[str]] = [[], []]
        # What a refused request wrote is noticed with the next one that writes.
        if not sent.is_safe and any(each.status < "3" for each in answers):
            rows = self.pair()
        lines = [self.masked(*each) for each in zip(self.both, answers, strict=True)]
        if FEED.search(sent.target):
            lines = [each[:1] for each in lines]
        compare(f"After\n{sent}\nthe answers", *lines)
        compare(f"After\n{sent}\nthe rows", *rows)
        return answers[0]

    def begin(self) -> None:
        """Label the rows that both databases have from the beginning."""
        for way in self.both:
            way.changes()
        for table, rows in self.plain.rows.items():
            for identity in sorted(rows):
                self._label(table, identity, identity)

    def pair(self) -> list[list[str]]:
        """Label what was written; what it is, and the totals, in both databases."""
        changes = [way.changes() for way in self.both]
        for table in TABLES:
            news = [
                new_rows(way, table, changed)
                for way, changed in zip(self.both, changes, strict=True)
            ]
            for first, second in zip(*news, strict=False):
                self._label(table, first, second)
        for way, changed in zip(self.both, changes, strict=True):
            for (_, identity), row in changed.items():
                if row is not None and identity in way.labels:
                    way.name_times(way.labels[identity], row)
        return [
            [*written(way, changed), way.totals()]
            for way, changed in zip(self.both, changes, strict=True)
        ]

    def _label(self, table: str, first: str, second: str) -> None:
        """One label for the ids and the times of a row in both databases."""
        number = self.counts[table] = self.counts.get(table, 0) + 1
        label = f"{table.partition('_')[2]}:{number}"
        for way, identity in zip(self.both, (first, second), strict=True):
            row = way.rows[table][identity]
            way.name(label, event_id(row) if table == EVENTS else identity)
            way.name_times(label, row)

    def masked(self, way: Way, answer: Answer) -> list[str]:
        """The lines of an answer."""
        headers = sorted(
            f"{name}: {COOKIE.sub('…', LIMIT.sub('', way.mask(value, digits=True)))}"
            for name, value in answer.headers
        )
        length = f"Content-Length: {len(answer.body)}"
        headers = ["Content-Length" if each == length else each for each in headers]
        body = way.mask(answer.body.decode("utf-8", "replace"), digits=True)
        return [answer.status, *headers, *body.replace(",", ",\n").splitlines()]


def new_rows(way: Way, table: str, changed: Changes) -> list[str]:
    """The ids of new rows, in an order that does not depend on their ids."""
    rows = {
        identity: way.mask(json.dumps(shown(table, row), sort_keys=True))
        for (name, identity), row in changed.items()
        if name == table and identity not in way.labels and row is not None
    }
    # Those of events are in the order of the writes.
    return list(rows) if table == EVENTS else sorted(rows, key=rows.__getitem__)


def shown(table: str, row: Row) -> Row:
    """The row, with whether a random column has a value, and with the size of a set."""
    hidden = {name: row[name] is not None for name in TABLES[table]}
    sets = {"mentions": len(row["mentions"])} if "mentions" in row else {}
    return row | hidden | sets


def written(way: Way, changed: Changes) -> list[str]:
    """What is in rows that were written or deleted, in the order of their labels."""
    return sorted(
        way.mask(
            json.dumps(
                [
                    table,
                    "event" if table == EVENTS else identity,
                    None if row is None else shown(table, row),
                ],
                sort_keys=True,
            )
        )
        for (table, identity), row in changed.items()
    )


def event_id(row: Row) -> str:
    return str(EventPosition(row["transaction"], row["id"]).id())


def compare(what: str, plain: Iterable[str], fast: Iterable[str]) -> None:
    """Raise Difference with the lines that only one of them has."""
    first, second = list(plain), list(fast)
    if first != second:
        lines = difflib.ndiff(first, second)
        different = [line for line in lines if not line.startswith("  ")]
        raise Difference("\n".join([f"{what} (- ordinary, + fast):", *different]))


def address() -> dict[str, Any]:
    """How psycopg reaches the server of the tests."""
    entry = settings.DATABASES["default"]
    names = {"host": "HOST", "port": "PORT", "user": "USER", "password": "PASSWORD"}
    return {key: entry[name] for key, name in names.items() if entry[name]}

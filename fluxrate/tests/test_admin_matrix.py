"""Who may do what in the admin: one table, address, method and user → status.

The table is `admin_matrix.csv`: a row for each method of every address, a column for
each kind of staff. "limited" is an Operator who is limited to the organization of the
address's row, and "foreign" the same Operator at a row of another organization. A
POST has an empty form. An address without a row fails, and a row without an address;
the failure prints the missing row. Read it twice before it goes into the table.
"""

import csv
import io
from pathlib import Path

import pytest
from django.db import transaction

from fluxrate.tests.admin_walk import Rows, addresses, staff

pytestmark = pytest.mark.django_db
TABLE = Path(__file__).with_name("admin_matrix.csv")
CALLERS = ["none", "viewer", "operator", "manager", "limited", "foreign", "superuser"]
NEEDED = [f"{method} {path}" for path in addresses() for method in ("GET", "POST")]


def table():
    with TABLE.open(newline="") as file:
        return list(csv.DictReader(file))


def name(row):
    return f"{row['method']} {row['path']}"


@pytest.fixture(scope="module")
def world(django_db_setup, django_db_blocker):
    with django_db_blocker.unblock(), transaction.atomic():
        own, other = Rows("aardvark"), Rows("zebrafish")
        yield own, other, staff(own)
        transaction.set_rollback(True)


def answer(world, caller, method, path):
    """The status of one request, whose effects are then taken back."""
    own, other, clients = world
    rows = other if caller == "foreign" else own
    client = clients["limited" if caller == "foreign" else caller]
    before, cookies = transaction.savepoint(), client.cookies.copy()
    status = client.generic(method, rows.url(path)).status_code
    transaction.savepoint_rollback(before)
    client.cookies = cookies
    return str(status)


def test_every_address_has_its_rows_and_every_row_an_address():
    names = [name(row) for row in table()]
    assert len(set(names)) == len(names)
    assert sorted(set(NEEDED) - set(names)) == [], "Missing in the table"
    assert sorted(set(names) - set(NEEDED)) == [], "In the table, but no address"


@pytest.mark.parametrize("line", NEEDED)
def test_each_member_of_staff_is_answered_as_the_table_says(world, line):
    method, path = line.split(" ", 1)
    expected = {name(row): row for row in table()}.get(line, {})
    seen = {caller: answer(world, caller, method, path) for caller in CALLERS}
    row = io.StringIO()
    csv.writer(row).writerow([method, path, *seen.values()])
    assert {caller: expected.get(caller) for caller in CALLERS} == seen, row.getvalue()


def test_the_table_lets_in_nobody_where_one_with_more_rights_is_refused():
    for row in table():
        for lower, higher in (
            ("viewer", "operator"),
            ("operator", "manager"),
            ("manager", "superuser"),
            ("limited", "operator"),
        ):
            if row[lower] == "200":
                assert row[higher] != "403", name(row)
        if "{object_id}" in row["path"] and "auth/group" not in row["path"]:
            assert row["foreign"] != "200" or "history" in row["path"], name(row)

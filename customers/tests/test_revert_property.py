"""Random histories: a reverted batch has not happened, except where others went on."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from customers.models import Customer
from fluxrate.history.revert import revert
from fluxrate.models import Batch
from fluxrate.models.batch_transaction import batch

FIELDS = ("name", "phone", "metadata.a", "metadata.b")
BEFORE = {"name": "0", "phone": None, "metadata.a": "0", "metadata.b": None}
# An operation: what, the position of its customer, and the field's new value.
EDIT = st.tuples(
    st.just("edit"),
    st.integers(0, 4),
    st.sampled_from(FIELDS),
    st.sampled_from(("0", "1", "2")),
)
OPERATIONS = st.lists(
    st.one_of(
        EDIT,
        EDIT,
        EDIT,
        st.tuples(st.just("create")),
        st.tuples(st.just("delete"), st.integers(0, 4)),
    ),
    max_size=8,
)

Row = dict[str, str | None]


class World:
    """The customers, and what each operation has changed."""

    def __init__(self, organization: Any) -> None:
        self.organization = organization
        self.ids = [self.create() for _ in range(3)]

    def create(self) -> Any:
        row = Customer.objects.create(
            organization=self.organization,
            name="0",
            email="a@b.co",
            metadata={"a": "0"},
        )
        return row.pk

    def rows(self) -> dict[Any, Row]:
        return {
            row.pk: {
                "name": row.name,
                "phone": row.phone,
                "metadata.a": row.metadata.get("a"),
                "metadata.b": row.metadata.get("b"),
            }
            for row in Customer.objects.filter(pk__in=self.ids)
        }

    def run(self, operations: list[Any]) -> tuple[set[Any], set[tuple[Any, str]]]:
        """The touched customers, and the edited fields; a lost target is skipped."""
        touched, edited = set(), set()
        for name, *more in operations:
            if name == "create":
                self.ids.append(self.create())
                touched.add(self.ids[-1])
                continue
            row = Customer.objects.filter(pk=self.ids[more[0] % len(self.ids)]).first()
            if row is None:
                continue
            if name == "delete":
                row.delete()
                touched.add(self.ids[more[0] % len(self.ids)])
            elif self.edit(row, *more[1:]):
                touched.add(row.pk)
                edited.add((row.pk, more[1]))
        return touched, edited

    def edit(self, row: Customer, field: str, value: str) -> bool:
        """Whether the value is new."""
        column, _, key = field.partition(".")
        before = row.metadata.get(key) if key else getattr(row, column)
        if before == value:
            return False
        new = row.metadata | {key: value} if key else value
        setattr(row, column, new)
        row.save(update_fields=[column])
        return True


def expected(before, after, present, touched_later, edited_later):
    """The customers after the revert."""
    rows = {}
    for pk in present.keys() | before.keys():
        if pk in before and pk not in after:
            rows[pk] = before[pk]  # deleted by the batch
        elif pk in before and pk in present:
            rows[pk] = {
                field: present[pk][field] if (pk, field) in edited_later else value
                for field, value in before[pk].items()
            }
        elif pk in present and (pk not in after or pk in touched_later):
            rows[pk] = present[pk]  # created later, or changed since
    return rows


def unreverted(before, after, present, batch_changes, later_changes):
    """The changes that the revert must list: (customer, field, code)."""
    (touched, edited), (touched_later, edited_later) = batch_changes, later_changes
    for pk in touched & after.keys():
        if pk in present and pk not in before and pk in touched_later:
            yield pk, None, "changed_since"
        elif pk not in present and pk in before:
            yield pk, None, "deleted_since"
        elif pk in present and pk in before:
            fields = {f for owner, f in edited if owner == pk}
            for field in fields & {f for owner, f in edited_later if owner == pk}:
                yield pk, field, "changed_since"


@pytest.mark.django_db
@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(in_batch=OPERATIONS, later=OPERATIONS)
def test_a_reverted_batch_has_not_happened_where_nobody_went_on(acme, in_batch, later):
    world = World(acme.organization)
    before = world.rows()
    with batch("shell:ada", acme.organization, "test") as batch_id:
        batch_changes = world.run(in_batch)
    after = world.rows()
    later_changes = world.run(later)
    present = world.rows()
    described = Batch.objects.filter(object_id=batch_id).first()
    if described is None:
        assert not batch_changes[0]
        return
    outcome = revert(described, acme.organization, actor="shell:bea")
    assert world.rows() == expected(before, after, present, *later_changes)
    listed = {(left.object_id, left.field, left.code) for left in outcome.left}
    assert listed == set(
        unreverted(before, after, present, batch_changes, later_changes)
    )

"""docs/access.md lists the roles and scopes of the code."""

import re
from itertools import pairwise

import pytest
from django.conf import settings

from organizations.auth.authentication import (
    KEY_SCOPES,
    ApiKeyAuthentication,
    CookieAuthentication,
)
from organizations.models import Role, Scope
from organizations.models.role import ROLE_SCOPES
from organizations.staff_groups import GROUPS, RIGHTS

GUIDE = (settings.BASE_DIR / "docs" / "access.md").read_text()


def first_cells(title):
    """The first column of the section's table."""
    section = GUIDE.split(f"\n## {title}\n")[1].split("\n## ")[0]
    return re.findall(r"^\| `([\w.]+)` \|", section, re.MULTILINE)


def test_the_guide_lists_every_role_from_the_least_to_the_most():
    assert first_cells("Roles") == [role.value for role in reversed(Role)]
    powers = [ROLE_SCOPES[role] for role in reversed(Role)]
    assert all(less <= more for less, more in pairwise(powers))


def test_the_guide_lists_every_scope():
    assert first_cells("API keys") == Scope.values
    assert KEY_SCOPES.isdisjoint(Scope.values)


@pytest.mark.parametrize(
    ("scope", "of_key", "of_member"),
    [
        (min(KEY_SCOPES), "Every API key may do this.", "Every member may do this."),
        (
            "customers.read",
            "An API key needs the scope `customers.read`.",
            "Every member may do this.",
        ),
        (
            "customers.write",
            "An API key needs the scope `customers.write`.",
            "A member needs the role MEMBER or a higher one.",
        ),
        ("keys.write", None, "A member needs the role ADMIN or a higher one."),
    ],
)
def test_a_description_says_what_a_scope_demands(scope, of_key, of_member):
    assert ApiKeyAuthentication.requirement(scope) == of_key
    assert CookieAuthentication.requirement(scope) == of_member


def test_the_guide_lists_the_rights_of_each_group_of_staff():
    """A word for each cell: the guide says “restore” for a change of a deletion."""
    guide = (settings.BASE_DIR / "docs" / "staff.md").read_text()
    section = guide.split("| in the admin | ")[1].split("\n\n")[0]
    titles, _, *lines = section.splitlines()
    assert [title.strip() for title in titles.split("|")][:3] == [*GROUPS]
    rows = [[cell.strip() for cell in line.split("|")[2:5]] for line in lines]
    assert len(rows) == len(RIGHTS)
    for (label, verbs), cells in zip(RIGHTS.items(), rows, strict=True):
        assert [bool(verb) for verb in verbs] == [bool(cell) for cell in cells], label

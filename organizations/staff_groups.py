"""The groups that every installation begins with, and what each may do in the admin.

Each group may also do what the groups to its left may. The rights of the API are
another matter: see `organizations.models.role`. Only a superuser grants rights.
"""

from django.apps import apps
from django.contrib.auth.management import create_permissions
from django.contrib.auth.models import Group, Permission
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

GROUPS = ("Viewer", "Operator", "Manager")
RIGHTS = {
    "customers.customer": ("view", "add change delete", "export"),
    "customers.subscription": ("view", "add change delete", "export"),
    "customers.plan": ("view", "", "add change delete export"),
    "fluxrate.event": ("view", "", ""),
    # A change of a deletion restores what was deleted.
    "fluxrate.deletionevent": ("view", "change", ""),
    "organizations.organization": ("view", "", "add change"),
    "organizations.membership": ("view", "", "delete"),
    "organizations.invitation": ("view", "", "delete"),
    "organizations.apikey": ("view", "", "add change"),
    "organizations.user": ("view", "", "add change"),
}


def rights_of(group: str) -> set[str]:
    """The permissions of a group, as `customers.view_customer`."""
    columns = GROUPS.index(group) + 1
    return {
        label.replace(".", f".{verb}_")
        for label, verbs in RIGHTS.items()
        for cell in verbs[:columns]
        for verb in cell.split()
    }


def create_groups(_apps: object, editor: BaseDatabaseSchemaEditor) -> None:
    """Run by the first migration. What somebody changes in a group later stays."""
    for label in dict.fromkeys(name.partition(".")[0] for name in RIGHTS):
        create_permissions(apps.get_app_config(label), verbosity=0)
    known = {
        f"{permission.content_type.app_label}.{permission.codename}": permission
        for permission in Permission.objects.select_related("content_type")
    }
    for name in GROUPS:
        group, _created = Group.objects.get_or_create(name=name)
        group.permissions.set([known[right] for right in rights_of(name)])
    # The migration goes on to alter tables, which must have no check outstanding.
    editor.connection.check_constraints()

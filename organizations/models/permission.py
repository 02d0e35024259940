"""Django's groups and permissions, with triggers that write events of each change."""

import uuid

from django.contrib.auth.models import Group

from fluxrate.postgres.triggers import (
    link_history_triggers,
    unversioned_history_triggers,
)

from .user import User


def group_key(number: int) -> uuid.UUID:
    """The `object_id` of a group's events: its primary key as a UUID."""
    return uuid.UUID(int=number)


class RecordedGroup(Group):
    class Meta:
        proxy = True
        default_permissions = ()
        verbose_name = "group"
        triggers = unversioned_history_triggers()


class UserGroup(User.groups.through):  # type: ignore[name-defined]
    class Meta:
        proxy = True
        default_permissions = ()
        verbose_name = "group of a user"
        triggers = link_history_triggers(
            "user", "groups", owner="user_id", to="group_id", name="group_name"
        )


class UserPermission(User.user_permissions.through):  # type: ignore[name-defined]
    class Meta:
        proxy = True
        default_permissions = ()
        verbose_name = "permission of a user"
        triggers = link_history_triggers(
            "user",
            "user_permissions",
            owner="user_id",
            to="permission_id",
            name="permission_name",
        )


class UserOrganization(User.staff_organizations.through):  # type: ignore[name-defined]
    class Meta:
        proxy = True
        default_permissions = ()
        verbose_name = "organization of a member of staff"
        triggers = link_history_triggers(
            "user",
            "staff_organizations",
            owner="user_id",
            to="organization_id",
            name="organization_name",
        )


class GroupPermission(Group.permissions.through):  # type: ignore[name-defined]
    class Meta:
        proxy = True
        default_permissions = ()
        verbose_name = "permission of a group"
        triggers = link_history_triggers(
            "group",
            "permissions",
            owner="group_id",
            to="permission_id",
            name="permission_name",
        )

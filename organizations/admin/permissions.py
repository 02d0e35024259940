"""The permissions that a form of the admin lists, by the names of what they are for."""

from functools import reduce
from operator import or_

from django.contrib.auth.models import Permission
from django.db.models import ManyToManyField, Q, QuerySet
from django.forms import ModelMultipleChoiceField
from django.http import HttpRequest

from fluxrate.admin.base import BaseAdmin
from organizations.staff_groups import GROUPS, rights_of


def listed_permissions() -> QuerySet[Permission]:
    """What a page of the admin checks, and what somebody has."""
    names = (name.split(".") for name in sorted(rights_of(GROUPS[-1])))
    checked = (Q(content_type__app_label=app, codename=name) for app, name in names)
    in_use = Q(group__isnull=False) | Q(user__isnull=False)
    rows = Permission.objects.filter(reduce(or_, checked, in_use)).distinct()
    return rows.select_related("content_type")


class PermissionField(ModelMultipleChoiceField):
    def label_from_instance(self, obj: Permission) -> str:
        """`API keys: add`"""
        model = obj.content_type.model_class()
        noun = str(model._meta.verbose_name_plural) if model else obj.content_type.name
        verb = obj.codename.partition("_")[0]
        return f"{noun[:1].upper()}{noun[1:]}: {verb}"


class PermissionChoices(BaseAdmin):
    def formfield_for_manytomany(
        self, db_field: ManyToManyField, request: HttpRequest, **options: object
    ) -> ModelMultipleChoiceField | None:
        if db_field.remote_field.model is Permission:
            options |= {
                "queryset": listed_permissions(),
                "form_class": PermissionField,
            }
        return super().formfield_for_manytomany(db_field, request, **options)

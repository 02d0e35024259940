"""Views of the admin's lists that staff have named."""

from typing import Self

from django.db import models
from django.db.models import Q, UniqueConstraint

from fluxrate.ids import uuid7
from fluxrate.models.limits import current_limit
from fluxrate.text import LineField

from .user import User

MAX_VIEWS = 30


class SavedViewQuerySet(models.QuerySet["SavedView"]):
    def visible_to(self, user: User) -> Self:
        """Their own, and the shared ones of others. A shared view may name what does
        not exist for limited staff.
        """
        if current_limit() is not None:
            return self.filter(user=user)
        return self.filter(Q(user=user) | Q(is_shared=True))


class SavedView(models.Model):
    """The filters, the search and the order of a list, as the query of its URL."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    user = models.ForeignKey(User, models.CASCADE, related_name="+")
    model = models.CharField(max_length=100)
    name = LineField(max_length=80)
    query = models.TextField(max_length=2_000)
    is_shared = models.BooleanField("show it to all staff", default=False)

    objects = SavedViewQuerySet.as_manager()

    class Meta:
        default_permissions = ()
        constraints = [
            UniqueConstraint(
                fields=["model", "user", "name"],
                name="saved_view_name_taken",
                violation_error_code="conflict",
                violation_error_message="name: You have a view of this name.",
            ),
        ]

    def __str__(self) -> str:
        return self.name

"""The pages of actions on many rows, under /admin/actions/."""

from django.contrib import admin
from django.urls import path

from .bulk_action import bulk_action, bulk_actions, refused_rows, take_back

protected = admin.site.admin_view
urlpatterns = [
    path("", protected(bulk_actions), name="admin-bulk-actions"),
    path("<uuid:pk>/", protected(bulk_action), name="admin-bulk-action"),
    path("<uuid:pk>/refused.csv", protected(refused_rows), name="admin-refused-rows"),
    path("<uuid:pk>/take-back/", protected(take_back), name="admin-take-back"),
]

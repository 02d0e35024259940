from collections.abc import Callable

from django.http.response import HttpResponseBase
from django.urls import path, register_converter
from rest_framework.routers import SimpleRouter

from fluxrate.api.viewsets import OwnedViewSet
from fluxrate.history.deletion_preview_view import DeletionPreviewView

from . import views
from .batches.views import CustomerBatchView, SubscriptionBatchView
from .converters import ExternalIdConverter

register_converter(ExternalIdConverter, "external_id")

router = SimpleRouter(trailing_slash=False, use_regex_path=False)
router.register("customers", views.CustomerViewSet)
router.register("plans", views.PlanViewSet)
router.register("subscriptions", views.SubscriptionViewSet)

deletions = views.NounDeletionViewSet.as_view({"get": "list"})
deletion = views.NounDeletionViewSet.as_view({"get": "retrieve"})
restore = views.NounDeletionViewSet.as_view({"post": "restore"})


def preview(viewset: type[OwnedViewSet]) -> Callable[..., HttpResponseBase]:
    """The view of `POST …/deletion-preview` for the rows of a viewset."""
    rows, scope = viewset.queryset, viewset.scope
    view: Callable[..., HttpResponseBase] = DeletionPreviewView.as_view(
        queryset=rows, scope=scope
    )
    return view


urlpatterns = [
    path("customers/batch", CustomerBatchView.as_view()),
    path("subscriptions/batch", SubscriptionBatchView.as_view()),
    *router.urls,
    path("deletions", deletions, name="deletions"),
    path("deletions/<id:pk>", deletion, name="deletion"),
    path("deletions/<id:pk>/restore", restore, name="restore"),
    *(
        path(f"{noun}/<id:pk>/deletion-preview", preview(viewset))
        for noun, viewset, _ in router.registry
        if issubclass(viewset, OwnedViewSet)
    ),
    path("organization/clock", views.MoveClockView.as_view(), name="clock"),
    path(
        "customers/external/<external_id:external_id>",
        views.CustomerViewSet.as_view(
            {"get": "retrieve", "put": "upsert", "delete": "destroy"},
            lookup_field="external_id",
        ),
        name="customer-external",
    ),
    path(
        "customers/<id:pk>/subscriptions",
        views.CustomerSubscriptionViewSet.as_view({"get": "list"}),
        name="customer-subscriptions",
    ),
    path(
        "customers/<id:pk>/events",
        views.CustomerEventViewSet.as_view({"get": "list"}),
        name="customer-events",
    ),
]

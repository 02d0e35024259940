from django.urls import path, register_converter
from rest_framework.routers import SimpleRouter

from . import views
from .converters import ExternalIdConverter

register_converter(ExternalIdConverter, "external_id")

router = SimpleRouter(trailing_slash=False, use_regex_path=False)
router.register("customers", views.CustomerViewSet)
router.register("plans", views.PlanViewSet)
router.register("subscriptions", views.SubscriptionViewSet)

urlpatterns = [
    *router.urls,
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

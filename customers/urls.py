from django.urls import path
from rest_framework.routers import SimpleRouter

from . import views

router = SimpleRouter(trailing_slash=False, use_regex_path=False)
router.register("customers", views.CustomerViewSet)
router.register("plans", views.PlanViewSet)
router.register("subscriptions", views.SubscriptionViewSet)

urlpatterns = [
    *router.urls,
    path(
        "customers/<uuid:customer_pk>/subscriptions",
        views.CustomerSubscriptionViewSet.as_view({"get": "list"}),
        name="customer-subscriptions",
    ),
]

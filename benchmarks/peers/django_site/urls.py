from django.contrib import admin
from django.urls import include, path
from rest_framework.routers import DefaultRouter

from .ninja_api import api
from .rest import CustomerViewSet

router = DefaultRouter(trailing_slash=False)
router.register("customers", CustomerViewSet, basename="customer")

urlpatterns = [
    path("admin/", admin.site.urls),
    path("api/v1/", include(router.urls)),
    path("ninja/v1/", api.urls),
]

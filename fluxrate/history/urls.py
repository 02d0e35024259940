from django.urls import path

from .batches import BatchViewSet
from .views import EventViewSet

urlpatterns = [
    path("events", EventViewSet.as_view({"get": "list"}), name="events"),
    path("batches", BatchViewSet.as_view({"get": "list"}), name="batches"),
    path(
        "batches/<id:pk>",
        BatchViewSet.as_view({"get": "retrieve"}),
        name="batch-detail",
    ),
    path(
        "batches/<id:pk>/revert",
        BatchViewSet.as_view({"post": "revert"}),
        name="batch-revert",
    ),
]

"""The filters of the event feed and of batches."""

import django_filters

from fluxrate.api.filters import FilterSet, ListFilter, TextField, TextFilter
from fluxrate.models import Batch, Event


class EventFilter(FilterSet):
    type = ListFilter(TextField())
    object_type = TextFilter()
    object_id = django_filters.UUIDFilter()
    actor = TextFilter()
    request_id = TextFilter()
    batch_id = django_filters.UUIDFilter()

    class Meta:
        model = Event
        fields = {"created_at": ["gte", "gt", "lte", "lt"]}


class BatchFilter(FilterSet):
    kind = TextFilter(field_name="data__kind")
    actor = TextFilter()
    request_id = TextFilter()

    class Meta:
        model = Batch
        fields = {"created_at": ["gte", "gt", "lte", "lt"]}


class DeletionFilter(FilterSet):
    object_type = TextFilter()
    object_id = django_filters.UUIDFilter()
    actor = TextFilter()

    class Meta:
        model = Event
        fields = {"created_at": ["gte", "gt", "lte", "lt"]}

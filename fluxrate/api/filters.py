"""Filters by field, from django-filter; a bad value is a 400 that names it."""

from typing import Any

import django_filters
from django import forms
from django.core.exceptions import ValidationError
from django_filters.rest_framework import DjangoFilterBackend

from fluxrate.text import normalized

from .problems import BadParameter


class TextField(forms.CharField):
    def to_python(self, value: Any) -> Any:
        return normalized(super().to_python(value) or "")


class TextFilter(django_filters.CharFilter):
    """Compares text as it is kept: trimmed and in NFC."""

    field_class = TextField


class FilterSet(django_filters.FilterSet):
    """An empty value is a mistake, not “anything”."""

    def is_valid(self) -> bool:
        for name in self.filters:
            if self.data.get(name) == "":
                self.form.add_error(
                    None, ValidationError({name: "A value is needed."}, code="empty")
                ) if name in self.form.fields else None
        return bool(super().is_valid())


class FilterBackend(DjangoFilterBackend):
    filterset_base = FilterSet

    def filter_queryset(self, request: Any, queryset: Any, view: Any) -> Any:
        filterset = self.get_filterset(request, queryset, view)
        if filterset is None:
            return queryset
        if not filterset.is_valid():
            name, messages = next(iter(filterset.errors.items()))
            raise BadParameter(name, str(messages[0]))
        return filterset.qs

"""Objects of nouns for which a test has no words of its own, by their examples."""

from collections.abc import Iterator, Mapping
from typing import cast

from django.db.models import Model
from rest_framework.fields import Field

from customers.serializers.customer import RecordSerializer
from customers.urls import router
from fluxrate.api.serializers import EmailField, OwnedRelatedField, TextField
from fluxrate.api.viewsets import OwnedViewSet
from organizations.models import Organization

# The word of a path → its viewset.
NOUNS = {
    word: viewset
    for word, viewset, _ in router.registry
    if issubclass(viewset, OwnedViewSet)
}
# Model → the word in its paths.
WORDS = {viewset.queryset.model: word for word, viewset in NOUNS.items()}
# What identifies an object, by the word.
Ids = Mapping[str, object]


def belongs(word: str) -> bool:
    """Whether a new object names another one."""
    return any(isinstance(field, OwnedRelatedField) for _, field, _ in _fields(word))


def body(word: str, ids: Ids) -> dict[str, object]:
    """What creates an object over HTTP."""
    return {
        name: ids[WORDS[field.rows.model]]
        if isinstance(field, OwnedRelatedField)
        else shown
        for name, field, shown in _fields(word)
    }


def create(word: str, organization: Organization, ids: Ids) -> Model:
    """A new object whose texts tell which organization has it."""
    mark = organization.name.lower().replace(" ", "")
    attributes = {
        str(field.source): field.rows.get(pk=ids[WORDS[field.rows.model]])
        if isinstance(field, OwnedRelatedField)
        else f"{mark}.{shown}".replace("acme", mark)
        if type(field) in {TextField, EmailField}
        else shown
        for _, field, shown in _fields(word)
    }
    model: type[Model] = NOUNS[word].queryset.model
    return model._default_manager.create(organization=organization, **attributes)


def _fields(word: str) -> Iterator[tuple[str, Field, object]]:
    """The fields that a body may have, each with its name and its example."""
    kind = cast("type[RecordSerializer]", NOUNS[word].serializer_class)
    for name, field in kind().fields.items():
        if not field.read_only and name in kind.example:
            yield name, field, kind.example[name]

"""Names and hints of models, fields, columns and actions, in the reader's language."""

from collections.abc import Iterable, Iterator
from typing import cast

from django.apps import apps
from django.contrib import admin
from django.db.models import Model
from django.forms import ChoiceField, Field
from django.forms.utils import pretty_name
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from .actions import ModelAction
from .delete_selected import DELETE_SELECTED
from .filter_sets import ListFilterSet

NAMES = {"verbose_name", "verbose_name_plural", "short_description", "help_text"}


def translate_names() -> None:
    """Let every name of the admin be looked up when a page shows it."""
    for model in admin.site._registry:  # noqa: SLF001
        opts = model._meta
        if "verbose_name_plural" not in opts.original_attrs:
            # Django's default, an s after the English name, is lazy but in no catalog.
            opts.verbose_name_plural = str(opts.verbose_name_plural)
        for described in (opts, *opts.fields, *opts.many_to_many, *_columns(model)):
            _make_lazy(described)
        model_admin = admin.site.get_model_admin(model)
        hint = _lazy(model_admin.search_help_text)
        vars(model_admin)["search_help_text"] = hint
        for field in _fields(model_admin):
            _make_lazy(field, {"label", "help_text"})
            if isinstance(field, ChoiceField):
                field.choices = [(key, _lazy(label)) for key, label in _choices(field)]
    for config in apps.get_app_configs():
        _make_lazy(config)


def _make_lazy(described: object, keys: set[str] = NAMES) -> None:
    """Django's own names are lazy already, and so are the names of a shared method."""
    attributes = vars(described)
    for key in keys & attributes.keys():
        attributes[key] = _lazy(attributes[key])


def _lazy(text: object) -> object:
    return text if isinstance(text, Promise) or not text else gettext_lazy(str(text))


def _choices(field: Field) -> Iterable[tuple[object, str]]:
    return cast(Iterable[tuple[object, str]], getattr(field, "choices", ()))


def names() -> set[str]:
    """The names in English."""
    result: set[str] = set()
    for model, model_admin in admin.site._registry.items():  # noqa: SLF001
        opts = model._meta
        columns = opts.fields + opts.many_to_many
        result |= {str(opts.verbose_name), str(opts.verbose_name_plural)}
        result |= {str(opts.app_config.verbose_name)}
        result |= {str(field.verbose_name) for field in columns}
        result |= {str(field.help_text) for field in columns}
        result |= set(map(_description, _columns(model)))
        result |= set(map(str, _texts(model_admin)))
    return result - {"", "None"}


def _texts(model_admin: admin.ModelAdmin) -> Iterator[object]:
    yield model_admin.search_help_text
    yield from getattr(model_admin, "columns", ())
    filter_set = getattr(model_admin, "filter_set", None) or ListFilterSet
    for name in filter_set.controls:
        yield filter_set.label(name)
        yield from (label for _, label in filter_set.choices_of(name))
    for action in _actions(model_admin):
        yield from (action.label, action.past_participle)
    for field in _fields(model_admin):
        yield from (field.label, field.help_text)
        yield from (label for _, label in _choices(field))


def _actions(model_admin: admin.ModelAdmin) -> Iterator[ModelAction]:
    actions = (*(model_admin.actions or ()), DELETE_SELECTED)
    return (action for action in actions if isinstance(action, ModelAction))


def _fields(model_admin: admin.ModelAdmin) -> Iterator[Field]:
    """The fields of the forms of the actions."""
    for action in _actions(model_admin):
        for name, field in action.form.base_fields.items():
            field.label = field.label or pretty_name(name)
            yield field


def _columns(model: type[Model]) -> Iterator[object]:
    """The methods of a model's pages that describe themselves."""
    for cls in type(admin.site.get_model_admin(model)).__mro__:
        if cls.__module__.partition(".")[0] != "django":
            yield from (v for v in vars(cls).values() if _description(v))


def _description(value: object) -> str:
    described = callable(value) and hasattr(value, "__dict__")
    return str(vars(value).get("short_description", "")) if described else ""

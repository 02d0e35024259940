"""Names of models, fields, columns and actions, in the reader's language."""

from collections.abc import Iterator

from django.apps import apps
from django.contrib import admin
from django.db.models import Model
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from .actions import ModelAction

NAMES = {"verbose_name", "verbose_name_plural", "short_description"}


def translate_names() -> None:
    """Let every name of the admin be looked up when a page shows it."""
    for model in admin.site._registry:  # noqa: SLF001
        opts = model._meta
        for described in (opts, *opts.fields, *opts.many_to_many, *_columns(model)):
            _make_lazy(described)
    for config in apps.get_app_configs():
        _make_lazy(config)


def _make_lazy(described: object) -> None:
    """Django's own names are lazy already, and so are the names of a shared method."""
    attributes = vars(described)
    for key in NAMES & attributes.keys():
        if not isinstance(attributes[key], Promise):
            attributes[key] = gettext_lazy(str(attributes[key]))


def names() -> set[str]:
    """The names in English."""
    result: set[str] = set()
    for model, model_admin in admin.site._registry.items():  # noqa: SLF001
        opts = model._meta
        result |= {str(opts.verbose_name), str(opts.verbose_name_plural)}
        result |= {str(opts.app_config.verbose_name)}
        result |= {str(field.verbose_name) for field in opts.fields + opts.many_to_many}
        result |= set(map(_description, _columns(model)))
        actions = (a for a in model_admin.actions or () if isinstance(a, ModelAction))
        result |= {str(action.label) for action in actions}
    return result


def _columns(model: type[Model]) -> Iterator[object]:
    """The methods of a model's pages that describe themselves."""
    for cls in type(admin.site.get_model_admin(model)).__mro__:
        if cls.__module__.partition(".")[0] != "django":
            yield from (v for v in vars(cls).values() if _description(v))


def _description(value: object) -> str:
    described = callable(value) and hasattr(value, "__dict__")
    return str(vars(value).get("short_description", "")) if described else ""

"""Constants of the admin pages of customers, plans and subscriptions."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from customers.fields import MetadataField
from customers.forms import MetadataFormField
from organizations.admin import TIMES

Fieldset = tuple[Any, Any]

RECORD_FIELDSET: Fieldset = (_("Record"), {"fields": ("id", "revision", *TIMES)})
METADATA_OVERRIDES: Any = {MetadataField: {"form_class": MetadataFormField}}

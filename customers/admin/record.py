"""What the pages of customers, plans and subscriptions share."""

from typing import Any

from customers.fields import MetadataField
from customers.forms import MetadataFormField
from organizations.admin import TIMES

RECORD: Any = ("Record", {"fields": ("id", "revision", *TIMES)})
METADATA: Any = {MetadataField: {"form_class": MetadataFormField}}

"""How to undo a deletion, and what came back, as JSON."""

from typing import ClassVar

from rest_framework import serializers

from fluxrate.api.serializers import BooleanField, StrictSerializer

from .count_serializers import CUSTOMER, EXAMPLE_COUNTS, NounCountSerializer
from .deletion import KEEP
from .external_id_field import ExternalIdField


class RestoreSerializer(StrictSerializer):
    example: ClassVar = {"dry_run": True, "external_id": "keep", "catch_up": True}

    dry_run = BooleanField(
        default=False, help_text="Report the result, and restore nothing."
    )
    external_id = ExternalIdField(
        default=KEEP, help_text="The restored object's external_id."
    )
    catch_up = BooleanField(
        default=True,
        help_text="Whether the billing periods that ended meanwhile are counted, dated "
        "as due. Otherwise the subscriptions continue as after a pause.",
    )


class RestorationSerializer(StrictSerializer):
    """What came back, or would come back."""

    example: ClassVar = {
        "dry_run": False,
        "object_type": "customer",
        "restored": EXAMPLE_COUNTS,
        "periods": 0,
        "object": {"id": CUSTOMER, "name": "Acme Corp", "revision": 4},
    }

    dry_run = serializers.BooleanField(help_text="Whether nothing was restored.")
    object_type = serializers.CharField(help_text="The noun, such as `customer`.")
    restored = serializers.DictField(
        child=NounCountSerializer(), help_text="The restored rows by noun and status."
    )
    periods = serializers.IntegerField(
        help_text="The changes that had become due meanwhile, and happened now."
    )
    object = serializers.DictField(
        child=serializers.JSONField(), help_text="The object, as its own URL shows it."
    )

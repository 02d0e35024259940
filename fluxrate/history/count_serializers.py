"""Counts of rows, and warnings about them, as JSON."""

from rest_framework import serializers

from fluxrate.api.serializers import StrictSerializer

CUSTOMER = "550e8400-e29b-41d4-a716-446655440000"
EXAMPLE_COUNTS = {
    "customers": {"total": 1, "by_status": {"ACTIVE": 1}},
    "subscriptions": {"total": 3, "by_status": {"ACTIVE": 2, "CANCELED": 1}},
}


class NounCountSerializer(StrictSerializer):
    total = serializers.IntegerField(help_text="The number of rows.")
    by_status = serializers.DictField(
        child=serializers.IntegerField(),
        help_text="The rows in each status; empty if they have none.",
    )


class DeletionWarningSerializer(StrictSerializer):
    code = serializers.CharField(help_text="The warning, stable, for programs.")
    message = serializers.CharField(help_text="The warning, for people.")
    count = serializers.IntegerField(help_text="The number of rows that it is about.")

from typing import ClassVar, Self

from django.db import models
from django.db.models import CheckConstraint, Index, Q, UniqueConstraint
from django.db.models.functions import Upper

from customers.countries import CountryField
from fluxrate.postgres.constraints import not_empty
from fluxrate.postgres.triggers import recorded
from fluxrate.text import LineField
from organizations.models import CountedQuerySet, Owned, kept_totals

from .metadata import MetadataField, metadata_is_flat


class CustomerQuerySet(CountedQuerySet):
    def matching(self, text: str) -> Self:
        """Customers whose name, email or external_id begins with the text."""
        return self.filter(
            Q(name__istartswith=text)
            | Q(email__istartswith=text)
            | Q(external_id__istartswith=text)
        )


class Customer(Owned):
    """Whom the organization bills."""

    class Status(models.TextChoices):
        ACTIVE = "ACTIVE"
        INACTIVE = "INACTIVE"

    name = LineField(max_length=255)
    email = models.EmailField()
    external_id = LineField(
        max_length=255, null=True, blank=True, help_text="The caller's own id."
    )
    phone = LineField(max_length=50, null=True, blank=True)
    billing_address_line1 = LineField(max_length=255, null=True, blank=True)
    billing_address_line2 = LineField(max_length=255, null=True, blank=True)
    billing_address_city = LineField(max_length=255, null=True, blank=True)
    billing_address_state = LineField(max_length=255, null=True, blank=True)
    billing_address_country = CountryField(
        null=True, blank=True, help_text="ISO 3166-1 alpha-2."
    )
    billing_address_postal_code = LineField(max_length=50, null=True, blank=True)
    status = models.CharField(max_length=8, choices=Status, default=Status.ACTIVE)
    metadata = MetadataField()

    objects: ClassVar = CustomerQuerySet.as_manager()

    class Meta(Owned.Meta):
        triggers = [*recorded(), *kept_totals()]
        constraints = [
            UniqueConstraint(
                fields=["organization", "id"], name="customer_in_organization"
            ),
            UniqueConstraint(
                fields=["organization", "external_id"],
                name="customer_external_id_taken",
                violation_error_code="external_id_taken",
                violation_error_message="Another customer has this external_id.",
            ),
            CheckConstraint(
                condition=Q(status__in=["ACTIVE", "INACTIVE"]),
                name="customer_status_known",
            ),
            CheckConstraint(
                condition=Q(billing_address_country__regex="^[A-Z]{2}$"),
                name="customer_country_is_alpha_2",
            ),
            not_empty("name", name="customer_has_a_name"),
            not_empty("external_id", name="customer_external_id_not_empty"),
            metadata_is_flat("customer_metadata_is_flat"),
        ]
        indexes = [
            Index(fields=["organization", "name", "id"], name="customer_name"),
            Index("organization", Upper("email"), "id", name="customer_email"),
            Index(fields=["organization", "created_at", "id"], name="customer_created"),
            Index(fields=["organization", "updated_at", "id"], name="customer_updated"),
        ]

    def __str__(self) -> str:
        return self.name

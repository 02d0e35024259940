from typing import ClassVar, Self

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import (
    BooleanField,
    CheckConstraint,
    Expression,
    F,
    Func,
    Index,
    Q,
    UniqueConstraint,
)
from django.db.models.functions import Collate, Left, Upper

from customers.fields import CountryField, MetadataField, metadata_is_flat
from customers.search.normalization import SORTED_CHARACTERS, fold
from fluxrate.errors import RuleBroken
from fluxrate.models import Owned, OwnedQuerySet, row_count_triggers
from fluxrate.models.acting import acting
from fluxrate.models.recorded import DeletionWarning, RowCounts
from fluxrate.postgres.advisory_lock import lock_in_transaction
from fluxrate.postgres.constraints import (
    PrimaryKey,
    email_address,
    known_choice,
    visible_text,
)
from fluxrate.postgres.triggers import history_triggers, response_erasure_triggers
from fluxrate.text import EmailField, LineField
from organizations.models import Organization

# The most customers that an ambiguous match names.
MAX_MATCHES = 10
# Optional fields, in the order of the arguments of `customer_missing`, SQL.
OPTIONAL = [
    "external_id",
    "phone",
    "billing_address_line1",
    "billing_address_line2",
    "billing_address_city",
    "billing_address_state",
    "billing_address_country",
    "billing_address_postal_code",
]


class Missing(Func):
    """The names of the optional fields that a customer lacks."""

    function = "customer_missing"

    def __init__(self, *expressions: Expression | str, **extra: object) -> None:
        names = ArrayField(models.TextField())
        super().__init__(*(expressions or OPTIONAL), output_field=names)


class SearchKeys(Func):
    """The keys by which a search within the organization finds a customer."""

    function = "customer_search_keys"

    def __init__(self, *expressions: Expression | str, **extra: object) -> None:
        keys = ArrayField(models.BigIntegerField())
        columns = expressions or ("organization_id", "search_text")
        super().__init__(*columns, output_field=keys)


class SearchEverywhere(Func):
    """The keys by which a search over all organizations finds a customer."""

    function = "customer_search_everywhere"

    def __init__(self, *expressions: Expression | str, **extra: object) -> None:
        keys = ArrayField(models.BigIntegerField())
        super().__init__(*(expressions or ("search_text",)), output_field=keys)


def sorted_name() -> Collate:
    """The folded name, by which an index sorts customers."""
    folded = Func("name", function="customer_fold", output_field=models.TextField())
    return Collate(Left(folded, SORTED_CHARACTERS), "C")


class AmbiguousMatch(RuleBroken):
    """`customer_ids` has the first of the customers."""

    code = "ambiguous_match"
    message = "Several customers have this email. Choose one by its id."


class CustomerMatch(models.TextChoices):
    """The field by which get-or-create finds a customer."""

    EMAIL = "email"
    EXTERNAL_ID = "external_id"


class CustomerQuerySet(OwnedQuerySet["Customer"]):
    def match_or_create(
        self, match: str, *, organization: Organization, **fields: object
    ) -> tuple["Customer", bool]:
        """The customer with the same email or external_id, and whether it is new.

        Emails match in any case. Of parallel calls within transactions, one creates it.
        """
        value = fields[match]
        lock_in_transaction(f"customer {organization.pk} {match} {value}")
        lookup = "email__iexact" if match == CustomerMatch.EMAIL else match
        rows = self.owned_by(organization)
        customers = list(rows.filter(**{lookup: value}).order_by("pk")[:MAX_MATCHES])
        if len(customers) > 1:
            raise AmbiguousMatch(customer_ids=[row.pk for row in customers])
        if customers:
            return customers[0], False
        if match == CustomerMatch.EMAIL:
            return rows.create(organization=organization, **fields), True
        # A writer that takes no such lock may create it meanwhile.
        unique = {"organization": organization, match: fields.pop(match)}
        return rows.get_or_create(**unique, defaults=fields)

    def with_name(self, name: str) -> Self:
        """Customers with exactly this name, by the index of sorted names."""
        key = fold(name)[:SORTED_CHARACTERS]
        return self.alias(sorted_name=sorted_name()).filter(sorted_name=key, name=name)

    def mark_inactive(self, *, reason: str) -> int:
        """Mark the active ones inactive, as one batch; return how many."""
        return self._set_status(CustomerStatus.INACTIVE, reason)

    def mark_active(self, *, reason: str) -> int:
        """Mark the inactive ones active, as one batch; return how many."""
        return self._set_status(CustomerStatus.ACTIVE, reason)

    def _set_status(self, status: "CustomerStatus", reason: str) -> int:
        with acting(reason=reason):
            return self.exclude(status=status).update(status=status)

    def missing(self, names: list[str]) -> Self:
        """Customers without any of these fields, some of OPTIONAL."""
        return self.alias(missing=Missing()).filter(missing__contains=names)


class CustomerManager(
    models.Manager.from_queryset(CustomerQuerySet)  # type: ignore[misc]
):
    """Defers `search_text`, which only SQL reads."""

    def get_queryset(self) -> CustomerQuerySet:
        rows: CustomerQuerySet = super().get_queryset()
        return rows.defer("search_text")


class CustomerStatus(models.TextChoices):
    ACTIVE = "ACTIVE"
    INACTIVE = "INACTIVE"


class Customer(Owned):
    """A party that the organization bills."""

    Status = CustomerStatus
    revert_scope = "customers"

    name = LineField(max_length=255)
    email = EmailField()
    external_id = LineField(
        max_length=255, null=True, blank=True, help_text="The client's own id."
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
    status = models.CharField(
        max_length=8, choices=CustomerStatus, default=CustomerStatus.ACTIVE
    )
    metadata = MetadataField()

    search_text = models.GeneratedField(
        expression=Func(
            "name",
            "email",
            "external_id",
            "phone",
            function="customer_search_text",
            output_field=models.TextField(),
        ),
        output_field=models.TextField(),
        db_persist=True,
        editable=False,
    )

    objects: ClassVar = CustomerManager()

    class Meta(Owned.Meta):
        permissions = [("export_customer", "Can export customers")]
        triggers = [
            *history_triggers(),
            *row_count_triggers(),
            *response_erasure_triggers(),
        ]
        constraints = [
            PrimaryKey(
                fields=["organization", "id"],
                name="customer_in_organization",
                violation_error_code="conflict",
                violation_error_message="A customer with this id exists already.",
            ),
            UniqueConstraint(
                fields=["organization", "external_id"],
                name="customer_external_id_taken",
                violation_error_code="external_id_taken",
                violation_error_message="Another customer has this external_id.",
            ),
            known_choice("status", CustomerStatus, name="customer_status_known"),
            CheckConstraint(
                condition=Func(
                    F("billing_address_country"),
                    function="is_country",
                    output_field=BooleanField(),
                ),
                name="customer_country_known",
                violation_error_code="unknown_country",
                violation_error_message=(
                    "billing_address_country: A code of ISO 3166-1 alpha-2 is needed."
                ),
            ),
            email_address("email", name="customer_email_valid"),
            visible_text("name", name="customer_has_a_name"),
            visible_text("external_id", name="customer_external_id_not_empty"),
            metadata_is_flat("customer_metadata_is_flat"),
        ]
        indexes = [
            Index(fields=["id"], name="customer_id"),
            # With the included columns, a deep page is reached in the index alone.
            Index(
                "organization",
                sorted_name(),
                "id",
                include=["name", "email"],
                name="customer_sorted_name",
            ),
            # One index is for the search, one for combined filters. New rows wait
            # in a list of at most 1 MB, which every search reads, too; a worker merges
            # it (`customer_indexes`).
            GinIndex(
                OpClass(SearchKeys(), name="array_ops"),
                OpClass(SearchEverywhere(), name="array_ops"),
                name="customer_search",
                gin_pending_list_limit=1024,
            ),
            GinIndex(
                OpClass("organization", name="uuid_ops"),
                OpClass("status", name="varchar_ops"),
                OpClass("phone", name="varchar_ops"),
                OpClass("billing_address_state", name="varchar_ops"),
                OpClass("billing_address_postal_code", name="varchar_ops"),
                OpClass("metadata", name="jsonb_path_ops"),
                OpClass(Missing(), name="array_ops"),
                name="customer_filters",
                gin_pending_list_limit=1024,
            ),
            # Lists by country and city are the usual ones, some of them long: both are
            # counted, also with a status, in the index alone.
            Index(
                fields=["organization", "billing_address_country", "id"],
                include=["status"],
                name="customer_country",
            ),
            Index(
                fields=["organization", "billing_address_city", "id"],
                include=["status"],
                name="customer_city",
            ),
            Index(
                "organization",
                Upper("email"),
                "id",
                include=["email"],
                name="customer_sorted_email",
            ),
            Index(fields=["organization", "created_at", "id"], name="customer_created"),
            # For the admin's first page: inactive customers of all organizations.
            Index(
                fields=["id"], condition=Q(status="INACTIVE"), name="customer_inactive"
            ),
            Index(fields=["organization", "updated_at", "id"], name="customer_updated"),
        ]

    def __str__(self) -> str:
        return self.name

    def deletion_warnings(self, counts: RowCounts) -> list[DeletionWarning]:
        """A deletion ends live subscriptions without canceling them."""
        subscriptions = counts.get("subscriptions", {"total": 0, "by_status": {}})
        ended = subscriptions["by_status"].get("CANCELED", 0)
        live: DeletionWarning = {
            "code": "live_subscriptions",
            "message": "Subscriptions that are not canceled would end.",
            "count": subscriptions["total"] - ended,
        }
        return [live] if live["count"] else []

    def set_status(self, status: CustomerStatus) -> None:
        self.status = status
        self.save(update_fields=["status"])

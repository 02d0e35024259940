"""The customers of the peers; all of them use these tables."""

import uuid

from django.contrib.auth.models import AbstractUser
from django.db import models


class Organization(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(max_length=255)

    def __str__(self):
        return self.name


class User(AbstractUser):
    organization = models.ForeignKey(Organization, on_delete=models.CASCADE)


class UUID7(models.Func):
    function = "uuidv7"
    output_field = models.UUIDField()
    arity = 0


class Customer(models.Model):
    class Status(models.TextChoices):
        ACTIVE = "ACTIVE"
        INACTIVE = "INACTIVE"

    id = models.UUIDField(primary_key=True, db_default=UUID7(), editable=False)
    organization = models.ForeignKey(
        Organization, on_delete=models.CASCADE, editable=False
    )
    name = models.CharField(max_length=255)
    email = models.EmailField()
    external_id = models.CharField(max_length=255, null=True, blank=True)
    phone = models.CharField(max_length=50, null=True, blank=True)
    billing_address_line1 = models.CharField(max_length=255, null=True, blank=True)
    billing_address_line2 = models.CharField(max_length=255, null=True, blank=True)
    billing_address_city = models.CharField(max_length=255, null=True, blank=True)
    billing_address_state = models.CharField(max_length=255, null=True, blank=True)
    billing_address_country = models.CharField(max_length=2, null=True, blank=True)
    billing_address_postal_code = models.CharField(max_length=50, null=True, blank=True)
    status = models.CharField(
        max_length=8, choices=Status, default=Status.ACTIVE, blank=True
    )
    metadata = models.JSONField(default=dict, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(fields=["organization", "id"], name="customer_newest")]
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "external_id"], name="customer_external_id"
            )
        ]

    def __str__(self):
        return self.name

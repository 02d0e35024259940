"""A million customers: organizations of 500,000, of 100,000, and 400 of 1,000."""

import time

from customers.demo_data.load import fill
from organizations.models import Membership, Organization

PASSWORD = "a-benchmark-and-no-secret"
SIZES = {"Large": 500_000, "Medium": 100_000} | {
    f"Small {number:03d}": 1_000 for number in range(400)
}


def email(name: str) -> str:
    return f"{name.lower().replace(' ', '-')}@bench.example"


def build() -> float | None:
    """Make what is missing; the seconds it took, or None where all was there."""
    if Organization.objects.filter(name="Large").exists():
        return None
    sizes = {
        Membership.create_with_owner(
            email=email(name), password=PASSWORD, organization_name=name
        ).organization: size
        for name, size in SIZES.items()
    }
    began = time.monotonic()
    fill(sizes, history=False)
    return time.monotonic() - began

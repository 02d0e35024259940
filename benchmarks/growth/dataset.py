"""A million customers: organizations of 500,000, of 100,000, and 400 of 1,000."""

from customers.demonstration.load import fill
from organizations.models import Membership, Organization

PASSWORD = "a-benchmark-and-no-secret"
SIZES = {"Large": 500_000, "Medium": 100_000} | {
    f"Small {number:03d}": 1_000 for number in range(400)
}


def email(name: str) -> str:
    return f"{name.lower().replace(' ', '-')}@bench.example"


def build() -> None:
    """Make what is missing; a second call finds everything there."""
    if Organization.objects.filter(name="Large").exists():
        return
    sizes = {
        Membership.found(
            email=email(name), password=PASSWORD, organization_name=name
        ).organization: size
        for name, size in SIZES.items()
    }
    fill(sizes, history=False)

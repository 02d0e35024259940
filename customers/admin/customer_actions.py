"""The actions on customers in the admin."""

from django.db.models import QuerySet

from customers.models import Customer
from customers.models.customer import CustomerStatus
from fluxrate.admin.actions import ModelAction, Outcomes, Unchanged
from fluxrate.models.owned_deletion import named_rows
from fluxrate.postgres.refusals import refusals

from .metadata_actions import METADATA_ACTIONS


def _status_action(status: CustomerStatus) -> ModelAction:
    def why_not(customer: Customer) -> str:
        is_so = customer.status == status
        return f"It is {status.label.lower()} already." if is_so else ""

    def run_many(rows: QuerySet, **_: object) -> Outcomes:
        """One statement changes the rows that have the other status."""
        every = Customer.objects.filter(pk__in=rows.values("pk")).order_by("pk")
        locked = every.select_for_update(no_key=True).only("organization_id", "status")
        customers = {customer.pk: customer for customer in locked}
        reasons = {pk: why_not(customer) for pk, customer in customers.items()}
        ids = [pk for pk, reason in reasons.items() if not reason]

        def change(chosen: list[object]) -> None:
            named_rows(Customer, [customers[pk] for pk in chosen]).update(status=status)

        failures: dict[object, Exception] = {
            pk: Unchanged(reason) for pk, reason in reasons.items() if reason
        }
        failures |= refusals(change, ids) if ids else ()
        return Outcomes(reasons.keys() - failures.keys(), failures)

    word = status.label.lower()
    return ModelAction(
        f"mark_{word}",
        f"Mark {word}…",
        f"marked {word}",
        available=lambda customer: not why_not(customer),
        run_many=run_many,
        refusal=why_not,
    )


CUSTOMER_ACTIONS = (
    _status_action(CustomerStatus.INACTIVE),
    _status_action(CustomerStatus.ACTIVE),
    *METADATA_ACTIONS,
)

"""A test organization with a customer and plans, for tests of subscriptions."""

from datetime import UTC, datetime

URL = "/api/v1/subscriptions"
START = "2026-01-31T00:00:00Z"
ACTION_TO = {"PAST_DUE": "mark-past-due", "PAUSED": "pause", "CANCELED": "cancel"}


def day(text):
    """`2026-01-31`, or with a time, in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


class SubscriptionScenario:
    """Acme as a test organization on 31 January 2026, with a customer and two plans."""

    def __init__(self, acme):
        self.api, self.organization = acme.api, acme.organization
        self.send("patch", "/api/v1/organization", {"is_test": True})
        self.set_clock(START)
        self.customer = self.send(
            "post", "/api/v1/customers", {"name": "Ada", "email": "ada@example.com"}
        )
        self.plan = self.new_plan("Pro")
        self.yearly = self.new_plan("Pro yearly", billing_interval="year")

    def send(self, method, url, body=None):
        """The body of the response, which must be a success."""
        response = getattr(self.api, method)(url, body or {})
        assert response.status_code in {200, 201}, response.content
        return response.json()

    def set_clock(self, at):
        """Set the clock, forward or back, and take no step that is due by then."""
        organizations = type(self.organization).objects
        organizations.filter(pk=self.organization.pk).update(clock_at=at)

    def move_clock(self, at):
        return self.send("post", "/api/v1/organization/clock", {"at": at})

    def new_plan(self, name, **fields):
        return self.send("post", "/api/v1/plans", {"name": name, **fields})

    def post(self, **fields):
        """The response to the creation of a subscription."""
        body = {"customer_id": self.customer["id"], "plan_id": self.plan["id"]}
        return self.api.post(URL, body | fields)

    def subscribe(self, **fields):
        response = self.post(**fields)
        assert response.status_code == 201, response.content
        return response.json()

    def act(self, subscription, name, **body):
        return self.api.post(f"{URL}/{subscription['id']}/{name}", body)

    def read(self, subscription):
        return self.api.get(f"{URL}/{subscription['id']}").json()

    def events(self, subscription):
        """Oldest first."""
        url = f"/api/v1/events?object_id={subscription['id']}"
        events = self.api.get(url).json()["data"]
        return sorted(events, key=lambda event: event["revision"])

    def in_state(self, status):
        """A new subscription with the status."""
        trial = {"trial_end_date": "2026-02-10T00:00:00Z"} if status == "TRIAL" else {}
        subscription = self.subscribe(**trial)
        if status in ACTION_TO:
            subscription = self.act(subscription, ACTION_TO[status]).json()
        assert subscription["status"] == status
        return subscription

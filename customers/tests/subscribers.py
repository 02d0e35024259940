"""A stage for tests of subscriptions: a test organization, whose time stands still."""

from datetime import UTC, datetime

URL = "/api/v1/subscriptions"
START = "2026-01-31T00:00:00Z"


def day(text):
    """`2026-01-31`, or with a time, in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


class Stage:
    """Acme as a test organization on 31 January 2026, with a customer and two plans."""

    def __init__(self, acme, now=START):
        self.api, self.organization = acme.api, acme.organization
        self.done("patch", "/api/v1/organization", {"is_test": True})
        # A clock only goes forward: for tests it is put where they begin.
        type(self.organization).objects.filter(pk=self.organization.pk).update(
            clock_at=now
        )
        self.customer = self.done(
            "post", "/api/v1/customers", {"name": "Ada", "email": "ada@example.com"}
        )
        self.plan = self.new_plan("Pro")
        self.yearly = self.new_plan("Pro yearly", billing_interval="year")

    def done(self, method, url, body=None):
        answer = getattr(self.api, method)(url, body or {})
        assert answer.status_code in {200, 201}, answer.content
        return answer.json()

    def new_plan(self, name, **fields):
        return self.done("post", "/api/v1/plans", {"name": name, **fields})

    def subscribe(self, **fields):
        body = {"customer_id": self.customer["id"], "plan_id": self.plan["id"]}
        return self.done("post", URL, body | fields)

    def act(self, one, name, **body):
        return self.api.post(f"{URL}/{one['id']}/{name}", body)

    def move(self, at):
        return self.done("post", "/api/v1/organization/clock", {"at": at})

    def read(self, one):
        return self.api.get(f"{URL}/{one['id']}").json()

    def events(self, one):
        """Oldest first."""
        found = self.api.get(f"/api/v1/events?object_id={one['id']}").json()["data"]
        return sorted(found, key=lambda event: event["revision"])

    def in_state(self, status):
        """A new subscription in the state."""
        trial = {"trial_end_date": "2026-02-10T00:00:00Z"} if status == "TRIAL" else {}
        one = self.subscribe(**trial)
        way = {"PAST_DUE": "mark-past-due", "PAUSED": "pause", "CANCELED": "cancel"}
        if status in way:
            one = self.act(one, way[status]).json()
        assert one["status"] == status
        return one

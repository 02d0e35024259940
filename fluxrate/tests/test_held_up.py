"""What waits for one thing does not keep others waiting: real servers, real locks."""

import time

from fluxrate.tests.locked_rows import locked_writers
from fluxrate.tests.waiting import wait_for

CUSTOMERS = "/api/v1/customers"
ADA = {"name": "Ada", "email": "ada@example.com"}


def test_a_locked_row_holds_up_no_other_organization(site):
    """With four threads alone, all would wait for the lock, for a minute each."""
    with site.another(LOCK_TIMEOUT="60s", STATEMENT_TIMEOUT="60s") as other:
        acme, globex = other.owner(), other.owner()
        path = acme.ask("POST", CUSTOMERS, ADA).headers["Location"]
        globex.ask("POST", CUSTOMERS, ADA)
        with locked_writers(other, acme, path, 18) as statuses:
            # Sixteen may wait for the row; the others are answered while it is locked.
            wait_for(lambda: statuses[503] == 2)
            began = time.monotonic()
            for _ in range(20):
                assert globex.ask("GET", CUSTOMERS).status == 200
                assert other.ask("GET", "/livez").status == 200
                assert other.ask("GET", "/readyz").status == 200
            # 60 responses take 0.2 s on an idle machine.
            assert time.monotonic() - began < 5
        assert statuses == {200: 16, 503: 2}

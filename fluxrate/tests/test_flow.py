"""`benchmarks/flow.py`: how many files of ours a reader opens to follow a request."""

import os
import re
import subprocess
import sys

from fluxrate.tests.live_site import CHECKOUT

MAX_FILES = {
    "POST /customers": 22,
    "GET /customers": 22,
    "GET /customers/{id}": 22,
    "GET /customers?search=ada": 28,
}
ADMIN_EDIT, MAX_STATEMENTS = "admin edit of a customer", 10


def test_a_request_crosses_few_files_and_sends_few_statements():
    environment = {k: v for k, v in os.environ.items() if k != "DATABASE_URL"}
    output = subprocess.run(
        [sys.executable, str(CHECKOUT / "benchmarks" / "flow.py")],
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    ).stdout
    rows = re.findall(r"^(\S.*?) +(\d+) +\d+ +\d+ +(\d+)$", output, re.MULTILINE)
    files = {name: int(number) for name, number, _ in rows}
    statements = {name: int(number) for name, _, number in rows}
    assert {k: files[k] for k, most in MAX_FILES.items() if files[k] > most} == {}
    assert statements[ADMIN_EDIT] <= MAX_STATEMENTS

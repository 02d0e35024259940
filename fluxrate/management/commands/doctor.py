"""`manage.py doctor`: check settings, machine and database; change nothing."""

import json
import sys
from argparse import ArgumentParser
from collections import Counter

from django.core.management import BaseCommand

from fluxrate.management.doctor import Status, examine


class Command(BaseCommand):
    help = "Check settings, machine and database. The exit code is 1 after an error."
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="one JSON object")

    def handle(self, *args: object, json: bool, **options: object) -> None:
        checks = [
            {
                "name": name,
                "status": finding.status,
                "message": finding.message,
            }
            for name, finding in examine()
        ]
        counts = Counter(check["status"] for check in checks)
        self.report(checks, counts) if not json else self.write_json(checks, counts)
        if counts[Status.ERROR]:
            sys.exit(1)

    def write_json(self, checks: list[dict[str, str]], counts: Counter[str]) -> None:
        totals = {status: counts[status] for status in Status}
        self.stdout.write(json.dumps({"checks": checks, "counts": totals}))

    def report(self, checks: list[dict[str, str]], counts: Counter[str]) -> None:
        for check in checks:
            name = check["name"].replace("_", " ")
            self.stdout.write(f"{check['status']:<8} {name:<18} {check['message']}")
        totals = [f"{counts[status]} {status}" for status in Status]
        self.stdout.write(", ".join(totals))

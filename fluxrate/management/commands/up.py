"""`manage.py up`, which `make run` calls: everything a start needs, then serve."""

import http.client
import threading
import time
from contextlib import suppress
from typing import Any

from django.conf import settings
from django.core.management import BaseCommand, CommandError
from django.db import OperationalError

from fluxrate.management.address import Address, free_address
from fluxrate.management.migrating import migrate
from fluxrate.management.static import collect_if_changed
from fluxrate.management.webserver import serve

_BANNER = """\
Fluxrate is ready.
  API      {url}/api/v1
  Docs     {url}/docs
  Admin    {url}/admin/
  Health   {url}/health

Try     curl {url}/health
Stop    Ctrl-C
"""
_PATIENCE = 60


class Command(BaseCommand):
    help = "Migrate the database, collect static files and serve."

    def handle(self, *args: Any, **options: Any) -> None:
        address = free_address(settings.HOST, settings.PORT)
        try:
            migrate()
        except OperationalError as error:
            raise CommandError(f"The database does not answer: {error}") from error
        collect_if_changed()
        threading.Thread(target=self.welcome, args=[address], daemon=True).start()
        serve(address, workers=settings.WEB_CONCURRENCY, threads=settings.THREADS)

    def welcome(self, address: Address) -> None:
        """Print where everything is, once the server answers."""
        deadline = time.monotonic() + _PATIENCE
        while time.monotonic() < deadline:
            if _answers(address):
                self.stdout.write(_BANNER.format(url=address.url))
                self.stdout.flush()
                return
            time.sleep(0.05)


def _answers(address: Address) -> bool:
    with suppress(OSError, http.client.HTTPException):
        host = address.url.removeprefix("http://")
        caller = http.client.HTTPConnection(host, timeout=5)
        caller.request("GET", "/health")
        return caller.getresponse().status == 200
    return False

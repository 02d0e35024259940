"""`manage.py up`, which `make run` calls: prepare everything, then serve."""

import http.client
import logging
import threading
import time

from django.conf import settings
from django.core.management import BaseCommand, CommandError
from django.db import OperationalError, connections

from fluxrate import __version__
from fluxrate.config import production
from fluxrate.management.signing_keys import unknown_keys
from fluxrate.server.address import Address, free_address
from fluxrate.server.migrate import migrate
from fluxrate.server.static import collect_if_changed
from fluxrate.server.web.supervisor import CannotServeError, serve

_BANNER = """\
Fluxrate is ready.
  API      {url}/api/v1
  Docs     {url}/docs
  Admin    {url}/admin/
  Health   {url}/health

Try     curl {url}/health
Stop    Ctrl-C
"""
_UNKNOWN_KEY = (
    "Another {name} signed on this database before: its logins are refused here, and "
    "limits are counted apart. Set the same {name} on every machine, or add the "
    "earlier one to {name}_FALLBACKS."
)
_PATIENCE_SECONDS = 60
_POLL_SECONDS = 0.1

logger = logging.getLogger("fluxrate.up")


class Command(BaseCommand):
    help = "Migrate the database, collect static files and serve."

    def handle(self, *args: object, **options: object) -> None:
        address = free_address(settings.HOST, settings.PORT)
        for warning in production.warnings(settings) if settings.PRODUCTION else ():
            logger.warning(warning)
        try:
            migrate()
        except OperationalError as error:
            raise CommandError(f"The database does not answer: {error}") from error
        collect_if_changed()
        for name in unknown_keys():
            logger.warning(_UNKNOWN_KEY.format(name=name))
        connections.close_all()
        fields = {"version": __version__, "processes": settings.WEB_CONCURRENCY}
        logger.info("started", extra={"fields": fields})
        threading.Thread(target=self.print_banner, args=[address], daemon=True).start()
        try:
            serve(
                address.host,
                address.port,
                processes=settings.WEB_CONCURRENCY,
                threads=settings.THREADS,
                workers=settings.WORKERS,
            )
        except CannotServeError as error:
            raise CommandError("The web server could not start; see above.") from error

    def print_banner(self, address: Address) -> None:
        """Print the URLs once the server responds, or else the obstacle."""
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while obstacle := _obstacle(address):
            if time.monotonic() > deadline:
                logger.warning("Not ready after %s s: %s", _PATIENCE_SECONDS, obstacle)
                return
            time.sleep(_POLL_SECONDS)
        self.stdout.write(_BANNER.format(url=address.url))
        self.stdout.flush()


def _obstacle(address: Address) -> str:
    """The reason why `/health` is not 200; "" if it is."""
    client = http.client.HTTPConnection(address.url.removeprefix("http://"), timeout=5)
    try:
        client.request("GET", "/health")
        status = client.getresponse().status
    except (OSError, http.client.HTTPException) as error:
        return f"/health cannot be reached ({type(error).__name__})."
    finally:
        client.close()
    return "" if status == 200 else f"/health answers {status}."

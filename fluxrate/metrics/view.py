"""`/metrics`: the numbers of a site, for holders of METRICS_TOKEN."""

from collections.abc import Iterator
from hmac import compare_digest

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric

from fluxrate import __version__

from .backups import backup_families
from .database import database_families
from .families import families
from .names import PREFIX
from .snapshots import snapshots

_REALM = {"WWW-Authenticate": 'Bearer realm="metrics"'}


class Site:
    """A collector of prometheus-client for all processes and their database."""

    def collect(self) -> Iterator[Metric]:
        build = GaugeMetricFamily(f"{PREFIX}build_info", "Version.", labels=["version"])
        build.add_metric([__version__], 1)
        yield build
        yield from families(snapshots.total())
        yield from backup_families()
        yield from database_families()


@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """200 with the metrics; 401 without the token; 404 if no token is configured."""
    if not settings.METRICS_TOKEN:
        raise Http404
    expected = f"Bearer {settings.METRICS_TOKEN}"
    header = request.headers.get("Authorization", "")
    if not compare_digest(header.encode(), expected.encode()):
        text = "Send METRICS_TOKEN as a Bearer token.\n"
        return HttpResponse(text, "text/plain", status=401, headers=_REALM)
    response = HttpResponse(generate_latest(Site()), CONTENT_TYPE_LATEST)
    response.headers["Cache-Control"] = "no-store"
    return response

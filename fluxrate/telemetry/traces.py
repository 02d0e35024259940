"""A span of OpenTelemetry for each response and each round of the worker."""

import os
import time
from collections.abc import Mapping
from importlib import import_module
from typing import TYPE_CHECKING

from fluxrate import __version__

if TYPE_CHECKING:
    from opentelemetry.trace import SpanKind, StatusCode, Tracer
    from opentelemetry.trace.propagation.tracecontext import (
        TraceContextTextMapPropagator,
    )

    Propagator = TraceContextTextMapPropagator


class Spans:
    """Off until `start`."""

    tracer: "Tracer | None" = None
    propagator: "Propagator"
    kinds: "type[SpanKind]"
    codes: "type[StatusCode]"

    def request(
        self,
        traceparent: str,
        method: str,
        route: str,
        status: int,
        seconds: float,
        request_id: str,
    ) -> None:
        """Record a response that was ready now, as a part of the caller's trace."""
        if self.tracer is None:
            return
        end = time.time_ns()
        span = self.tracer.start_span(
            f"{method} {route}",
            context=self.propagator.extract({"traceparent": traceparent}),
            kind=self.kinds.SERVER,
            attributes={
                "http.request.method": method,
                "http.route": route,
                "http.response.status_code": status,
                "fluxrate.request_id": request_id,
            },
            start_time=end - int(seconds * 1e9),
        )
        if status >= 500:
            span.set_status(self.codes.ERROR)
        span.end(end)

    def round(
        self, name: str, seconds: float, attributes: Mapping[str, str | int]
    ) -> None:
        """Record a round that ended now."""
        if self.tracer is not None:
            end = time.time_ns()
            began = end - int(seconds * 1e9)
            self.tracer.start_span(name, attributes=attributes, start_time=began).end(
                end
            )


spans = Spans()


def start(endpoint: str) -> None:
    """Send spans to a receiver; other OTEL_ variables are the SDK's."""
    os.environ["OTEL_EXPORTER_OTLP_ENDPOINT"] = endpoint
    os.environ.setdefault("OTEL_SERVICE_NAME", "fluxrate")
    api = import_module("opentelemetry.trace")
    context = import_module("opentelemetry.trace.propagation.tracecontext")
    sdk = import_module("opentelemetry.sdk.trace")
    export = import_module("opentelemetry.sdk.trace.export")
    otlp = import_module("opentelemetry.exporter.otlp.proto.http.trace_exporter")
    resources = import_module("opentelemetry.sdk.resources")
    resource = resources.Resource.create({"service.version": __version__})
    provider = sdk.TracerProvider(resource=resource)
    provider.add_span_processor(export.BatchSpanProcessor(otlp.OTLPSpanExporter()))
    spans.propagator = context.TraceContextTextMapPropagator()
    spans.kinds, spans.codes = api.SpanKind, api.StatusCode
    spans.tracer = provider.get_tracer("fluxrate", __version__)

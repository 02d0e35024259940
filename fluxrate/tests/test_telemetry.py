"""Errors to Sentry and traces to OpenTelemetry: real senders, real receivers."""

import gzip
import http.server
import json
import os
import subprocess
import sys
import threading
from contextlib import contextmanager

import psycopg
import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
)

from fluxrate.tests.database import new_database
from fluxrate.tests.live_site import CHECKOUT
from fluxrate.tests.waiting import wait_for

CUSTOMERS = "/api/v1/customers"
TRACE, PARENT = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
BATCHES = {"OTEL_BSP_SCHEDULE_DELAY": "100"}
IMPORTED = (
    "import sys, fluxrate.wsgi; names = ' '.join(sys.modules); "
    "print('opentelemetry' in names, 'sentry' in names)"
)


class Receiver(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.headers.get("Content-Encoding") == "gzip":
            body = gzip.decompress(body)
        self.server.bodies.append((self.path, body))
        self.send_response(200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, *arguments):
        """Nothing is printed."""


@contextmanager
def receiver():
    """A server that keeps the path and the body of each POST."""
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Receiver) as server:
        server.bodies = []
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


def spans(server):
    for path, body in server.bodies:
        assert path == "/v1/traces"
        for resource in ExportTraceServiceRequest.FromString(body).resource_spans:
            for scope in resource.scope_spans:
                yield from scope.spans


def attributes(span):
    return {
        each.key: each.value.string_value or each.value.int_value
        for each in span.attributes
    }


def test_each_response_is_a_span_of_the_callers_trace(site):
    with receiver() as server:
        endpoint = f"http://127.0.0.1:{server.server_port}"
        with site.another(OTEL_EXPORTER_OTLP_ENDPOINT=endpoint, **BATCHES) as other:
            owner = other.owner()
            header = f"00-{TRACE}-{PARENT}-01"
            # The second one is answered by a plan.
            for _ in range(2):
                assert owner.ask("GET", CUSTOMERS, traceparent=header).status == 200
            owner.ask("GET", f"{CUSTOMERS}/nobody@example.com?a=b")
            wait_for(lambda: len(list(spans(server))) >= 4)
    found = {}
    for span in spans(server):
        found.setdefault(span.name, []).append(span)
    reads = found["GET api/v1/customers"]
    assert len(reads) == 2
    for span in reads:
        assert (span.trace_id.hex(), span.parent_span_id.hex()) == (TRACE, PARENT)
        assert attributes(span)["http.response.status_code"] == 200
        assert len(attributes(span)["fluxrate.request_id"]) == 36
        assert 0 < span.end_time_unix_nano - span.start_time_unix_nano < 10**10
    assert b"nobody@example.com" not in b"".join(body for _, body in server.bodies)


def envelopes(server):
    """The events that arrived, as text."""
    for path, body in server.bodies:
        assert path == "/api/1/envelope/"
        for line in body.decode().splitlines():
            if '"event_id"' in line and '"logger"' in line:
                yield line


def test_an_error_is_reported_without_a_value_of_the_caller(site):
    with receiver() as server, new_database() as url:
        dsn = f"http://key@127.0.0.1:{server.server_port}/1"
        with site.another(DATABASE_URL=url, SENTRY_DSN=dsn) as other:
            owner = other.owner()
            with psycopg.connect(url) as admin:
                admin.execute("ALTER TABLE customers_customer RENAME name TO title")
            body = {"name": "Ada Lovelace", "email": "ada@navy.example"}
            answer = owner.ask("POST", f"{CUSTOMERS}?secret=4711", body)
            assert answer.status in {400, 500}
            answer = owner.ask("POST", CUSTOMERS, body)
            assert answer.status == 500
            wait_for(lambda: list(envelopes(server)))
    text = "\n".join(envelopes(server))
    event = json.loads(text.splitlines()[0])
    assert event["tags"]["request_id"]
    assert event["release"].startswith("fluxrate@")
    types = {each["type"] for each in event["exception"]["values"]}
    assert "UndefinedColumn" in types
    frames = event["exception"]["values"][-1]["stacktrace"]["frames"]
    assert not [frame for frame in frames if frame.get("vars")]
    for value in ("Lovelace", "navy.example", "4711", owner.cookie, "access_token"):
        assert value not in text


def run(code, **environment):
    return subprocess.run(
        [sys.executable, "-c", code],
        cwd=CHECKOUT,
        env=os.environ | environment,
        capture_output=True,
        text=True,
        check=False,
    )


def test_nothing_of_them_is_imported_without_their_settings():
    assert run(IMPORTED).stdout == "False False\n"


@pytest.mark.parametrize("name", ["SENTRY_DSN", "OTEL_EXPORTER_OTLP_ENDPOINT"])
def test_a_setting_whose_package_is_missing_is_refused_in_a_sentence(name):
    missing = (
        "import importlib.util as util; find = util.find_spec\n"
        "util.find_spec = lambda name: None if name in "
        "('sentry_sdk', 'opentelemetry') else find(name)\n"
        "import fluxrate.settings"
    )
    refused = run(missing, **{name: "http://key@127.0.0.1/1"})
    last = refused.stderr.splitlines()[-1]
    assert f"{name} needs more packages: pip install -r requirements-telemetry" in last

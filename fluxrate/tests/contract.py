"""`make contract`: schemathesis asks the running server whatever openapi.yaml allows,
and much that it does not, and compares every answer with it: with plans and without.
"""

import http.client
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import yaml

from fluxrate.tests.live_site import running

ROOT = Path(__file__).resolve().parents[2]
OWNER = {"email": "owner@acme.example", "password": "correct-horse-battery"}
CUSTOMER = {"name": "Acme Corp", "email": "billing@acme.com", "external_id": "acme"}
# These end the login that the other operations need.
ENDING = "/auth/(logout|switch|password)|/members/"
CHECKS = [
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
    "negative_data_rejection",
    "unsupported_method",
    "allow_header_conformance",
    "use_after_free",
]
# A stale If-Match is refused before the body is looked at.
REFUSED = """
[checks.negative_data_rejection]
expected-statuses = [400, 401, 403, 404, 405, 406, 409, 412, 413, 415, 422, 429]
"""


@contextmanager
def server(folder: Path, fast_path: str = "true") -> Iterator[int]:
    """A real server with an empty database of its own; yields its port."""
    settings = {
        "DATA_DIR": str(folder),
        "ACCESS_TOKEN_SECONDS": "86400",
        "FAST_PATH": fast_path,
    }
    environment = os.environ | settings
    environment.pop("DATABASE_URL", None)
    with running(environment, folder / "server.log") as site:
        yield site.port


def ask(
    port: int, method: str, path: str, body: object = None, cookie: str = ""
) -> tuple[int, dict[str, object], str]:
    """The status, the body and the cookies that were set."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    headers = {"Content-Type": "application/json", "Cookie": cookie}
    payload = None if body is None else json.dumps(body)
    connection.request(method, path, payload, headers)
    answer = connection.getresponse()
    found = json.loads(answer.read() or b"{}")
    return answer.status, found, answer.headers.get("Set-Cookie", "")


def populate(port: int) -> str:
    """Sign up and create a few objects; returns the cookie."""
    signup = OWNER | {"organization_name": "Acme"}
    _, _, cookies = ask(port, "POST", "/api/v1/auth/signup", signup)
    cookie = cookies.split(";")[0]
    customer = ask(port, "POST", "/api/v1/customers", CUSTOMER, cookie)[1]["id"]
    plan = ask(port, "POST", "/api/v1/plans", {"name": "Pro"}, cookie)[1]["id"]
    body = {"customer_id": customer, "plan_id": plan}
    assert ask(port, "POST", "/api/v1/subscriptions", body, cookie)[0] == 201
    return cookie


def without_security(folder: Path) -> Path:
    """The document without its security schemes: the cookie is sent with everything,
    and schemathesis would make up credentials beside it.
    """
    document = yaml.safe_load((ROOT / "openapi.yaml").read_text())
    del document["components"]["securitySchemes"]
    for path in document["paths"].values():
        for operation in path.values():
            operation.pop("security", None)
    target = folder / "openapi.yaml"
    target.write_text(yaml.safe_dump(document))
    return target


def asked(port: int, folder: Path) -> int:
    """Run schemathesis; the exit code says whether every answer kept the contract."""
    configuration = folder / "schemathesis.toml"
    configuration.write_text(REFUSED)
    command = [
        str(Path(sys.executable).with_name("schemathesis")),
        f"--config-file={configuration}",
        "run",
        str(without_security(folder)),
        f"--url=http://127.0.0.1:{port}",
        f"--header=Cookie: {populate(port)}",
        f"--checks={','.join(CHECKS)}",
        f"--exclude-path-regex={ENDING}",
        "--generation-database=none",
        "--continue-on-failure",
    ]
    given = sys.argv[1:] or ["--max-examples=20", "--seed=1"]
    return subprocess.call([*command, *given], cwd=ROOT)


def run(fast_path: str) -> int:
    """The exit code of a run with or without plans."""
    with tempfile.TemporaryDirectory(prefix="fluxrate-contract-") as name:
        folder = Path(name)
        # The embedded server may run as another user than the one who asks.
        folder.chmod(0o711)
        with server(folder, fast_path) as port:
            code = asked(port, folder)
        errors = [
            line
            for line in (folder / "server.log").read_text().splitlines()
            if "fluxrate.problems" in line or "Traceback" in line
        ]
        print(*errors[:20], sep="\n")
    return code


def main() -> int:
    return max(run(fast_path) for fast_path in ("true", "false"))


if __name__ == "__main__":
    raise SystemExit(main())

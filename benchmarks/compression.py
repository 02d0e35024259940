"""`make bench-compression`: the p50 of a list with gzip, and without it (needs wrk).

ROUNDS of SECONDS each, in turn; the smallest p50 of each counts. Fails above 1.05.
"""

import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from fluxrate.tests.live_site import Site, running

ROUNDS, SECONDS = int(os.environ.get("ROUNDS", "10")), os.environ.get("SECONDS", "2")
PAGE_SIZES = (20, 100)
CODINGS = ("identity", "gzip")
MICROSECONDS = {"us": 1.0, "ms": 1e3, "s": 1e6}
HIGHEST = 1.05


def p50(url: str, key: str, coding: str) -> float:
    """In microseconds, of eight connections."""
    headers = (f"Authorization: Bearer {key}", f"Accept-Encoding: {coding}")
    command = ["wrk", "-t1", "-c8", f"-d{SECONDS}", "--latency", url]
    for header in headers:
        command += ["-H", header]
    output = subprocess.run(command, capture_output=True, check=True, text=True).stdout
    assert "Non-2xx" not in output, output
    number, unit = re.findall(r"50%\s+([\d.]+)(us|ms|s)", output)[0]
    return float(number) * MICROSECONDS[unit]


def ratio(site: Site, key: str, page_size: int) -> float:
    url = f"http://127.0.0.1:{site.port}/api/v1/customers?page_size={page_size}"
    best = dict.fromkeys(CODINGS, float("inf"))
    for number in range(ROUNDS):
        for coding in CODINGS if number % 2 else reversed(CODINGS):
            best[coding] = min(best[coding], p50(url, key, coding))
    ratio = best["gzip"] / best["identity"]
    figures = ", ".join(f"{name} {value:.0f} µs" for name, value in best.items())
    print(f"{page_size} customers: {figures}, ratio {ratio:.3f}", flush=True)
    return ratio


def main() -> int:
    with tempfile.TemporaryDirectory(prefix="fluxrate-compression-") as data:
        Path(data).chmod(0o711)
        inherited = {k: v for k, v in os.environ.items() if k != "DATABASE_URL"}
        settings = {"DATA_DIR": data, "RATE_LIMIT": "0", "LOG_LEVEL": "WARNING"}
        with running(inherited | settings) as site:
            owner = site.owner()
            for number in range(100):
                body = {"name": f"Customer {number}", "email": "a@example.com"}
                assert owner.ask("POST", "/api/v1/customers", body).status == 201
            ratios = [ratio(site, owner.key, size) for size in PAGE_SIZES]
    return int(max(ratios) > HIGHEST)


if __name__ == "__main__":
    sys.exit(main())

"""Enough of curl for the README, where a machine has none: `python curl.py …`."""

import argparse
import http.client
import sys
from http.cookies import SimpleCookie
from pathlib import Path
from urllib.parse import urlsplit


def parsed(argv: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    parser.add_argument("url")
    parser.add_argument("-X", dest="method")
    parser.add_argument("-H", dest="headers", action="append", default=[])
    parser.add_argument("-d", dest="data")
    parser.add_argument("-c", dest="jar")
    parser.add_argument("-b", dest="cookies")
    parser.add_argument("-o", dest="output")
    parser.add_argument("--fail", action="store_true")
    parser.add_argument("-sS", action="store_true")
    return parser.parse_args(argv)


def jar_lines(answer: http.client.HTTPResponse, host: str) -> str:
    """Netscape's format, as curl writes it."""
    lines = []
    for header in answer.headers.get_all("Set-Cookie", []):
        for name, cookie in SimpleCookie(header).items():
            fields = [f"#HttpOnly_{host}", "FALSE", "/", "FALSE", "0"]
            lines.append("\t".join([*fields, name, cookie.value]))
    return "\n".join(lines) + "\n"


def main(argv: list[str]) -> int:
    given = parsed(argv)
    url = urlsplit(given.url)
    connection = http.client.HTTPConnection(url.netloc, timeout=30)
    method = given.method or ("POST" if given.data else "GET")
    headers = dict(header.split(": ", 1) for header in given.headers)
    if given.cookies:
        lines = Path(given.cookies).read_text().splitlines()
        pairs = (line.split("\t")[-2:] for line in lines)
        headers["Cookie"] = "; ".join("=".join(pair) for pair in pairs)
    target = f"{url.path}?{url.query}" if url.query else url.path
    connection.request(method, target, given.data, headers)
    answer = connection.getresponse()
    body = answer.read().decode()
    if given.jar:
        Path(given.jar).write_text(jar_lines(answer, url.hostname or ""))
    if given.fail and answer.status >= http.client.BAD_REQUEST:
        print(answer.status, body, file=sys.stderr)
        return 22
    Path(given.output).write_text(body) if given.output else print(body, end="")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

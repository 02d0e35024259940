"""A member of staff with a browser's session, but without a browser."""

import http.client
import re
import time
from http.cookies import SimpleCookie
from urllib.parse import urlencode

_TOKEN = re.compile(rb'name="csrfmiddlewaretoken" value="([^"]+)"')


class Staff:
    """One persistent connection, logged in to the admin."""

    def __init__(self, address: str, email: str, password: str) -> None:
        self.connection = http.client.HTTPConnection(address, timeout=120)
        self.cookies: dict[str, str] = {}
        self.page = b""
        self.get("/admin/login/")
        self.post("/admin/login/", {"username": email, "password": password})
        assert "sessionid" in self.cookies or len(self.cookies) > 1, self.page[:2_000]

    def get(self, path: str) -> tuple[float, int]:
        """Seconds, and the status."""
        return self._request("GET", path, None, {})

    def post(self, path: str, form: dict[str, object]) -> tuple[float, int]:
        """Send a form with the token of the last page that had one."""
        return self._request("POST", path, self._body(form), self._form_headers())

    def download(self, path: str, form: dict[str, object]) -> tuple[float, float, int]:
        """Seconds to the first bytes of the body, seconds in all, and lines."""
        began = time.perf_counter()
        self.connection.request("POST", path, self._body(form), self._form_headers())
        answer = self.connection.getresponse()
        lines = answer.read(1).count(b"\n")
        first = time.perf_counter() - began
        while chunk := answer.read(1 << 16):
            lines += chunk.count(b"\n")
        assert answer.status == 200, answer.status
        return first, time.perf_counter() - began, lines

    def _request(
        self, method: str, path: str, body: str | None, headers: dict[str, str]
    ) -> tuple[float, int]:
        self.path, began = path, time.perf_counter()
        self.connection.request(method, path, body, headers | self._headers())
        answer = self.connection.getresponse()
        self.page = answer.read()
        took = time.perf_counter() - began
        self.location = answer.headers.get("Location", "")
        for line in answer.headers.get_all("Set-Cookie") or []:
            self.cookies |= {
                key: each.value for key, each in SimpleCookie(line).items()
            }
        if token := _TOKEN.search(self.page):
            self.token = token[1].decode()
        return took, answer.status

    def _body(self, form: dict[str, object]) -> str:
        pairs = [("csrfmiddlewaretoken", self.token), *form.items()]
        return urlencode(pairs, doseq=True)

    def _form_headers(self) -> dict[str, str]:
        return self._headers() | {"Content-Type": "application/x-www-form-urlencoded"}

    def _headers(self) -> dict[str, str]:
        cookie = "; ".join(f"{name}={text}" for name, text in self.cookies.items())
        return {"Cookie": cookie} if cookie else {}

"""The application for servers that speak ASGI or RSGI: the loop reads the body whole,
and a thread of a pool runs the application.
"""

import asyncio
import io
import threading
from queue import SimpleQueue
from urllib.parse import unquote_to_bytes

from benchmarks.servers.application import application

THREADS = 4


class Bridge:
    def __init__(self):
        self.queue, self.loop = SimpleQueue(), None

    def run(self, environ):
        if self.loop is None:
            self.loop = asyncio.get_running_loop()
            for _ in range(THREADS):
                threading.Thread(target=self.work, daemon=True).start()
        done = self.loop.create_future()
        self.queue.put((environ, done))
        return done

    def work(self):
        while True:
            environ, done = self.queue.get()
            started = []
            body = b"".join(
                application(
                    environ, lambda *args, started=started: started.extend(args)
                )
            )
            self.loop.call_soon_threadsafe(done.set_result, (*started[:2], body))


bridge = Bridge()


def environment(method, path, query, body, headers):
    environ = {
        "REQUEST_METHOD": method,
        "PATH_INFO": path,
        "QUERY_STRING": query,
        "CONTENT_LENGTH": str(len(body)),
        "wsgi.input": io.BytesIO(body),
    }
    for name, value in headers:
        environ[f"HTTP_{name.upper().replace('-', '_')}"] = value
    return environ


async def asgi(scope, receive, send):
    if scope["type"] != "http":
        return
    message = await receive()
    body = message.get("body", b"")
    while message.get("more_body"):
        message = await receive()
        body += message.get("body", b"")
    path = unquote_to_bytes(scope["raw_path"]).decode("latin-1")
    query = scope["query_string"].decode("latin-1")
    headers = [(n.decode("latin-1"), v.decode("latin-1")) for n, v in scope["headers"]]
    environ = environment(scope["method"], path, query, body, headers)
    status, answered, content = await bridge.run(environ)
    lines = [(n.encode("latin-1"), v.encode("latin-1")) for n, v in answered]
    start = {"type": "http.response.start", "status": int(status[:3])}
    await send(start | {"headers": lines})
    await send({"type": "http.response.body", "body": content})


class Rsgi:
    async def __rsgi__(self, scope, protocol):
        body = await protocol()
        environ = environment(
            scope.method, scope.path, scope.query_string, body, scope.headers.items()
        )
        status, headers, content = await bridge.run(environ)
        protocol.response_bytes(int(status[:3]), headers, content)


rsgi = Rsgi()

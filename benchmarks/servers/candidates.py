"""The servers, each with two processes of four threads where it has both."""

import os
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil

from fluxrate.tests.live_site import Wire, free_port

ROOT = Path(__file__).resolve().parents[2]
HELLO = b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"
_TRACKER = "resource_tracker"
_WSGI = "benchmarks.servers.application:application"
_ASGI = "benchmarks.servers.bridges:asgi"
_FLUXRATE = (
    "from fluxrate.server.web.supervisor import serve; serve('127.0.0.1', {port}, "
    "processes=2, threads=4, module='benchmarks.servers.application')"
)
_CHEROOT = (
    "from cheroot.wsgi import Server; from benchmarks.servers.application import "
    "application; Server(('127.0.0.1', {port}), application, numthreads=8, "
    "request_queue_size=4096).safe_start()"
)
_NGINX = """
daemon off; pid {folder}/pid; error_log stderr crit; worker_processes 2;
worker_rlimit_nofile 20000;
events {{ worker_connections 8192; }}
http {{
  access_log off; client_body_temp_path {folder}; proxy_temp_path {folder};
  fastcgi_temp_path {folder}; uwsgi_temp_path {folder}; scgi_temp_path {folder};
  upstream site {{ server 127.0.0.1:{inner}; keepalive 16; }}
  server {{
    listen 127.0.0.1:{port} backlog=4096; client_max_body_size 1m;
    location / {{
      proxy_pass http://site; proxy_http_version 1.1;
      proxy_set_header Connection ""; proxy_set_header Host $http_host;
    }}
  }}
}}
"""


def _granian(interface, target):
    common = "--workers 2 --no-ws --http 1 --respawn-failed-workers --backlog 16384"
    threads = "--blocking-threads 4" if interface == "wsgi" else "--loop uvloop"
    words = f"-m granian --interface {interface} {common} {threads}".split()
    return [sys.executable, *words, "--port", "{port}", target]


def _uvicorn(reader):
    words = f"-m uvicorn --workers 2 --http {reader} --loop uvloop --no-access-log "
    words += "--lifespan off --log-level critical --backlog 4096 --port {port}"
    return [sys.executable, *words.split(), _ASGI]


CANDIDATES = {
    "fluxrate.server.web": [sys.executable, "-c", _FLUXRATE],
    "granian, WSGI": _granian("wsgi", _WSGI),
    "granian, ASGI": _granian("asginl", _ASGI),
    "granian, RSGI": _granian("rsgi", "benchmarks.servers.bridges:rsgi"),
    "uvicorn, httptools": _uvicorn("httptools"),
    "uvicorn, h11": _uvicorn("h11"),
    "hypercorn": [
        *f"{sys.executable} -m hypercorn -w 2 --backlog 4096".split(),
        *["--log-level", "critical", "-b", "127.0.0.1:{port}", "-k", "uvloop"],
        _ASGI,
    ],
    "gunicorn, gthread": [
        *f"{sys.executable} -m gunicorn -w 2 -k gthread --threads 4".split(),
        *["--backlog", "4096", "--log-level", "critical", "-b", "127.0.0.1:{port}"],
        _WSGI,
    ],
    "waitress": [
        *f"{sys.executable} -m waitress --threads=8 --connection-limit=20000".split(),
        *["--asyncore-use-poll", "--listen=127.0.0.1:{port}"],
        _WSGI,
    ],
    "cheroot": [sys.executable, "-c", _CHEROOT],
}
BEHIND_NGINX = "nginx before granian, WSGI"


def _start(command, **places):
    words = [word.format(**places) if "{" in word else word for word in command]
    environment = {"PYTHONPATH": str(ROOT), "DJANGO_SETTINGS_MODULE": SETTINGS}
    return subprocess.Popen(
        words,
        cwd=ROOT,
        env=os.environ | environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


SETTINGS = "fluxrate.settings"


def is_up(port, patience=20.0):
    deadline = time.monotonic() + patience
    while time.monotonic() < deadline:
        with suppress(OSError, ValueError), Wire(port, 2) as wire:
            if wire.send(HELLO).answer().status == 200:
                return True
        time.sleep(0.05)
    return False


class Server:
    def __init__(self, port, process):
        self.port, self.process = port, process

    def tree(self):
        own = psutil.Process(self.process.pid)
        return [own, *own.children(recursive=True)]

    def workers(self):
        """The processes that serve; the only one where there is one."""
        children = self.tree()[1:]
        return [x for x in children if _TRACKER not in _command(x)] or self.tree()[:1]


def _command(process):
    """The command line; that of what has ended is a tracker's."""
    with suppress(psutil.NoSuchProcess):
        return " ".join(process.cmdline()[-2:])
    return _TRACKER


@contextmanager
def serving(name):
    """The server of that name, ready to answer."""
    port = free_port()
    with tempfile.TemporaryDirectory() as folder:
        processes = []
        if name == BEHIND_NGINX:
            inner = free_port()
            processes.append(_start(CANDIDATES["granian, WSGI"], port=inner))
            Path(folder, "nginx.conf").write_text(
                _NGINX.format(folder=folder, port=port, inner=inner)
            )
            command = ["nginx", "-p", folder, "-c", f"{folder}/nginx.conf"]
            processes.append(_start(command))
        else:
            processes.append(_start(CANDIDATES[name], port=port))
        try:
            if not is_up(port):
                raise SystemExit(f"{name} does not answer.")
            yield Server(port, processes[0])
        finally:
            for process in processes:
                _stop(process)


def _stop(process):
    with suppress(psutil.NoSuchProcess):
        tree = psutil.Process(process.pid).children(recursive=True)
        process.terminate()
        with suppress(subprocess.TimeoutExpired):
            process.wait(5)
        for each in tree:
            with suppress(psutil.NoSuchProcess):
                each.kill()
    process.kill()
    process.wait()

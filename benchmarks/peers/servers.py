"""Fluxrate as `manage.py up` starts it, and each peer as its own guide does."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import psutil

from benchmarks.peers.database import peers_environment
from benchmarks.peers.environment import DATA_DIR, ROOT, url
from fluxrate.tests.live_site import free_port

CORES = os.cpu_count() or 1
FLUXRATE = "fluxrate"
ALIASES = {"fluxrate-ordinary": "fluxrate:FAST_PATH=0"}
SITE = "benchmarks.peers.django_site.wsgi:application"
_GUNICORN = f"-m gunicorn --workers {2 * CORES + 1} --bind 127.0.0.1:{{port}} {SITE}"
_GRANIAN = (
    f"-m granian --interface wsgi --workers {CORES} --blocking-threads 4 --no-ws "
    f"--host 127.0.0.1 --port {{port}} --log-level error {SITE}"
)
_UVICORN = (
    f"-m uvicorn --workers {CORES} --loop uvloop --http httptools --no-access-log "
    "--host 127.0.0.1 --port {port} --log-level error benchmarks.peers."
)
_PATIENCE = 120.0


@dataclass(frozen=True)
class Peer:
    title: str
    command: str
    base: str = "/api/v1"
    # Of a list: the key of its rows, and the keys that lead to its total.
    rows: str = "data"
    total: tuple[str, ...] = ("meta", "total")
    persistent: bool = True


_DRF: Any = {"rows": "results", "total": ("count",)}
PEERS = {
    "drf": Peer("plain DRF, gunicorn", _GUNICORN, persistent=False, **_DRF),
    "drf-persistent": Peer("plain DRF, granian, persistent", _GRANIAN, **_DRF),
    "ninja": Peer("Django Ninja, granian", _GRANIAN, "/ninja/v1", "items", ("count",)),
    "fastapi": Peer("FastAPI + SQLAlchemy, uvicorn", f"{_UVICORN}fastapi_app:app"),
    "starlette": Peer("Starlette + asyncpg, uvicorn", f"{_UVICORN}starlette_app:app"),
}


@dataclass
class Server:
    name: str
    peer: Peer
    port: int
    process: subprocess.Popen
    log: Path

    @property
    def is_fluxrate(self) -> bool:
        return self.name not in PEERS

    def cpu(self) -> float:
        """Seconds of CPU of this server's processes so far."""
        return cpu_seconds(self.process.pid)

    def wait(self) -> None:
        """Return when this process, and no other one, answers on the port."""
        deadline = time.monotonic() + _PATIENCE
        while not _answers(self.port, self.peer):
            ended = self.process.poll() is not None
            if ended or time.monotonic() > deadline:
                output = self.log.read_text()[-2000:]
                raise SystemExit(f"{self.name} does not answer:\n{output}")
            time.sleep(0.1)
        root = psutil.Process(self.process.pid)
        listening = {
            socket.laddr.port
            for each in [root, *root.children(recursive=True)]
            for socket in each.net_connections("tcp")
            if socket.status == psutil.CONN_LISTEN
        }
        assert self.port in listening, f"Another program listens on {self.port}."


def cpu_seconds(pid: int) -> float:
    """Seconds of CPU of a process and of all below it, ended ones included."""
    spent = 0.0
    root = psutil.Process(pid)
    for process in [root, *root.children(recursive=True)]:
        with suppress(psutil.NoSuchProcess):
            spent += sum(process.cpu_times()[:4])
    return spent


@contextmanager
def serving(name: str, python: Path, folder: Path) -> Iterator[Server]:
    """Start the server of that name on a free port; its output is in the folder.

    `fluxrate:NAME=value:…` is Fluxrate with settings; CHECKOUT=path starts the code of
    another checkout, on the same database.
    """
    port = free_port()
    peer, command, environment, directory = _described(name, port, python)
    log = folder / f"{name.replace('/', '_')}.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            command, cwd=directory, env=environment, stdout=output, stderr=output
        )
    try:
        yield Server(name, peer, port, process, log)
    finally:
        _stop(process)


def _described(
    name: str, port: int, python: Path
) -> tuple[Peer, list[str], dict[str, str], Path]:
    """A server's description, command, environment and working directory."""
    if name in PEERS:
        peer = PEERS[name]
        environment = peers_environment()
        if peer.persistent:
            environment["PERSISTENT"] = "1"
        words = peer.command.format(port=port).split()
        return peer, [str(python), *words], environment, ROOT
    kind, *options = ALIASES.get(name, name).split(":")
    if kind != FLUXRATE:
        raise SystemExit(f"PEERS: {name} is none of fluxrate, {', '.join(PEERS)}.")
    settings = dict(option.split("=", 1) for option in options)
    directory = Path(settings.pop("CHECKOUT", ROOT))
    environment = {
        "PATH": os.environ["PATH"],
        "DATA_DIR": str(DATA_DIR),
        "DATABASE_URL": url(),
        "PORT": str(port),
        # The limit counts every request, and refuses none.
        "RATE_LIMIT": "100000000",
    }
    command = [sys.executable, "manage.py", "up"]
    return Peer(name, ""), command, environment | settings, directory


def _answers(port: int, peer: Peer) -> bool:
    """Whether any answer comes; that to nobody is 401, 403 or 422."""
    try:
        urlopen(f"http://127.0.0.1:{port}{peer.base}/customers", timeout=5).close()
    except OSError as error:
        return getattr(error, "code", 0) in {401, 403, 422}
    return True


def _stop(process: subprocess.Popen) -> None:
    with suppress(psutil.NoSuchProcess):
        tree = psutil.Process(process.pid).children(recursive=True)
        process.terminate()
        with suppress(subprocess.TimeoutExpired):
            process.wait(15)
        for each in tree:
            with suppress(psutil.NoSuchProcess):
                each.kill()
    process.kill()
    process.wait()

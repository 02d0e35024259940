"""Installations with a PostgreSQL of their own, to back up, destroy and restore."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import psutil

from fluxrate.server import postgres
from fluxrate.server.postgres.postmaster import running_process
from fluxrate.tests.live_site import CHECKOUT

PATIENCE_SECONDS = 60
_NOT_INHERITED = {"DATABASE_URL", "DATA_DIR", "DJANGO_SETTINGS_MODULE"}


def environment(**settings: str) -> dict[str, str]:
    inherited = {k: v for k, v in os.environ.items() if k not in _NOT_INHERITED}
    return inherited | {"WEB_CONCURRENCY": "1"} | settings


@dataclass(frozen=True)
class Installation:
    """A DATA_DIR and a backup directory, and `manage.py` with them."""

    data_dir: Path
    backups: Path
    settings: dict[str, str] = field(default_factory=dict)

    @property
    def environment(self) -> dict[str, str]:
        folders = {"DATA_DIR": str(self.data_dir), "BACKUP_DIR": str(self.backups)}
        return environment(**folders, **self.settings)

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=CHECKOUT,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )

    def manage(self, *arguments: str) -> str:
        """The output of a command, which succeeds."""
        done = self.run(*arguments)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def restored(self, name: str, *arguments: str) -> tuple["Installation", str]:
        """Another installation from this one's backups, and the report."""
        data_dir = self.data_dir.with_name(name)
        output = self.manage("restore", "--to", str(data_dir), *arguments)
        return Installation(data_dir, self.backups.with_name(f"{name}-backups")), output

    def destroy(self) -> datetime:
        """Lose the server and its disk; the time of the loss."""
        server = running_process(postgres.ServerPaths.of(self.data_dir))
        processes = [server, *server.children()] if server else []
        shutil.rmtree(self.data_dir, ignore_errors=True)
        for process in processes:
            with suppress(psutil.NoSuchProcess):
                process.kill()
        lost_at = datetime.now(UTC)
        # Its processes went on to create files.
        while self.data_dir.exists():
            shutil.rmtree(self.data_dir, ignore_errors=True)
        return lost_at

    @contextmanager
    def streaming(self) -> Iterator[subprocess.Popen[bytes]]:
        """Receive WAL during the block, from when there is a base backup."""
        log = self.backups.with_name("stream.log")
        began = datetime.now(UTC).isoformat()
        with log.open("ab") as output:
            process = subprocess.Popen(
                [sys.executable, "manage.py", "backup", "--stream"],
                cwd=CHECKOUT,
                env=self.environment,
                stdout=output,
                stderr=output,
            )
        try:
            wait_until(lambda: self.has_base(process, began), log)
            yield process
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(30)

    def has_base(self, process: subprocess.Popen[bytes], began: str) -> bool:
        assert process.poll() is None
        if self.complete_at() < began:
            return False
        chains = sorted((self.backups / "wal").glob("*Z"))
        manifests = sorted((self.backups / "bases").glob("*Z/manifest.json"))
        if not (chains and manifests):
            return False
        return json.loads(manifests[-1].read_text())["chain"] == chains[-1].name

    def complete_at(self) -> str:
        """The time up to which WAL is complete; "" if none has been received."""
        path = self.backups / "stream.json"
        return json.loads(path.read_text())["complete_at"] if path.exists() else ""


def wait_until(condition, log: Path | None = None) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        shown = log.read_text() if log else ""
        assert time.monotonic() < deadline, shown
        time.sleep(0.05)

"""`make check` refuses a migration that holds a lock for long, or that the version
before cannot work with.

The SQL of each migration after `0001_initial` is read by squawk. A line of the
migration such as `# squawk: ban-drop-column, because no version reads it` admits a rule
there.
"""

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from fluxrate.tests.live_site import CHECKOUT

APPS = ("fluxrate", "organizations", "customers")
# Of style, or about timeouts, which `migrate` sets by itself.
NOT_ASKED = (
    "ban-char-field",
    "prefer-bigint-over-int",
    "prefer-bigint-over-smallint",
    "prefer-identity",
    "prefer-robust-stmts",
    "prefer-text-field",
    "prefer-timestamp-tz",
    "require-timeout-settings",
)
EXCUSE = re.compile(r"^\s*# squawk: ([\w-]+), because \S", re.MULTILINE)


def migrations(root: Path = CHECKOUT) -> Iterator[Path]:
    for app in APPS:
        paths = (root / app / "migrations").glob("[0-9]*.py")
        yield from sorted(path for path in paths if path.stem != "0001_initial")


def sql_of(migration: Path) -> str:
    app = migration.parents[1].name
    command = [sys.executable, "manage.py", "sqlmigrate", app, migration.stem]
    return subprocess.run(
        command, cwd=CHECKOUT, capture_output=True, text=True, check=True
    ).stdout


def complaints(sql: str, *, source: str = "") -> str:
    """What squawk says of a migration's SQL; "" if that is nothing."""
    excluded = [*NOT_ASKED, *EXCUSE.findall(source)]
    program = Path(sys.executable).with_name("squawk")
    command = [str(program), "--pg-version=15.0", f"--exclude={','.join(excluded)}"]
    done = subprocess.run(
        [*command, "--reporter=gcc", "--stdin-filepath=migration.sql"],
        input=sql,
        capture_output=True,
        text=True,
        check=False,
    )
    return (done.stdout + done.stderr) if done.returncode else ""


def main() -> int:
    refused = 0
    for migration in migrations():
        if text := complaints(sql_of(migration), source=migration.read_text()):
            refused = 1
            print(f"{migration.relative_to(CHECKOUT)}:\n{text}", file=sys.stderr)
    return refused


if __name__ == "__main__":
    sys.exit(main())

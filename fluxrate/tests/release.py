"""`make release VERSION=0.2.0`: close the changelog, set the version, commit and tag.

It runs in the checkout of the working directory and pushes nothing.
"""

import re
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

UNRELEASED = "## [Unreleased]\n"
VERSION = re.compile(r"(\d+)\.(\d+)\.(\d+)")
# The clients have the version of Fluxrate: each file, and how often it has it.
CLIENTS = {
    "clients/python/pyproject.toml": 1,
    "clients/typescript/package.json": 1,
    "clients/typescript/package-lock.json": 2,
}
CLIENT_VERSION = re.compile(r'(\bversion"? ?[:=] )"[^"]*"')
RELEASED = re.compile(r"^## \[(\d+\.\d+\.\d+)\] - ", re.MULTILINE)


class RefusedError(Exception):
    """The reason why there is no release."""


def closed(changelog: str, version: str, day: str) -> str:
    """The changelog with its unreleased changes under the version."""
    match = VERSION.fullmatch(version)
    if not match:
        raise RefusedError(f"{version!r} is no version such as 0.2.0.")
    latest = RELEASED.search(changelog)
    if latest and numbers(version) <= numbers(latest[1]):
        raise RefusedError(f"{version} is not above {latest[1]}.")
    changes = changelog.partition(UNRELEASED)[2].partition("\n## [")[0]
    if not changes.strip():
        raise RefusedError("CHANGELOG.md has no unreleased change.")
    heading = f"{UNRELEASED}\n## [{version}] - {day}\n"
    return changelog.replace(UNRELEASED, heading, 1)


def numbers(version: str) -> tuple[int, ...]:
    return tuple(map(int, version.split(".")))


def run(*command: str) -> str:
    """Run a command; its output, or RefusedError if it fails."""
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RefusedError(f"{' '.join(command)}:\n{done.stdout}{done.stderr}")
    return done.stdout


def release(version: str) -> None:
    if run("git", "status", "--porcelain"):
        raise RefusedError("There are uncommitted changes.")
    changelog = Path("CHANGELOG.md")
    day = f"{datetime.now(UTC):%Y-%m-%d}"
    changelog.write_text(closed(changelog.read_text(), version, day))
    Path("fluxrate/__init__.py").write_text(f'__version__ = "{version}"\n')
    for name, times in CLIENTS.items():
        text = Path(name).read_text()
        text = CLIENT_VERSION.sub(rf'\1"{version}"', text, count=times)
        Path(name).write_text(text)
    description = ("spectacular", "--validate", "--fail-on-warn")
    run(sys.executable, "manage.py", *description, "--file", "openapi.yaml")
    run(sys.executable, "-m", "fluxrate.tests.api_promises")
    run("git", "commit", "--all", "--message", f"Release {version}")
    run("git", "tag", "--annotate", f"v{version}", "--message", f"Fluxrate {version}")


def main(arguments: list[str]) -> int:
    try:
        if len(arguments) != 1:
            raise RefusedError("Name the version: make release VERSION=0.2.0")
        release(arguments[0])
    except RefusedError as error:
        print(error, file=sys.stderr)
        return 1
    print(
        f"v{arguments[0]} is tagged. Next: make dist packages, git push --follow-tags"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

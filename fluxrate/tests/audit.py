"""`make audit`: known vulnerabilities of what production installs, by pip-audit.

A vulnerability is exit code 1, and a package that was not looked up exit code 2, for
which pip-audit itself ends with 0.
"""

import json
import subprocess
import sys
from pathlib import Path
from typing import TypedDict

TOOL = "pip-audit==2.10.1"
LOCK = Path(__file__).resolve().parents[2] / "requirements.lock"
UV = Path(sys.executable).with_name("uv")


class Vulnerability(TypedDict):
    id: str
    fix_versions: list[str]


class Dependency(TypedDict, total=False):
    name: str
    version: str
    vulns: list[Vulnerability]
    skip_reason: str


def verdict(dependencies: list[Dependency]) -> tuple[int, list[str]]:
    """The exit code, and lines for people."""
    skipped = [each for each in dependencies if "skip_reason" in each]
    lines = [
        f"{each['name']} {each['version']}: {vulnerability['id']}, fixed in "
        f"{', '.join(vulnerability['fix_versions']) or 'no release'}."
        for each in dependencies
        for vulnerability in each.get("vulns", [])
    ]
    if lines:
        return 1, lines
    if skipped or not dependencies:
        count = f"{len(skipped)} of {len(dependencies)} packages were not looked up"
        return 2, [f"{count}: the database of advisories is not reachable from here."]
    return 0, [f"{len(dependencies)} packages have no known vulnerability."]


def main() -> int:
    command = [str(UV), "tool", "run", "--quiet", "--from", TOOL, "pip-audit"]
    options = ["--require-hashes", "--disable-pip", "--no-deps", "--format", "json"]
    command += [*options, "--progress-spinner", "off", "--requirement", str(LOCK)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    try:
        dependencies: list[Dependency] = json.loads(done.stdout)["dependencies"]
    except ValueError:
        print(done.stderr, file=sys.stderr)
        dependencies = []
    code, lines = verdict(dependencies)
    print(*lines, sep="\n")
    return code


if __name__ == "__main__":
    sys.exit(main())

"""`make clients`: generate a client with each of four generators, build the official
ones, and run the calls of each against a server. pip and npm install the generators
into `.clients`; they need Java.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from fluxrate.tests.live_site import CHECKOUT, Site, running

from .packages import SCRIPTS, build

HERE = Path(__file__).parent
FOLDER = CHECKOUT / ".clients"
PYTHON = FOLDER / "python" / "bin" / "python"
DOCUMENT = FOLDER / "openapi.yaml"
GENERATE = {
    "openapi-generator": [
        str(PYTHON.with_name("openapi-generator-cli")),
        *("generate", "-g", "python", "-i", "openapi.yaml"),
        *("-o", "openapi_generator"),
    ],
    "openapi-python-client": [
        str(PYTHON.with_name("openapi-python-client")),
        *("generate", "--path", "openapi.yaml", "--overwrite"),
        *("--output-path", "openapi_python_client"),
    ],
    "openapi-typescript": [
        *("npx", "openapi-typescript", "openapi.yaml", "-o", "schema.ts")
    ],
    "hey-api": ["npx", "openapi-ts", "-i", "openapi.yaml", "-o", "hey_api"],
}
CHECK = ["npx", "tsc", "--noEmit", "--strict", "--skipLibCheck", "--target", "es2022"]
CHECK += ["--module", "esnext", "--moduleResolution", "bundler"]
FLOWS = {
    "openapi-generator": [str(PYTHON), "openapi_generator_flow.py"],
    "openapi-python-client": [str(PYTHON), "openapi_python_client_flow.py"],
    "openapi-typescript": ["npx", "tsx", "openapi_fetch_flow.ts"],
    "hey-api": ["npx", "tsx", "hey_api_flow.ts"],
    "clients/python": [str(PYTHON), "python_client_flow.py"],
    "clients/typescript": ["npx", "tsx", "typescript_client_flow.ts"],
}


def run(command: list[str], **environment: str) -> int:
    """The exit code; the output is printed if it is not 0."""
    process = subprocess.run(
        command,
        cwd=FOLDER,
        env=os.environ | {"PATH": f"{SCRIPTS}:{os.environ['PATH']}"} | environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if process.returncode:
        print(*command, "\n", process.stdout[-4000:], process.stderr[-4000:])
    return process.returncode


def install() -> None:
    """Install the generators, once for each set of versions."""
    stamp = FOLDER / "installed"
    versions = (HERE / "requirements.txt").read_text() + (
        HERE / "package.json"
    ).read_text()
    if stamp.exists() and stamp.read_text() == versions:
        return
    FOLDER.mkdir(exist_ok=True)
    shutil.copy(HERE / "package.json", FOLDER)
    requirements = str(HERE / "requirements.txt")
    for command in (
        [sys.executable, "-m", "venv", "--clear", "python"],
        [str(PYTHON), "-m", "pip", "install", "--quiet", "-r", requirements],
        ["npm", "install", "--no-audit", "--no-fund", "--silent"],
    ):
        if run(command):
            raise SystemExit("The generators could not be installed.")
    stamp.write_text(versions)


def install_official() -> None:
    wheel, package = map(str, build(FOLDER / "packages"))
    for command in (
        [str(PYTHON), "-m", "pip", "install", "--quiet", "--force-reinstall", wheel],
        ["npm", "install", "--no-save", "--no-audit", "--no-fund", "--silent", package],
    ):
        if run(command):
            raise SystemExit("The official clients could not be installed.")


def generate(name: str) -> bool:
    return not run(GENERATE[name])


def key_of(site: Site) -> str:
    """An API key of a new organization."""
    return site.owner().key


def main() -> int:
    install()
    install_official()
    shutil.copy(CHECKOUT / "openapi.yaml", DOCUMENT)
    for script in HERE.glob("*_flow.*"):
        shutil.copy(script, FOLDER)
    failed = [f"{name}: generate" for name in GENERATE if not generate(name)]
    scripts = [command[2] for command in FLOWS.values() if command[1] == "tsx"]
    if run([*CHECK, *scripts]):
        failed.append("types")
    with tempfile.TemporaryDirectory(prefix="fluxrate-clients-") as data:
        Path(data).chmod(0o711)
        inherited = {k: v for k, v in os.environ.items() if k != "DATABASE_URL"}
        with running(inherited | {"DATA_DIR": data, "WEB_CONCURRENCY": "1"}) as site:
            url = f"http://127.0.0.1:{site.port}"
            for name, flow in FLOWS.items():
                code = run(flow, FLUXRATE=url, KEY=key_of(site))
                failed += [f"{name}: flow"] * bool(code)
                print(name, "failed" if code else "passed")
    print(json.dumps(failed) if failed else "All clients passed.")
    return len(failed)


if __name__ == "__main__":
    raise SystemExit(main())

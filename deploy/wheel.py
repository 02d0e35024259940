"""The dependencies of the wheel: the versions of requirements.lock, and `telemetry`."""

import re
from pathlib import Path
from typing import Any

from hatchling.metadata.plugin.interface import MetadataHookInterface

PIN = re.compile(r"^(\w[^\n\\]*[^\s\\])", re.MULTILINE)


class LockedDependencies(MetadataHookInterface):
    def update(self, metadata: dict[str, Any]) -> None:
        lock = (Path(self.root) / "requirements.lock").read_text()
        metadata["dependencies"] = PIN.findall(lock)
        telemetry = (Path(self.root) / "requirements-telemetry.txt").read_text()
        metadata["optional-dependencies"] = {"telemetry": PIN.findall(telemetry)}

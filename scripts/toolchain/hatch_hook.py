"""The hook by which hatchling puts the rewritten tree into the wheel."""

from __future__ import annotations

import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class WheelTree(BuildHookInterface):  # type: ignore[misc]  # hatchling is there only while something is built
    """Adds ``toolchain.wheel``'s layout to the wheel."""

    _folder: str | None = None

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Writes the tree to a temporary folder, and includes it."""
        if version == "editable":
            return
        sys.path.insert(0, str(Path(self.root) / "scripts"))
        from toolchain.wheel import write_tree  # noqa: PLC0415  found by the line above

        self._folder = tempfile.mkdtemp(prefix="keepfit-wheel-")
        write_tree(Path(self.root), Path(self._folder))
        for package in sorted(Path(self._folder).iterdir()):
            build_data["force_include"][str(package)] = package.name

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:  # noqa: ARG002
        """Removes the temporary folder."""
        if self._folder:
            shutil.rmtree(self._folder)

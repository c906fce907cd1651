"""The packages of the managed Python runtime beside the standard library."""

from __future__ import annotations

import importlib.util
from pathlib import Path

PACKAGES = ("boto3", "botocore", "s3transfer", "jmespath", "dateutil", "six", "urllib3")


def sdk_folder(folder: Path) -> Path:
    """A folder from which exactly the runtime's packages can be imported.

    Args:
        folder: where to put links to the installed packages.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for package in PACKAGES:
        spec = importlib.util.find_spec(package)
        if spec is None or spec.origin is None:
            continue
        origin = Path(spec.origin)
        source = origin.parent if origin.name == "__init__.py" else origin
        link = folder / source.name
        if link.is_symlink() and link.readlink() != source:
            link.unlink()
        if not link.exists():
            link.symlink_to(source)
    return folder

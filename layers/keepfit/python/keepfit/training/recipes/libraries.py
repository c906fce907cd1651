"""Libraries that not every recipe needs: imported on first use, or said to be missing."""

from __future__ import annotations

from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from keepfit.training.recipes.openmp import load_openmp


def library(name: str) -> Any:
    """The module ``name``.

    Raises:
        RuntimeError: it is missing, or a library of the system that it needs.
    """
    load_openmp()
    try:
        return import_module(name)
    except (ImportError, OSError) as error:
        raise RuntimeError(
            f"{name} cannot be loaded: {error}; it needs the system's OpenMP library (Debian and Ubuntu: libgomp1, "
            "macOS: brew install libomp), or use another algorithm"
        ) from error


def versions(*packages: str) -> dict[str, str]:
    """The versions of those packages that are installed."""
    return {package: number for package in packages if (number := _version(package))}


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None

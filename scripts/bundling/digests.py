"""Digests of files, equal exactly when names and contents are."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

_NOISE = {"__pycache__", ".pytest_cache", ".mypy_cache", ".ruff_cache"}


def tree(folder: Path, *, under: str = "") -> dict[str, Path]:
    """Every file of ``folder`` by its posix path in a bundle below ``under``, without caches."""
    return {
        f"{under}{path.relative_to(folder).as_posix()}": path
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not _NOISE.intersection(path.parts) and path.suffix != ".pyc"
    }


def digest(files: Mapping[str, Path]) -> str:
    """SHA-256, in hex, of the names and contents of ``files``, in any order."""
    return text_digest(
        f"{name} {hashlib.sha256(path.read_bytes()).hexdigest()}" for name, path in _ordered(files)
    )


def text_digest(lines: Iterable[str]) -> str:
    """SHA-256, in hex, of the lines."""
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def _ordered(files: Mapping[str, Path]) -> Iterator[tuple[str, Path]]:
    return iter(sorted(files.items()))

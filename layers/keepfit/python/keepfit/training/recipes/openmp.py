"""Loads scikit-learn's OpenMP library where the system has none, for LightGBM, which brings none."""

from __future__ import annotations

import ctypes
import tempfile
from importlib.util import find_spec
from pathlib import Path
from typing import Final

NAME: Final = "libgomp.so.1"
"""The name under which libraries ask the loader for GNU's OpenMP."""


def load_openmp() -> None:
    """Loads the system's OpenMP library, or scikit-learn's; does nothing where there is neither."""
    try:
        ctypes.CDLL(NAME)
    except OSError:
        for library in bundled()[:1]:
            load_as_openmp(library)


def bundled() -> list[Path]:
    """The OpenMP libraries that the wheel of scikit-learn brings, under names of its own."""
    found = find_spec("sklearn")
    if found is None or found.origin is None:
        return []
    return sorted((Path(found.origin).parents[1] / "scikit_learn.libs").glob("libgomp-*.so*"))


def load_as_openmp(library: Path) -> None:
    """Loads a copy of ``library`` that calls itself ``NAME``, by which the loader knows it from then on."""
    own = library.name.encode()
    renamed = library.read_bytes().replace(own + b"\0", NAME.encode().ljust(len(own), b"\0") + b"\0")
    with tempfile.NamedTemporaryFile(prefix="openmp-", suffix=".so") as copy:
        copy.write(renamed)
        copy.flush()
        ctypes.CDLL(copy.name, mode=ctypes.RTLD_GLOBAL)

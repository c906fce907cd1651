"""Files of extractors, each by its digest, in a folder of a layer."""

from __future__ import annotations

import hashlib
import shutil
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from keepfit.errors import NotFound, TamperedArtifact

FOLDER: Final = "keepfit_extractors"
"""The folder of a layer, beside packages of Python: on the path of functions, and of processes that they start."""


def file_name(sha256: str) -> str:
    """The name of an extractor's file."""
    return f"{sha256}.onnx"


def read(sha256: str) -> bytes:
    """The bytes of the extractor with this SHA-256.

    Raises:
        NotFound: this function was deployed without it.
        TamperedArtifact: a file that has another digest than its name.
    """
    places = (Path(entry) / FOLDER / file_name(sha256) for entry in sys.path if entry)
    path = next((path for path in places if path.is_file()), None)
    if path is None:
        raise NotFound(
            f"the extractor {sha256[:12]} is not here: what was deployed has another one; deploy the definition "
            "that names it"
        )
    data = path.read_bytes()
    if hashlib.sha256(data).hexdigest() != sha256:
        raise TamperedArtifact(f"{path} is not the extractor that its name says")
    return data


@contextmanager
def at_hand(files: Mapping[str, Path]) -> Iterator[None]:
    """Has files, by their SHA-256, where this process and those that it starts find extractors."""
    with tempfile.TemporaryDirectory(prefix="keepfit-extractors-") as entry:
        (Path(entry) / FOLDER).mkdir()
        for sha256, path in files.items():
            shutil.copyfile(path, Path(entry) / FOLDER / file_name(sha256))
        sys.path.append(entry)
        try:
            yield
        finally:
            sys.path.remove(entry)

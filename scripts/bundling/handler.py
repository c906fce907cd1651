"""The request handler's package: what a release consists of, but for the model."""

from __future__ import annotations

from pathlib import Path

from bundling.archive import unpacked_bytes, write_zip
from bundling.closure import closure
from bundling.digests import digest
from bundling.errors import SourceMissing
from bundling.manifest import Bundle
from bundling.targets import Target


def predict_handler(root: Path, target: Target) -> Bundle:
    """``handlers/predict.zip``: functions/predict beside the few files of keepfit that answering needs.

    Raises:
        SourceMissing: a file of it does not exist.
    """
    handler = root / "functions" / "predict" / "handler.py"
    if not handler.is_file():
        raise SourceMissing(f"{handler.relative_to(root)} is missing: it answers the requests of a release")
    library = root / "layers" / "keepfit" / "python" / "keepfit"
    files = {"handler.py": handler, **closure(library, "runtime.predict")}
    made = root / "build" / target / "handlers" / "predict.zip"
    write_zip(made, files, compress=target.compress)
    return Bundle(path="handlers/predict.zip", digest=digest(files), bytes=unpacked_bytes(made))

"""The request handler's package: a release without its model."""

from __future__ import annotations

import tempfile
from pathlib import Path

from bundling.archive import unpacked_bytes, write_zip
from bundling.closure import closure
from bundling.compiling import PACKAGE_PLACE, with_bytecode
from bundling.digests import digest
from bundling.errors import SourceMissing
from bundling.manifest import Bundle
from bundling.targets import Target
from toolchain.folders import build_folder, library_folder


def predict_handler(root: Path, target: Target, python: str | None) -> Bundle:
    """Makes ``handlers/predict.zip``: functions/predict and what it needs of keepfit, with bytecode.

    ``python`` compiles them; there is no bytecode where that is None. Its digest is that of its sources.

    Raises:
        SourceMissing: a file of it does not exist.
    """
    handler = root / "functions" / "predict" / "handler.py"
    if not handler.is_file():
        raise SourceMissing(f"{handler.relative_to(root)} is missing: it answers the requests of a release")
    files = {"handler.py": handler, **closure(library_folder(root), "runtime.predict")}
    made = build_folder(root) / target / "handlers" / "predict.zip"
    with tempfile.TemporaryDirectory(prefix="keepfit-handler-") as folder:
        kept = with_bytecode(files, PACKAGE_PLACE, python, Path(folder)) if python else files
        write_zip(made, kept, compress=target.compress)
    return Bundle(path="handlers/predict.zip", digest=digest(files), bytes=unpacked_bytes(made))

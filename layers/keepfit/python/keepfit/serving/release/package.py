"""The release package: the request handler and one model, as reproducible bytes."""

from __future__ import annotations

import base64
import hashlib
import io
import zipfile
from collections.abc import Mapping

import msgspec

from keepfit.registry.artifact_store import ArtifactStore
from keepfit.registry.versions import ModelVersion, read_model
from keepfit.zip_entries import reproducible_entry

_FAST = 1


def model_files(store: ArtifactStore, version: ModelVersion) -> dict[str, bytes]:
    """The files of a package that make up its model; release.json says which version it is.

    Raises:
        TamperedArtifact: files that are not those that were registered.
        NotFound: a file that is gone.
    """
    served = {"model": version.model, "version": version.version}
    return {**read_model(store, version), "release.json": msgspec.json.encode(served)}


def pack(handler: bytes, model_files: Mapping[str, bytes]) -> bytes:
    """Makes a zip of the handler package's files, and of ``model_files`` under ``model/``."""
    with zipfile.ZipFile(io.BytesIO(handler)) as source:
        files = {name: source.read(name) for name in source.namelist() if not name.endswith("/")}
    files |= {f"model/{name}": body for name, body in model_files.items()}
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as target:
        for name in sorted(files):
            target.writestr(reproducible_entry(name), files[name], zipfile.ZIP_DEFLATED, _FAST)
    return packed.getvalue()


def lambda_sha256(package: bytes) -> str:
    """The SHA-256 digest in base64, as AWS Lambda writes it."""
    return base64.b64encode(hashlib.sha256(package).digest()).decode()

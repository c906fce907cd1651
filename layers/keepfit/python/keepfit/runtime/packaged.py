"""The release package in a folder: which model it is, and what it reads."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import msgspec

from keepfit.errors import InvalidModel, NotFound
from keepfit.features.schema.signature import Signature, from_json
from keepfit.runtime.predict import ReleasedModel
from keepfit.serving.repository.in_folder import PackagedModel

_FILES: Final = ("model.onnx", "signature.json", "release.json")


def packaged_model(folder: Path) -> PackagedModel:
    """What the release package in ``folder`` holds; the folder of a package that was unpacked will do.

    Raises:
        NotFound: files are missing.
        InvalidModel: a file is not what its name says.
    """
    missing = [name for name in _FILES if not (folder / name).is_file()]
    if missing:
        raise NotFound(
            f"{folder} is no release package: it lacks {', '.join(missing)}; "
            "`keepfit models export MODEL FOLDER --format package` writes one"
        )
    try:
        release = msgspec.json.decode((folder / "release.json").read_bytes(), type=ReleasedModel)
        signature = _signature(folder)
    except msgspec.DecodeError as error:
        raise InvalidModel(f"release.json or a signature in {folder} cannot be read: {error}") from error
    return PackagedModel(name=release.model, version=release.version, of_package=signature)


def _signature(folder: Path) -> Signature:
    """That of requests, which is another than the model's where a graph answers."""
    if not (folder / "graph.json").is_file():
        return from_json((folder / "signature.json").read_bytes())
    from keepfit.serving.graph.package import read_signature  # noqa: PLC0415  numeric libraries; few have a graph

    return read_signature(folder)

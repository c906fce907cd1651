"""Composition root of batches: a release package as what scores a file."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from keepfit.registry.artifact_store import sha256
from keepfit.runtime.packaged import packaged_model
from keepfit.serving.batch.score_file import LoadedModel
from keepfit.serving.inference.scorer import Scorer

_SEGMENTS: Final = "segments.zip"


def loaded_model(folder: Path) -> LoadedModel:
    """The model of the release package in ``folder``; see ``runtime.predict`` for its files.

    Raises:
        NotFound: files are missing.
        InvalidModel: it does not load.
    """
    packaged = packaged_model(folder)
    model, signature = (folder / "model.onnx").read_bytes(), (folder / "signature.json").read_bytes()
    segments = folder / _SEGMENTS
    return LoadedModel(
        name=packaged.name,
        version=packaged.version,
        scorer=Scorer.load(model, signature, segments if segments.exists() else None),
        model_sha256=sha256(model),
        signature_sha256=sha256(signature),
    )

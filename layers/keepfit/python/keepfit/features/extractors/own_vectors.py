"""Vectors of pictures by an extractor of the user's own."""

from __future__ import annotations

from math import isfinite

from keepfit.errors import InvalidModel
from keepfit.features.extractors import pictures
from keepfit.features.extractors.onnx_session import session_of
from keepfit.features.extractors.own_onnx import OwnExtractor


def own_vector(extractor: OwnExtractor, data: bytes, width: int, height: int) -> list[float]:
    """The vector of a picture's bytes.

    Raises:
        UnreadablePicture, TooLargePicture: see ``pictures``.
        NoVector: the network fails, or gives numbers that are not finite.
        InvalidModel, NotFound, TamperedArtifact: there is no such extractor here that can be loaded.
    """
    session = session_of(extractor)
    if session.channels == 1:
        picture = pictures.grey(data, width, height).astype("float32")[..., None]
    else:
        picture = pictures.colours(data, width, height)
    try:
        vector = session.vector(picture)
    except InvalidModel as error:
        raise pictures.NoVector(f"is a picture of which there is no vector: {error}") from error
    if not all(map(isfinite, vector)):
        raise pictures.NoVector("is a picture of which the extractor makes numbers that are not finite")
    return vector

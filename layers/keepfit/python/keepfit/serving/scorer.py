"""One model version as a function from request bodies to probabilities: the same code judges, registers and serves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from keepfit.errors import InvalidModel, InvalidOutput, InvalidRequest
from keepfit.features.encoding import Encoder
from keepfit.features.signature import Signature, from_json
from keepfit.serving.instances import MOST_DETAILS, Batch, InstanceDecoder
from keepfit.serving.session import Session
from keepfit.serving.single_row import compile_row

# A mean over trees may pass 1 by the rounding of float32.
_ROUNDING = 1e-6
# Products of such numbers leave float32: the model cannot be blamed for what it makes of them.
_TOO_LARGE = 1e30

Probabilities = npt.NDArray[np.floating[Any]]


class Scorer:
    """Decodes, encodes and scores; make one per model and keep it.

    Raises:
        InvalidModel: the model does not load, or reads another number of columns than the signature gives.
    """

    __slots__ = ("_decoder", "_encode_row", "_encoder", "_session", "signature")

    def __init__(self, session: Session, signature: Signature) -> None:
        self.signature = signature
        self._session = session
        self._encoder = Encoder(signature)
        self._encode_row = compile_row(signature)
        self._decoder = InstanceDecoder(signature)
        width = len(signature.model_columns)
        if session.columns not in (None, width):
            raise InvalidModel(f"the model reads {session.columns} columns, and its signature gives {width}")

    @classmethod
    def load(cls, model: bytes, signature: bytes) -> Scorer:
        """From the bytes of model.onnx and signature.json."""
        return cls(Session(model), from_json(signature))

    def decode(self, body: bytes | str) -> Batch:
        """The instances of a request body. Raises InvalidRequest, naming what is wrong by row and field."""
        return self._decoder.decode(body)

    def score(self, batch: Batch) -> Probabilities:
        """(n,) P(true) per instance, within [0, 1].

        Raises:
            InvalidOutput: the model answered something that is no probability.
            InvalidRequest: it did so for numbers that its arithmetic cannot hold.
        """
        if len(batch.instances) == 1:
            return self._score(self._encode_row(batch.instances[0]))
        return self.score_columns(batch.columns)

    def score_columns(self, columns: Mapping[str, Sequence[Any] | npt.NDArray[Any]]) -> Probabilities:
        """As ``score``, for columns as ``features.encoding.Encoder`` takes them."""
        return self._score(self._encoder.encode(columns))

    def _score(self, rows: npt.NDArray[np.float32]) -> Probabilities:
        found = self._session.probabilities(rows)
        for probability in found.tolist():
            if not 0.0 <= probability <= 1.0:
                return self._nearly(rows, found)
        return found

    def _nearly(self, rows: npt.NDArray[np.float32], found: Probabilities) -> Probabilities:
        wrong = ~((found >= -_ROUNDING) & (found <= 1 + _ROUNDING))
        if not wrong.any():
            return np.clip(found, 0.0, 1.0)
        row = int(np.flatnonzero(wrong)[0])
        huge = np.flatnonzero(np.abs(rows[row]) > _TOO_LARGE)
        if len(huge):
            names = [self._encoder.names[column] for column in huge[:MOST_DETAILS]]
            details = [(row, name, "is too large for this model's arithmetic") for name in names]
            raise InvalidRequest(
                "instances hold numbers that are too large", code="invalid_instances", details=details
            )
        raise InvalidOutput(f"the model answered {found[row]} for row {row}, which is not a probability")

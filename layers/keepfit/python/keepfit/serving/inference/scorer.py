"""The scorer of one model version: request bodies to probabilities.

The same code judges, registers and serves.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt

from keepfit.errors import InvalidModel, InvalidOutput, InvalidRequest
from keepfit.features.schema.signature import Signature, from_json
from keepfit.serving.inference.encode_rows import compile_rows
from keepfit.serving.inference.instances import MAX_DETAILS, InstanceDecoder
from keepfit.serving.inference.onnx_session import Session

# A mean over trees may pass 1 by the rounding of float32.
_ROUNDING = 1e-6
# Products of such numbers leave float32: the model cannot be blamed for what it makes of them.
_TOO_LARGE = 1e30

Probabilities = npt.NDArray[np.floating[Any]]


def answerable(signature: bytes, instances: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Those of valid ``instances`` whose numbers, derived ones included, float32 can represent."""
    read = from_json(signature)
    body = msgspec.json.encode({"instances": instances})
    rows = compile_rows(read)(InstanceDecoder(read).decode(body))
    too_large = np.any(np.abs(rows) > _TOO_LARGE, axis=1).tolist()
    return [instance for instance, large in zip(instances, too_large, strict=True) if not large]


class Scorer:
    """Decodes, encodes and scores instances; make one per model and keep it.

    Raises:
        InvalidModel: the model does not load, or reads another number of columns than the signature gives.
    """

    __slots__ = ("_encode_rows", "_probabilities", "decode", "signature")

    def __init__(self, session: Session, signature: Signature) -> None:
        self.signature = signature
        self._probabilities = session.probabilities
        self._encode_rows = compile_rows(signature)
        self.decode = InstanceDecoder(signature).decode
        """The instances of a request body, or InvalidRequest, naming what is wrong by row and field."""
        width = len(signature.model_columns)
        if session.columns not in (None, width):
            raise InvalidModel(f"the model reads {session.columns} columns, and its signature gives {width}")

    @classmethod
    def load(cls, model: bytes, signature: bytes) -> Scorer:
        """Loads a scorer from the bytes of model.onnx and signature.json."""
        return cls(Session(model), from_json(signature))

    def score(self, instances: list[Any]) -> Probabilities:
        """(n,) P(true) of the instances that ``decode`` returns, within [0, 1].

        Raises:
            InvalidOutput: the model answered something that is no probability.
            InvalidRequest: it did so for numbers that its arithmetic cannot hold.
        """
        rows = self._encode_rows(instances)
        found = self._probabilities(rows)
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
            names = [self.signature.model_columns[column].name for column in huge[:MAX_DETAILS]]
            details = [(row, name, "is too large for this model's arithmetic") for name in names]
            raise InvalidRequest(
                "instances hold numbers that are too large", code="invalid_instances", details=details
            )
        raise InvalidOutput(f"the model answered {found[row]} for row {row}, which is not a probability")

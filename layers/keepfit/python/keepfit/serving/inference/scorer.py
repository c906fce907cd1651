"""The scorer of one model version: request bodies to outputs.

The same code judges, registers and serves.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np
import numpy.typing as npt

from keepfit.errors import InvalidModel, InvalidOutput, InvalidRequest
from keepfit.features.encoding.numbers import row_numbers
from keepfit.features.schema.signature import Signature, from_json
from keepfit.serving.inference.encode_rows import UnreadCategory, compile_rows, sent_codes_of
from keepfit.serving.inference.instances import MAX_DETAILS, DecodedRequest, InstanceDecoder
from keepfit.serving.inference.onnx_session import ModelSession, Session
from keepfit.tasks.base import Outputs, ServingTask
from keepfit.tasks.registry import task_of

if TYPE_CHECKING:  # imported by requests to explain, or of columns, alone
    from keepfit.explanations.contributions import Contributions
    from keepfit.explanations.explainer import Explainer
    from keepfit.features.encoding.matrix import Encoder

# Products of such numbers leave float32: the model cannot be blamed for what it makes of them.
_TOO_LARGE = 1e30


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

    __slots__ = (
        "_accept",
        "_encode_rows",
        "_encoder",
        "_run",
        "decode",
        "decoder",
        "segments",
        "signature",
        "task",
        "try_segments",
    )

    def __init__(self, session: ModelSession, signature: Signature, task: ServingTask) -> None:
        self.segments, self.try_segments = session.segments, session.try_all
        """The segments that have a model of their own, and what asks each of those once."""
        self.signature = signature
        self.task = task
        self._run, self._accept = session.run, task.accept
        self._encode_rows = compile_rows(signature)
        self._encoder: Encoder | None = None
        self.decoder = InstanceDecoder(signature, task.max_rows)
        self.decode = self.decoder.decode
        """What a request body asks; see ``InstanceDecoder``."""
        width = len(row_numbers(signature))
        if session.columns not in (None, width):
            raise InvalidModel(f"the model reads {session.columns} columns, and its signature gives {width}")

    @classmethod
    def load(cls, model: bytes, signature: bytes, segments: bytes | Path | None = None) -> Scorer:
        """Loads a scorer from the bytes of model.onnx and signature.json, and segments.zip if there is one.

        That may be a file: of it, the models that requests need are read when they do.
        """
        read = from_json(signature)
        task = task_of(read.task)
        session = Session(model, task.onnx_outputs)
        if segments is None:
            return cls(session, read, task)
        from keepfit.registry.segment_pack import SegmentPack  # noqa: PLC0415  most models have no segments
        from keepfit.serving.inference.segmented_session import SegmentedSession  # noqa: PLC0415

        return cls(SegmentedSession(session, SegmentPack(segments), read, task.onnx_outputs), read, task)

    def score(self, request: DecodedRequest) -> Outputs:
        """The task's outputs for the instances that ``decode`` returns, a row each, all valid.

        Raises:
            InvalidOutput: the model answered something that its task does not allow.
            InvalidRequest: it did so for numbers that its arithmetic cannot hold.
        """
        rows = self._encode_rows(request) if request.columns is None else self._of_columns(request)
        raw = self._run(rows)
        outputs = self._accept(raw)
        return self._nearly(rows, self.task.read(raw)) if outputs is None else outputs

    def _of_columns(self, request: DecodedRequest) -> npt.NDArray[np.float32]:
        """The same rows, a column at a time: categories that must be read are, row by row."""
        if self._encoder is None:
            from keepfit.features.encoding.matrix import Encoder  # noqa: PLC0415  few requests are columns

            self._encoder = Encoder(self.signature, sent_codes_of)
        try:
            return self._encoder.encode(request.columns or {})
        except UnreadCategory:
            return self._encode_rows(request)

    def score_rows(self, rows: npt.NDArray[np.float32]) -> tuple[Outputs, npt.NDArray[np.bool_] | None]:
        """The outputs for rows that are encoded already, and which of them are invalid; None where none is."""
        outputs = self.task.read(self._run(rows))
        wrong = self.task.invalid(outputs)
        return self.task.rounded(outputs), wrong if wrong.any() else None

    def invalid_row(self, row: npt.NDArray[np.float32], output: Any) -> list[tuple[str, str]]:
        """Why the output of an encoded row is invalid: the fields to blame, or none, each with a reason."""
        huge = np.flatnonzero(np.abs(row) > _TOO_LARGE)
        numbers = row_numbers(self.signature)
        names = list(dict.fromkeys(numbers[place].column.name for place in huge[:MAX_DETAILS]))
        if names:
            return [(name, "is too large for this model's arithmetic") for name in names]
        return [("", f"the model answered {output}, which is not {self.task.valid_output}")]

    def explain(self, request: DecodedRequest, explainer: Explainer) -> Contributions:
        """What each column that the model reads adds to the scores of the instances."""
        return explainer.explain(self._encode_rows(request), lambda rows: self.task.read(self._run(rows)))

    def _nearly(self, rows: npt.NDArray[np.float32], outputs: Outputs) -> Outputs:
        wrong = self.task.invalid(outputs)
        if not wrong.any():
            return self.task.rounded(outputs)
        row = int(np.flatnonzero(wrong)[0])
        reasons = self.invalid_row(rows[row], outputs[row])
        if reasons[0][0]:
            raise InvalidRequest(
                "instances hold numbers that are too large",
                code="invalid_instances",
                details=[(row, name, why) for name, why in reasons],
            )
        raise InvalidOutput(
            f"the model answered {outputs[row]} for row {row}, which is not {self.task.valid_output}"
        )

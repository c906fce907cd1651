"""The outcome of a segment's trial, as the file that the task of its batch leaves."""

from __future__ import annotations

from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt

from keepfit.training.trials.report import Parity


class SegmentTrial(msgspec.Struct, frozen=True, kw_only=True):
    """A segment's model, and what its candidates answered of rows that they had not seen.

    Args:
        value: the segment's.
        rows: how many train.
        chosen: the candidate that the model is; None where there is none.
        asked: (rows,) the places of its rows among all that validate.
        answers: by candidate, the outputs for those rows.
        model: the ONNX file.
        scores: outputs for its rows of the holdout, by what was exported.
        parity: of the model with its export.
        fit_seconds: the time of the last fit and its export.
        fault: why it has no model, or none that may be used.
    """

    value: str
    rows: int
    chosen: str | None = None
    asked: npt.NDArray[Any] = msgspec.field(default_factory=lambda: np.empty(0, dtype=np.int64))
    answers: dict[str, npt.NDArray[Any]] = {}
    model: bytes = b""
    scores: npt.NDArray[Any] | None = None
    parity: Parity | None = None
    fit_seconds: float = 0.0
    fault: str | None = None


def to_bytes(trial: SegmentTrial) -> bytes:
    """MessagePack, arrays as their type, shape and bytes."""
    return msgspec.msgpack.encode(trial, enc_hook=_written)


def from_bytes(body: bytes) -> SegmentTrial:
    """The inverse of ``to_bytes``. Raises msgspec.MsgspecError for anything else."""
    return msgspec.msgpack.decode(body, type=SegmentTrial, dec_hook=_read)


def _written(value: Any) -> Any:
    if isinstance(value, np.ndarray):
        return (value.dtype.str, value.shape, value.tobytes())
    raise TypeError(f"{type(value).__name__} is no part of a trial")


def _read(kind: Any, value: Any) -> Any:
    if kind is np.ndarray or getattr(kind, "__origin__", None) is np.ndarray:
        kind_of_number, shape, body = value
        if np.dtype(kind_of_number).kind not in "biuf":
            raise ValueError(f"{kind_of_number} is no type of numbers")
        return np.frombuffer(body, dtype=kind_of_number).reshape(shape)
    raise TypeError(f"{kind} is no part of a trial")

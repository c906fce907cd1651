"""An ONNX Runtime session, made from a model's bytes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final, Protocol

import numpy as np
import numpy.typing as npt
import onnxruntime as ort

from keepfit.errors import InvalidModel
from keepfit.serving.inference.single_row import SingleRow

_NO_SEGMENTS: frozenset[str] = frozenset()
_NOWHERE = "/nowhere"
_NUMBERS = ("tensor(float)", "tensor(double)", "tensor(float16)")
_FATAL = 4  # what it logs about a model, it also raises


class ModelSession(Protocol):
    """What computes a model's outputs: one session, or one for each of its segments."""

    @property
    def columns(self) -> int | None:
        """How many numbers a row has; None where the model does not say."""
        ...

    @property
    def segments(self) -> frozenset[str]:
        """The segments that have a model of their own."""
        ...

    @property
    def run(self) -> Callable[[npt.NDArray[np.float32]], list[npt.NDArray[Any]]]:
        """(n, k) rows to the model's value of each output, NaN included."""
        ...

    def try_all(self) -> None:
        """Asks the model of each segment once. Raises InvalidModel for one that does not load or run."""
        ...


class Session:
    """Computes the model's ``outputs`` of float32 rows.

    One thread: a Lambda function has a share of one core below 1.8 GB, and rows are few. The model is its bytes and
    nothing else: even so, ONNX Runtime would read files that it names, below the folder that the process is in.

    Raises:
        InvalidModel: bytes that ONNX Runtime does not load, or that have not one input and the outputs.
    """

    __slots__ = ("_input", "_one_row", "_outputs", "_session", "_single_rows", "columns")
    segments: Final = _NO_SEGMENTS

    def __init__(self, model: bytes, outputs: Sequence[str]) -> None:
        options = ort.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        options.log_severity_level = _FATAL
        options.add_session_config_entry("session.model_external_initializers_file_folder_path", _NOWHERE)
        try:
            session = ort.InferenceSession(model, options, providers=["CPUExecutionProvider"])
        except Exception as error:  # ONNX Runtime raises a dozen unrelated classes
            raise InvalidModel(f"ONNX Runtime does not load the model: {error}") from error
        inputs, given = session.get_inputs(), [output.name for output in session.get_outputs()]
        if len(inputs) != 1 or not {*outputs} <= {*given}:
            raise InvalidModel(
                f"the model has {len(inputs)} inputs and the outputs {given}; "
                f"one input and {' and '.join(f'an output {name!r}' for name in outputs)} are expected"
            )
        types = {output.name: output.type for output in session.get_outputs()}
        wrong = [f"{name!r} is {types[name]}" for name in outputs if types[name] not in _NUMBERS]
        if wrong:
            raise InvalidModel(
                f"the output {' and '.join(wrong)}, and a tensor of floating point numbers is expected"
            )
        self._input: str = inputs[0].name
        self._outputs = [*outputs]
        self._session = session
        self._single_rows: list[SingleRow] = []
        width = inputs[0].shape[-1]
        self.columns: int | None = width if isinstance(width, int) else None
        """How many numbers a row has; None where the model does not say."""
        self._one_row = (1, self.columns)

    def run(self, rows: npt.NDArray[np.float32]) -> list[npt.NDArray[Any]]:
        """(n, k) rows to the model's value of each output, NaN included.

        ONNX Runtime multiplies a single row by other code than many, so the last bit of a linear model's answer may
        depend on how many are asked at once. Asking a single row twice would hide that, and take 0.7 microseconds.
        """
        if rows.shape == self._one_row:
            return self._run_one(rows)
        outputs: list[npt.NDArray[Any]] = self._session.run(self._outputs, {self._input: rows})
        return outputs

    def _run_one(self, row: npt.NDArray[np.float32]) -> list[npt.NDArray[Any]]:
        """The same of one row; several threads, which deadlines make, have a binding each."""
        try:
            single = self._single_rows.pop()
        except IndexError:
            single = SingleRow(self._session, self._input, self._outputs, row)
        outputs = single.run(row)
        self._single_rows.append(single)
        return outputs

    def try_all(self) -> None:
        """Nothing: it has no segments."""

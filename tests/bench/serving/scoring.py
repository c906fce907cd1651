"""The model as its peers ask it, who have no keepfit: rows of Python values into onnxruntime."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime as ort


class Model:
    """model.onnx in ``folder``, and columns.json: the values of categories, and the numbers in their order."""

    def __init__(self, folder: Path) -> None:
        options = ort.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        self._session = ort.InferenceSession(
            str(folder / "model.onnx"), options, providers=["CPUExecutionProvider"]
        )
        self._input = self._session.get_inputs()[0].name
        columns = json.loads((folder / "columns.json").read_text())
        self._numbers = columns["numbers"]
        self._codes = {
            name: {value: float(code) for code, value in enumerate(values, start=2)}
            for name, values in columns["categories"].items()
        }

    def score(self, rows: Sequence[Mapping[str, Any]]) -> list[float]:
        """The probability of each row, whose departure is a datetime."""
        matrix = [
            [
                *(codes.get(row[name], 1.0) for name, codes in self._codes.items()),
                *(row[name] for name in self._numbers),
                row["departure"].hour,
                row["departure"].isoweekday(),
            ]
            for row in rows
        ]
        found = self._session.run(["probabilities"], {self._input: np.array(matrix, np.float32)})[0]
        return [float(p) for p in found[:, -1].tolist()]

"""The loader module of an exported version: answers data frames as serving answers requests.

An exported directory holds this file and all of keepfit that it imports, so that nothing else of keepfit is needed.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import msgspec

from keepfit.errors import InvalidRequest
from keepfit.registry.segment_pack import SEGMENTS
from keepfit.serving.inference.scorer import Scorer

MODEL_FILE: Final = "model.onnx"
SIGNATURE_FILE: Final = "signature.json"
_MISSING_TYPES = ("NAType", "NaTType")


class ExportedVersion:
    """A version as MLflow's pyfunc flavor calls it."""

    def __init__(self, folder: Path) -> None:
        segments = folder / SEGMENTS
        self._scorer = Scorer.load(
            (folder / MODEL_FILE).read_bytes(),
            (folder / SIGNATURE_FILE).read_bytes(),
            segments if segments.exists() else None,
        )
        self._answer = self._scorer.task.answerer(self._scorer.signature.model, 0)

    def predict(self, model_input: Any, params: Mapping[str, Any] | None = None) -> Any:  # noqa: ARG002  MLflow's
        """A data frame of predictions: a row for each of ``model_input``, in its order.

        Args:
            model_input: a data frame with a column for each field that a client sends, or a list of such instances.
                None, NaN, NA and NaT are missing; an instant without a zone is of the zone that its field declares.
            params: none is known.

        Raises:
            ValueError: rows that serving would refuse; names them and their fields.
        """
        import pandas as pd  # noqa: PLC0415  MLflow brings it; serving has none

        instances, answers = _instances(model_input), list[Mapping[str, list[Any]]]()
        for start in range(0, len(instances), self._scorer.task.max_rows):
            answers.append(self._answered(instances[start : start + self._scorer.task.max_rows], start))
        columns = {name: [value for part in answers for value in part[name]] for name in answers[0]}
        return pd.DataFrame(columns, index=model_input.index if _is_frame(model_input) else None)

    def _answered(self, instances: Sequence[Any], start: int) -> Mapping[str, list[Any]]:
        body = msgspec.json.encode({"instances": instances})
        try:
            outputs = self._scorer.score(self._scorer.decode(body))
        except InvalidRequest as error:
            details = [f"row {start + row}, {field} {message}" for row, field, message in error.details]
            raise ValueError("; ".join([str(error), *details])) from error
        _, _, answer = self._answer(outputs, [""] * len(instances))
        columns = answer.columns()
        return {name: values for name, values in columns.items() if name != "prediction_id"}


def _load_pyfunc(path: str) -> ExportedVersion:
    """What MLflow calls; ``path`` is the folder of the model and its signature."""
    return ExportedVersion(Path(path))


def _is_frame(model_input: Any) -> bool:
    return hasattr(model_input, "columns")


def _instances(model_input: Any) -> list[dict[str, Any]]:
    if _is_frame(model_input):
        columns = {str(name): [*_cells(model_input[name])] for name in model_input.columns}
        return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]
    rows = [model_input] if isinstance(model_input, dict) else list(model_input)
    return [dict(zip(row, _cells(row.values()), strict=True)) for row in rows]


def _cells(values: Any) -> Iterator[Any]:
    """The values as JSON has them."""
    for value in values.tolist() if hasattr(values, "tolist") else values:
        if value is None or type(value).__name__ in _MISSING_TYPES:
            yield None
        elif isinstance(value, datetime):
            yield value.isoformat(timespec="microseconds")
        elif isinstance(value, float):
            yield None if math.isnan(value) else value
        else:
            yield value.item() if hasattr(value, "item") else value

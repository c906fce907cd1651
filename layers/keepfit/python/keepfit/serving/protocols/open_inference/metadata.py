"""Metadata by the Open Inference Protocol V2: of the server, of a model, and whether either is ready."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from keepfit.errors import NotFound
from keepfit.features.schema.signature import Column, Signature
from keepfit.features.schema.types.base import type_of
from keepfit.serving.protocols.open_inference.datatype_names import BYTES, OF_VALUES
from keepfit.serving.repository.ports import DescribedModel
from keepfit.tasks.answers import example

SERVER: Final = "keepfit"
PLATFORM: Final = "onnxruntime_onnx"
_BY_STORAGE: Final = {"DOUBLE": "FP64", "BIGINT": "INT64", "BOOLEAN": "BOOL", "DOUBLE[]": "FP64"}


def server_metadata(release: str) -> dict[str, Any]:
    """The server, the release of keepfit, and the extensions that it speaks."""
    return {"name": SERVER, "version": release, "extensions": ["binary_tensor_data"]}


def model_metadata(model: DescribedModel, version: int | None) -> dict[str, Any]:
    """A model's tensors, of its champion unless a version is named; -1 stands for any number of rows.

    Raises:
        NotFound: it has no such version, or nothing of it is released yet.
    """
    serving = [each.version for each in model.serving()]
    if version is None and not serving:
        raise NotFound(f"no version of {model.name} is released yet")
    signature = model.signature(version or serving[0])
    return {
        "name": model.name,
        "versions": [str(each) for each in ([version] if version else serving)],
        "platform": PLATFORM,
        "inputs": [input_of(column) for column in signature.instance_columns],
        "outputs": outputs_of(signature),
    }


def is_ready(model: DescribedModel, version: int | None) -> bool:
    """Whether a model answers, or one version of it. Raises NotFound where that cannot be asked."""
    if version is None:
        return bool(model.serving())
    model.require(version)
    return True


def outputs_of(signature: Signature) -> list[dict[str, Any]]:
    """The tensors of an answer, as two answers of one row and of two show them."""
    one, two = (example(signature.task, signature.model, rows).tensors() for rows in (1, 2))
    return [_output(name, values, by_rows=len(values) != len(two[name])) for name, values in one.items()]


def input_of(column: Column) -> dict[str, Any]:
    """The tensor that a column is sent as; -1 stands for any number of rows."""
    kind = type_of(column.type)
    # A picture is sent as its bytes, though it is kept as numbers.
    as_numbers = kind.is_list and column.type != "image"
    shape = [-1, kind.width(column)] if as_numbers else [-1]
    datatype = BYTES if column.type == "image" else _BY_STORAGE.get(kind.storage, BYTES)
    return {"name": column.name, "datatype": datatype, "shape": shape}


def _output(name: str, values: Sequence[Any], *, by_rows: bool) -> dict[str, Any]:
    nested = isinstance(values[0], list)
    first = values[0][0] if nested else values[0]
    shape = [-1 if by_rows else len(values), *([len(values[0])] if nested else [])]
    return {"name": name, "datatype": OF_VALUES[type(first)], "shape": shape}

"""The Open Inference Protocol V2 on the request path: tensors to instances, and an answer to tensors."""

from __future__ import annotations

import gzip
from base64 import b64encode
from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec

from keepfit.serving.inference.instances import DecodedRequest, InstanceDecoder
from keepfit.serving.protocols.open_inference.datatype_names import OF_VALUES
from keepfit.serving.protocols.open_inference.datatypes import invalid, to_bytes
from keepfit.serving.protocols.open_inference.refusals import as_refusal
from keepfit.serving.protocols.open_inference.tensors import (
    InferenceRequest,
    InputTensor,
    OutputRequest,
    cells_of,
    request_of,
    split,
)
from keepfit.serving.responses.http_response import JSON, response
from keepfit.tasks.answers import Answer

HEADER_LENGTH: Final = "inference-header-content-length"
_OCTETS: Final = {"content-type": "application/octet-stream"}
# Less would hardly shrink.
_MIN_GZIP: Final = 1024


class OpenInference:
    """See ``base.RequestProtocol``; one is made for each request, as the answer's form depends on it.

    A tensor is named for its field, and has a row for each instance. Its data type need not be that of the field: cells
    are read as those of JSON are.
    """

    __slots__ = ("_decoder", "_request", "_sent")

    def __init__(self, decoder: InstanceDecoder, headers: Mapping[str, str]) -> None:
        self._decoder, self._sent = decoder, headers
        self._request = InferenceRequest(inputs=[])

    def decode(self, body: bytes | str) -> DecodedRequest:
        data = body.encode() if isinstance(body, str) else body
        length = self._header_length(len(data))
        self._request = request = request_of(data[:length])
        columns = {column.name: column for column in self._decoder.columns}
        for tensor in request.inputs:
            if tensor.name not in columns:
                known = ", ".join(columns)
                raise invalid(f"{tensor.name!r} is no input of this model; its inputs are {known}")
        parts = split(request.inputs, memoryview(data)[length:])
        cells = {
            tensor.name: cells_of(tensor, columns[tensor.name], part, self._decoder.max_rows)
            for tensor, part in zip(request.inputs, parts, strict=True)
        }
        rows = _rows(request.inputs, cells)
        return self._decoder.convert(cells, rows, explain=request.parameters.get("explain") is True)

    def respond(self, answer: Answer, headers: Mapping[str, str]) -> dict[str, Any]:
        tensors = answer.tensors()
        wanted = self._wanted(tensors)
        described, parts = [], []
        for output in wanted:
            entry, part = self._output(output, tensors[output.name])
            described.append(entry)
            parts += [part] if part is not None else []
        told: dict[str, Any] = {
            "model_name": answer.model,
            "model_version": str(answer.model_version),
            "outputs": described,
        }
        if self._request.id is not None:
            told["id"] = self._request.id
        head = msgspec.json.encode(told)
        if not parts:
            return self._packed(head, {**JSON, **headers})
        binary = {**_OCTETS, HEADER_LENGTH: str(len(head)), **headers}
        return self._packed(b"".join([head, *parts]), binary)

    def refuse(self, refused: dict[str, Any]) -> dict[str, Any]:
        """The problem with the text ``error``, by the one media type in which clients look for it."""
        return as_refusal(refused)

    def _header_length(self, size: int) -> int:
        """How many bytes of the body are JSON."""
        told = self._sent.get(HEADER_LENGTH)
        if told is None:
            return size
        if not told.isascii() or not told.isdigit() or int(told) > size:
            raise invalid(f"the header {HEADER_LENGTH} is {told[:20]!r}, and the body has {size} bytes")
        return int(told)

    def _wanted(self, tensors: Mapping[str, Any]) -> Sequence[OutputRequest]:
        if not self._request.outputs:
            return [OutputRequest(name) for name in tensors]
        for output in self._request.outputs:
            if output.name not in tensors:
                names = ", ".join(tensors)
                raise invalid(f"{output.name!r} is no output of this model; its outputs are {names}")
            if "classification" in output.parameters:
                raise invalid(
                    f"output {output.name!r} cannot be asked for as a classification: "
                    "ask for the tensors, whose order is that of the output classes where there is one"
                )
        return self._request.outputs

    def _output(self, output: OutputRequest, values: list[Any]) -> tuple[dict[str, Any], bytes | None]:
        """The output as JSON describes it, and its bytes where the request wants it in binary."""
        shape, flat = [len(values)], values
        while isinstance(flat[0], list):
            shape.append(len(flat[0]))
            flat = [each for row in flat for each in row]
        datatype = OF_VALUES[type(flat[0])]
        entry = {"name": output.name, "datatype": datatype, "shape": shape}
        if not self._is_binary(output):
            return {**entry, "data": flat}, None
        part = to_bytes(flat, datatype)
        return {**entry, "parameters": {"binary_data_size": len(part)}}, part

    def _is_binary(self, output: OutputRequest) -> bool:
        by_default = self._request.parameters.get("binary_data_output", False)
        return output.parameters.get("binary_data", by_default) is True

    def _packed(self, body: bytes, headers: dict[str, str]) -> dict[str, Any]:
        if "gzip" in self._sent.get("accept-encoding", "") and len(body) >= _MIN_GZIP:
            body, headers = gzip.compress(body, 1), {**headers, "content-encoding": "gzip"}
        encoded = headers["content-type"] != JSON["content-type"] or "content-encoding" in headers
        return response(200, headers, b64encode(body).decode() if encoded else body.decode(), encoded=encoded)


def _rows(inputs: Sequence[InputTensor], cells: Mapping[str, list[Any]]) -> int:
    """How many rows each of the tensors has."""
    if len(cells) != len(inputs):
        raise invalid("an input has the name of another: send each once")
    rows = {len(each) for each in cells.values()}
    if len(rows) > 1:
        told = ", ".join(f"{name} {len(each)}" for name, each in cells.items())
        raise invalid(f"the inputs have different numbers of rows: {told}")
    return rows.pop() if rows else 0


PROTOCOL: Final = OpenInference

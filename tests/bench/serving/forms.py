"""The same rows as each server takes them, and what its answers say."""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

Row = Mapping[str, Any]


def post(path: str, body: bytes, content_type: str, **headers: str) -> bytes:
    """A whole request of HTTP."""
    told = {"host": "127.0.0.1", "content-type": content_type, "content-length": str(len(body)), **headers}
    head = "".join(f"{name}: {value}\r\n" for name, value in told.items())
    return f"POST {path} HTTP/1.1\r\n{head}\r\n".encode() + body


def rows_as_json(path: str, rows: Sequence[Row]) -> bytes:
    return post(path, json.dumps({"instances": rows}).encode(), "application/json")


def tensors_as_json(path: str, rows: Sequence[Row]) -> bytes:
    """By the Open Inference Protocol."""
    inputs = [
        {
            "name": name,
            "datatype": _datatype(rows, name),
            "shape": [len(rows)],
            "data": [r[name] for r in rows],
        }
        for name in rows[0]
    ]
    return post(path, json.dumps({"inputs": inputs}).encode(), "application/json")


def tensors_as_bytes(path: str, rows: Sequence[Row]) -> bytes:
    """By the protocol's extension for binary tensors."""
    inputs, parts = [], []
    for name in rows[0]:
        parts.append(_packed([row[name] for row in rows]))
        told = {"name": name, "datatype": _datatype(rows, name), "shape": [len(rows)]}
        inputs.append({**told, "parameters": {"binary_data_size": len(parts[-1])}})
    head = json.dumps({"inputs": inputs, "parameters": {"binary_data_output": True}}).encode()
    length = {"inference-header-content-length": str(len(head))}
    return post(path, b"".join([head, *parts]), "application/octet-stream", **length)


def probabilities(body: bytes, headers: Mapping[str, str]) -> list[float]:
    """Those of an answer in any of these forms."""
    length = int(headers.get("inference-header-content-length", len(body)))
    told = json.loads(body[:length])
    if "outputs" not in told:
        found: list[float] = told["probabilities"]
        return found
    start = length
    for output in told["outputs"]:
        size = output.get("parameters", {}).get("binary_data_size", 0)
        if output["name"] == "probability":
            return list(output["data"]) if not size else np.frombuffer(body[start : start + size]).tolist()
        start += size
    raise AssertionError(f"no probability in {told}")


def _datatype(rows: Sequence[Row], name: str) -> str:
    return "BYTES" if isinstance(rows[0][name], str) else "FP64"


def _packed(values: Sequence[Any]) -> bytes:
    if not isinstance(values[0], str):
        return np.array(values, np.float64).tobytes()
    return b"".join(struct.pack("<I", len(each.encode())) + each.encode() for each in values)

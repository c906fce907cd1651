"""Asks a model by tritonclient, in `.venv-clients`; prints what each call gave.

    python with_triton.py HOST CA_FILE TOKEN MODEL < tensors.json

``HOST`` has the base path of the API; the tensors are (name, data type, values) of the same rows.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from typing import Any

import numpy as np
import tritonclient.http as triton
from tritonclient.utils import triton_to_np_dtype

# A field that every model here reads.
_NEEDED = "distance"


def main(host: str, ca_file: str, token: str, model: str, tensors: list[Any]) -> dict[str, Any]:
    """The result of each call, by its name; "refused: ..." where the client raised."""
    client = triton.InferenceServerClient(host, ssl=True, ssl_options={"ca_certs": ca_file})

    def headers() -> dict[str, str]:
        return {"authorization": f"Bearer {token}"}  # anew: the client writes into what it is given

    def infer(
        *, name: str = model, binary: bool = True, packed: str | None = None, version: str = "", **more: Any
    ) -> Any:
        kept = more.pop("tensors", tensors)
        found = client.infer(
            name,
            [_input(*tensor, binary=binary) for tensor in kept],
            headers=headers(),
            model_version=version,
            request_compression_algorithm=packed,
            response_compression_algorithm=packed,
            **more,
        )
        return _plain(found.as_numpy("prediction"))

    wanted = [triton.InferRequestedOutput("prediction", binary_data=False)]
    unknown = [triton.InferRequestedOutput("odds")]
    calls: dict[str, Callable[[], Any]] = {
        "live": lambda: client.is_server_live(headers()),
        "ready": lambda: client.is_server_ready(headers()),
        "server metadata": lambda: client.get_server_metadata(headers())["name"],
        "model ready": lambda: client.is_model_ready(model, headers=headers()),
        "version ready": lambda: client.is_model_ready(model, "1", headers=headers()),
        "model metadata": lambda: client.get_model_metadata(model, headers=headers())["versions"],
        "infer": infer,
        "infer in JSON": lambda: infer(binary=False),
        "infer in gzip": lambda: infer(packed="gzip"),
        "infer in JSON and gzip": lambda: infer(binary=False, packed="gzip"),
        "infer by version": lambda: infer(version="1"),
        "infer of one output": lambda: infer(outputs=wanted),
        "another model is ready": lambda: client.is_model_ready("other", headers=headers()),
        "infer by another model": lambda: infer(name="other"),
        "infer by another version": lambda: infer(version="9"),
        "infer without an input": lambda: infer(tensors=[each for each in tensors if each[0] != _NEEDED]),
        "infer of an unknown output": lambda: infer(outputs=unknown),
    }
    return {name: _result(call) for name, call in calls.items()}


def _input(name: str, datatype: str, values: list[Any], *, binary: bool) -> Any:
    tensor = triton.InferInput(name, [len(values)], datatype)
    if datatype == "BYTES":
        array = np.array(["" if each is None else each for each in values], object)
    else:
        array = np.array([np.nan if each is None else each for each in values], triton_to_np_dtype(datatype))
    tensor.set_data_from_numpy(array, binary_data=binary)
    return tensor


def _plain(values: np.ndarray) -> list[Any]:
    return [each.decode() if isinstance(each, bytes) else each for each in values.tolist()]


def _result(call: Callable[[], Any]) -> Any:
    try:
        return call()
    except Exception as error:  # noqa: BLE001  whatever a user of the client would see
        return f"refused: {error}"


if __name__ == "__main__":
    URL, CA, GIVEN, ASKED = sys.argv[1:5]
    print(json.dumps(main(URL, CA, GIVEN, ASKED, json.load(sys.stdin))))

"""Asks a model by KServe's client, in `.venv-clients`; prints what each call gave.

    python with_kserve.py URL CA_FILE TOKEN MODEL < tensors.json

The tensors are (name, data type, values) of the same rows.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Awaitable, Callable
from typing import Any

import numpy as np
from kserve import InferenceRESTClient, InferInput, InferRequest, RESTConfig
from kserve.utils.numpy_codec import to_np_dtype

# A field that every model here reads.
_NEEDED = "distance"


async def main(url: str, ca_file: str, token: str, model: str, tensors: list[Any]) -> dict[str, Any]:
    """The result of each call, by its name; "refused: ..." where the client raised."""
    client = InferenceRESTClient(RESTConfig(protocol="v2", verify=ca_file, timeout=60))

    def headers() -> dict[str, str]:
        return {"authorization": f"Bearer {token}"}  # anew: the client writes into what it is given

    async def infer(*, name: str = model, binary: bool = True, kept: list[Any] = tensors) -> Any:
        inputs = [_input(*tensor, binary=binary) for tensor in kept]
        asked = InferRequest(model_name=name, infer_inputs=inputs)
        found = await client.infer(url, asked, model_name=name, headers=headers())
        [output] = [each for each in found.outputs if each.name == "prediction"]
        return output.as_numpy().tolist()

    calls: dict[str, Callable[[], Awaitable[Any]]] = {
        "live": lambda: client.is_server_live(url, headers=headers()),
        "ready": lambda: client.is_server_ready(url, headers=headers()),
        "model ready": lambda: client.is_model_ready(url, model, headers=headers()),
        "infer": infer,
        "infer in JSON": lambda: infer(binary=False),
        "another model is ready": lambda: client.is_model_ready(url, "other", headers=headers()),
        "infer by another model": lambda: infer(name="other"),
        "infer without an input": lambda: infer(kept=[each for each in tensors if each[0] != _NEEDED]),
    }
    return {name: await _result(call) for name, call in calls.items()}


def _input(name: str, datatype: str, values: list[Any], *, binary: bool) -> InferInput:
    tensor = InferInput(name, [len(values)], datatype)
    if datatype == "BYTES":
        array = np.array(["" if each is None else each for each in values], object)
    else:
        array = np.array([np.nan if each is None else each for each in values], to_np_dtype(datatype))
    tensor.set_data_from_numpy(array, binary_data=binary)
    return tensor


async def _result(call: Callable[[], Awaitable[Any]]) -> Any:
    try:
        return await call()
    except Exception as error:  # noqa: BLE001  whatever a user of the client would see
        return f"refused: {error}"


if __name__ == "__main__":
    URL, CA, GIVEN, ASKED = sys.argv[1:5]
    print(json.dumps(asyncio.run(main(URL, CA, GIVEN, ASKED, json.load(sys.stdin)))))

"""The Open Inference Protocol over HTTPS: what is deployed, and tensors for answers, by version too."""

from __future__ import annotations

import json
import struct
from typing import Any

from tests.e2e.loop import world
from tests.e2e.loop.product import MODEL, Product

INFER = f"/v2/models/{MODEL}/infer"


def tensors(rows: list[dict[str, Any]], metadata: dict[str, Any]) -> list[dict[str, Any]]:
    """The rows as the tensors that the model's metadata asks for."""
    return [
        {**each, "shape": [len(rows)], "data": [row[each["name"]] for row in rows]}
        for each in metadata["inputs"]
    ]


def told(product: Product, path: str) -> tuple[int, Any]:
    status, _, body = product.call("GET", f"/v2{path}")
    return status, json.loads(body)


def test_clients_are_told_what_is_there_and_ready(released: Product) -> None:
    version = str(released.champion.version)
    assert told(released, "/health/live") == (200, {"live": True})
    assert told(released, "/health/ready") == (200, {"ready": True})
    assert told(released, "")[1]["extensions"] == ["binary_tensor_data"]
    assert told(released, f"/models/{MODEL}/ready") == (200, {"name": MODEL, "ready": True})
    assert told(released, f"/models/{MODEL}/versions/{version}/ready")[0] == 200
    assert told(released, f"/models/{MODEL}")[1]["versions"] == [version]
    for path in ("/models/other", f"/models/{MODEL}/versions/99", f"/models/{MODEL}/versions/one/ready"):
        status, refused = told(released, path)
        assert (status, refused["code"], isinstance(refused["error"], str)) == (404, "not_found", True)


def test_tensors_are_answered_like_rows_by_the_model_and_by_its_version(released: Product) -> None:
    rows, version = world.january_requests()[:3], released.champion.version
    expected = released.ask(rows).body
    body = json.dumps({"id": "a", "inputs": tensors(rows, told(released, f"/models/{MODEL}")[1])}).encode()
    for path in (INFER, f"/v2/models/{MODEL}/versions/{version}/infer"):
        status, _, answer = released.call("POST", path, body)
        found = json.loads(answer)
        outputs = {each["name"]: each["data"] for each in found["outputs"]}
        assert (status, found["id"], found["model_version"]) == (200, "a", str(version))
        assert outputs["probability"] == expected["probabilities"]
    for path in ("/v2/models/other/infer", f"/v2/models/{MODEL}/versions/99/infer"):
        status, _, answer = released.call("POST", path, body)
        assert (status, json.loads(answer)["code"]) == (404, "not_found")


def test_binary_tensors_come_and_go_as_they_are(released: Product) -> None:
    rows = world.january_requests()[:2]
    sent = tensors(rows, told(released, f"/models/{MODEL}")[1])
    distance = next(each for each in sent if each["name"] == "distance")
    part = struct.pack("<2d", *distance.pop("data"))
    distance["parameters"] = {"binary_data_size": len(part)}
    wanted = [{"name": "probability", "parameters": {"binary_data": True}}]
    head = json.dumps({"inputs": sent, "outputs": wanted}).encode()
    status, headers, answer = released.call(
        "POST", INFER, head + part, Inference_Header_Content_Length=str(len(head))
    )
    assert (status, headers["content-type"]) == (200, "application/octet-stream")
    start = int(headers["inference-header-content-length"])
    assert list(struct.unpack("<2d", answer[start:])) == released.ask(rows).body["probabilities"]


def test_the_api_describes_itself(released: Product) -> None:
    status, _, body = released.call("GET", "/openapi.json")
    described = json.loads(body)
    assert status == 200
    request = described["paths"][f"/models/{MODEL}/predict"]["post"]["requestBody"]["content"]
    assert released.ask(request["application/json"]["example"]["instances"]).status == 200
    status, headers, page = released.call("GET", "/docs")
    assert (status, headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert INFER.encode() in page

"""A client's quota counts over all functions that answer, and costs no other client anything."""

from __future__ import annotations

import json
from typing import Any

import urllib3

from keepfit.layout import ModelScope
from tests.e2e.loop import world
from tests.e2e.loop.product import MODEL, Product
from tests.e2e.loop.tokens import Forge

SCOPE = ModelScope(MODEL)


def test_a_client_keeps_to_its_quota_by_every_route(released: Product) -> None:
    forge = Forge(released)
    groups = ["scope/infer", "scope/read", "model/*", "rate/0.01", "burst/3", "tenant/acme"]
    token = forge.signed(**{"sub": "client-with-quota", "cognito:groups": groups})
    body = json.dumps({"instances": world.january_requests()[:1]}).encode()

    def asked(method: str, path: str, token: str = token) -> Any:
        reply = released.knock(method, path, f"Bearer {token}", body)
        return reply.status if reply.status != 429 else reply.body["code"]

    assert [
        asked("POST", SCOPE.path),
        asked("GET", "/v2"),
        asked("POST", f"/v2/models/{MODEL}/versions/1/infer"),  # rows are no tensors, and were asked for
    ] == [200, 200, 400]
    assert [asked("POST", SCOPE.path), asked("GET", "/v2")] == ["quota_exceeded"] * 2
    refused = _answer(released, token, body)
    assert 90 <= int(refused.headers["retry-after"]) <= 100
    assert asked("POST", SCOPE.path, forge.good) == 200
    [item] = _held(released)
    assert int(item["used"]["N"]) == 3


def _answer(product: Product, token: str, body: bytes) -> urllib3.BaseHTTPResponse:
    return product._send("POST", SCOPE.path, body, {"authorization": f"Bearer {token}"})


def _held(product: Product) -> list[dict[str, Any]]:
    """The items of quotas."""
    table = product.deployment.platform("QuotasTable")
    found: list[dict[str, Any]] = product.client("dynamodb").scan(TableName=table)["Items"]
    return found

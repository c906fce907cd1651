from __future__ import annotations

import json
import socket
import ssl
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from urllib.parse import urlsplit

import pytest

from cli.clients.token import bearer_token
from tests.e2e.loop import world
from tests.e2e.loop.product import MODEL, Product

CONCURRENCY = 32
PREDICT = f"/models/{MODEL}/predict"


def request() -> bytes:
    return json.dumps({"instances": world.january_requests()[:1]}).encode()


@contextmanager
def connected(product: Product) -> Iterator[ssl.SSLSocket]:
    trusted = ssl.create_default_context(cafile=str(product.deployment.place.ca_bundle))
    address = urlsplit(product.deployment.api_url)
    with (
        socket.create_connection((str(address.hostname), address.port or 443), timeout=60) as plain,
        trusted.wrap_socket(plain, server_hostname=address.hostname) as secure,
    ):
        yield secure


@pytest.mark.parametrize(
    ("method", "path"),
    [
        *((method, PREDICT) for method in ("GET", "PUT", "PATCH", "DELETE")),
        ("POST", "/models/another/predict"),
        ("POST", "/models/%2e%2e/predict"),
        ("POST", f"{PREDICT}/"),
        ("POST", f"/models/{MODEL}"),
        ("POST", "/"),
    ],
)
def test_what_is_no_route_is_not_found(released: Product, method: str, path: str) -> None:
    found = released.knock(method, path, f"Bearer {bearer_token(released.deployment)}")
    assert (found.status, found.body) == (404, {"message": "Not Found"})


@pytest.mark.parametrize("megabytes", [5, 6, 10, 11])
def test_a_body_that_is_too_large_is_refused_and_the_next_one_is_answered(
    released: Product, megabytes: int
) -> None:
    token = bearer_token(released.deployment)
    assert released.post(request() + b" " * megabytes * 1_000_000, token).status == 413
    assert released.post(request(), token).status == 200


def test_a_name_of_millions_of_characters_comes_back_short(released: Product) -> None:
    sent = json.dumps({"instances": [{"é" * 2_000_000: 1}]}, ensure_ascii=False).encode()
    answer = released.post(sent, bearer_token(released.deployment))
    assert answer.status == 400
    assert len(json.dumps(answer.body)) < 20_000


def test_connections_that_are_cut_disturb_nobody(released: Product) -> None:
    token, address = bearer_token(released.deployment), urlsplit(released.deployment.predict_url(MODEL))
    head = (
        f"POST {address.path} HTTP/1.1\r\nhost: {address.netloc}\r\nauthorization: Bearer {token}\r\n"
        f"content-length: {len(request())}\r\n\r\n"
    )
    whole = head.encode() + request()
    for cut in (0, 1, len(head) // 2, len(head), len(whole) - 1, len(whole)):
        with connected(released) as connection:
            connection.sendall(whole[:cut])
    assert released.post(request(), token).status == 200


def test_many_clients_at_once_are_all_answered(released: Product) -> None:
    token = bearer_token(released.deployment)
    with ThreadPoolExecutor(CONCURRENCY) as clients:
        answers = list(clients.map(lambda _: released.post(request(), token), range(4 * CONCURRENCY)))
    assert [answer.status for answer in answers] == [200] * 4 * CONCURRENCY
    assert len({answer.body["prediction_ids"][0] for answer in answers}) == 4 * CONCURRENCY
    assert len({answer.body["probabilities"][0] for answer in answers}) == 1

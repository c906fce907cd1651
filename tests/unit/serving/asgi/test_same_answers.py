"""A server answers over loopback, byte for byte, what the Lambda function behind the API answers."""

from __future__ import annotations

import gzip
import json
import re
from base64 import b64decode, b64encode
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from keepfit.runtime.predict import predictor_of
from tests.unit.serving.asgi.conftest import Reply, Server
from tests.unit.serving.support.small_model import INSTANCE, instances

ROWS = "/models/flight_delay/predict"
TENSORS = "/v2/models/flight_delay/infer"
VERSION = "/v2/models/flight_delay/versions/7/infer"
Headers = dict[str, str]


@cache
def predictor(package: Path) -> Any:
    return predictor_of(package, lambda _lines: None)


def by_lambda(package: Path, path: str, body: bytes, headers: Headers) -> Reply:
    """The answer of the function to the event that API Gateway makes of a request."""
    packed = headers.get("content-encoding", "") not in ("", "identity")
    try:
        text = None if packed else body.decode()
    except UnicodeDecodeError:
        text = None
    path, _, query = path.partition("?")
    event = {
        **({"queryStringParameters": dict(parse_qsl(query))} if query else {}),
        "routeKey": f"POST {TENSORS if path == VERSION else path}",
        "headers": headers,
        "body": b64encode(body).decode() if text is None else text,
        "isBase64Encoded": text is None,
    }
    answer = predictor(package).answer(event)
    told = answer["body"]
    return Reply(
        answer["statusCode"],
        dict(answer["headers"]),
        b64decode(told) if answer["isBase64Encoded"] else told.encode(),
    )


def without_ids(reply: Reply) -> bytes:
    """The body, unpacked, without what is drawn anew for each answer."""
    packed = reply.headers.get("content-encoding") == "gzip"
    return re.sub(rb"[0-9a-f]{32}", b"id", gzip.decompress(reply.body) if packed else reply.body)


def assert_same(server: Server, package: Path, path: str, body: bytes, headers: Headers) -> int:
    served = server.ask("POST", path, body, **headers)
    expected = by_lambda(package, path, body, headers)
    assert served.status == expected.status
    assert without_ids(served) == without_ids(expected)
    assert {**served.headers, **expected.headers} == served.headers
    assert {*served.headers} - {*expected.headers} == {"date", "content-length"}
    return served.status


def as_tensors(rows: list[dict[str, Any]], **more: Any) -> dict[str, Any]:
    kinds = {bool: "BOOL", int: "INT64", float: "FP64", str: "BYTES"}
    columns = {name: [row[name] for row in rows] for name in rows[0]}
    inputs = [
        {
            "name": name,
            "datatype": kinds[next((type(v) for v in values if v is not None), float)],
            "shape": [len(values)],
            "data": values,
        }
        for name, values in columns.items()
    ]
    return {"inputs": inputs, **more}


def as_binary(rows: list[dict[str, Any]]) -> tuple[bytes, Headers]:
    told, parts = as_tensors(rows, parameters={"binary_data_output": True}), []
    for tensor in told["inputs"]:
        if tensor["datatype"] == "FP64":
            part = np.array([np.nan if v is None else v for v in tensor.pop("data")]).tobytes()
            tensor["parameters"] = {"binary_data_size": len(part)}
            parts.append(part)
    head = json.dumps(told).encode()
    return b"".join([head, *parts]), {"inference-header-content-length": str(len(head))}


VALUES = {
    "carrier": st.sampled_from(["UA", "AA", "ZZ", " UA ", "", 7, None]),
    "distance": st.floats(0, 9000) | st.sampled_from([-1, "far", None, 1e300]),
    "stops": st.integers(0, 9) | st.sampled_from([1.0, 1.5, True]),
    "international": st.booleans() | st.just("yes"),
    "departure": st.sampled_from(["2013-03-01T17:30:00Z", "2013-03-01T17:30:00+05:00", "tomorrow"]),
    "wind gust": st.none() | st.floats(0, 99),
}
FIELDS = st.fixed_dictionaries({}, optional=VALUES).map(lambda some: {**INSTANCE, **some})
BODIES = (
    st.lists(FIELDS, max_size=4).map(lambda rows: json.dumps({"instances": rows}).encode())
    | st.lists(FIELDS, min_size=1, max_size=4).map(lambda rows: json.dumps(as_tensors(rows)).encode())
    | st.sampled_from(
        [b"", b"{", b"[]", b'{"instances":[{}]}', b"\xff\xfe", "ä,ö\n1,2\n".encode(), b"\x1f\x8b"]
    )
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    path=st.sampled_from([ROWS, TENSORS, VERSION]),
    body=BODIES,
    kind=st.sampled_from(["", "application/json", "text/csv", "application/octet-stream"]),
    packed=st.booleans(),
)
def test_whatever_is_sent(
    server: Server, package: Path, path: str, body: bytes, kind: str, packed: bool
) -> None:
    headers = {"content-type": kind} if kind else {}
    if packed:
        body, headers = gzip.compress(body), {**headers, "content-encoding": "gzip"}
    assert_same(server, package, path, body, headers)


@pytest.mark.parametrize("count", [1, 300])
def test_rows_as_json_as_csv_and_packed(server: Server, package: Path, count: int) -> None:
    rows = instances(count)
    body = json.dumps({"instances": rows}).encode()
    assert assert_same(server, package, ROWS, body, {}) == 200
    assert assert_same(server, package, ROWS, gzip.compress(body), {"content-encoding": "gzip"}) == 200
    lines = [
        ",".join(rows[0]),
        *(",".join("" if v is None else str(v) for v in row.values()) for row in rows),
    ]
    assert assert_same(server, package, ROWS, "\n".join(lines).encode(), {"content-type": "text/csv"}) == 200


@pytest.mark.parametrize("query", ["?explain=true", "?explain=maybe", "?other=1"])
def test_what_follows_the_path(server: Server, package: Path, query: str) -> None:
    body = json.dumps({"instances": [INSTANCE]}).encode()
    assert_same(server, package, f"{ROWS}{query}", body, {})
    assert_same(server, package, ROWS, json.dumps({"instances": [INSTANCE], "explain": True}).encode(), {})


@pytest.mark.parametrize("path", [TENSORS, VERSION])
def test_tensors_in_json_and_binary_answered_packed_to_who_accepts_it(
    server: Server, package: Path, path: str
) -> None:
    body, headers = as_binary(instances(100))
    assert assert_same(server, package, path, body, headers) == 200
    assert assert_same(server, package, path, body, {**headers, "accept-encoding": "gzip"}) == 200
    plain = json.dumps(as_tensors(instances(3), id="mine", outputs=[{"name": "probability"}])).encode()
    assert assert_same(server, package, path, plain, {"content-type": "application/json"}) == 200


def test_a_header_that_comes_twice_is_read_as_one(server: Server) -> None:
    body = gzip.compress(gzip.compress(json.dumps({"instances": [INSTANCE]}).encode()))
    with server.connect() as connection:
        head = f"POST {ROWS} HTTP/1.1\r\nhost: x\r\ncontent-encoding: gzip\r\nContent-Encoding: gzip\r\n"
        connection.sendall(f"{head}content-length: {len(body)}\r\nconnection: close\r\n\r\n".encode() + body)
        assert connection.recv(100).startswith(b"HTTP/1.1 200 OK")


def test_each_answer_is_logged_as_the_function_logs_it(server: Server) -> None:
    server.log.clear()
    answer = json.loads(server.ask("POST", ROWS, json.dumps({"instances": instances(3)}).encode()).body)
    logged = b"".join(server.log)
    assert logged.endswith(b"\n")
    assert all(identity.encode() in logged for identity in answer["prediction_ids"])
    for line in map(json.loads, logged.splitlines()):
        assert (line["kind"], line["model"], line["version"]) == ("prediction", "flight_delay", 7)

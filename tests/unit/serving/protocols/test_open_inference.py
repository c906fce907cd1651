"""Tensors of the Open Inference Protocol are answered like the same rows in JSON, in JSON and in binary."""

from __future__ import annotations

import gzip
import json
import struct
from base64 import b64decode, b64encode
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from keepfit.instants import from_iso
from keepfit.serving.protocols.open_inference.datatypes import NUMPY, elements_of, texts_of, to_bytes
from keepfit.serving.requests.predictor import Predictor
from tests.drawn import examples
from tests.unit.serving.support.small_model import instances, scorer

LENGTH = "inference-header-content-length"
ROUTE = "POST /v2/models/flight_delay/infer"
DATATYPES = {
    "carrier": "BYTES",
    "stops": "INT64",
    "distance": "FP64",
    "international": "BOOL",
    "departure": "BYTES",
    "wind gust": "FP64",
}


def inputs(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The rows as tensors in JSON, a column each."""
    return [
        {"name": name, "datatype": kind, "shape": [len(rows)], "data": [row[name] for row in rows]}
        for name, kind in DATATYPES.items()
    ]


def binary(rows: list[dict[str, Any]], **request: Any) -> tuple[bytes, dict[str, str]]:
    """The body with the same in binary, NaN for null, and its headers."""
    described, parts = [], []
    for tensor in inputs(rows):
        data = tensor.pop("data")
        part = to_bytes([np.nan if each is None else each for each in data], tensor["datatype"])
        described.append({**tensor, "parameters": {"binary_data_size": len(part)}})
        parts.append(part)
    head = json.dumps({"inputs": described, **request}).encode()
    return b"".join([head, *parts]), {LENGTH: str(len(head))}


def asked(
    body: bytes | str, headers: dict[str, str] | None = None, *, encoded: bool = False, log: Any = None
) -> dict[str, Any]:
    """The response to a body as API Gateway hands it on, as text or in base64."""
    predictor = Predictor(scorer=scorer(), model="flight_delay", version=3, log=log or (lambda _: None))
    data = body.encode() if isinstance(body, str) else body
    text = b64encode(data).decode() if encoded else data.decode()
    return predictor.answer({"body": text, "headers": headers, "isBase64Encoded": encoded, "routeKey": ROUTE})


def answered(response: dict[str, Any]) -> dict[str, Any]:
    """The outputs of a response by name, whatever they are written in."""
    assert response["statusCode"] == 200, response["body"]
    body, headers = response["body"], response["headers"]
    data: bytes = b64decode(body) if response["isBase64Encoded"] else body.encode()
    if headers.get("content-encoding") == "gzip":
        data = gzip.decompress(data)
    head = int(headers.get(LENGTH, len(data)))
    document, place, found = json.loads(data[:head]), head, {}
    for output in document["outputs"]:
        elements = int(np.prod(output["shape"]))
        if "data" in output:
            found[output["name"]] = output["data"]
            continue
        size = output["parameters"]["binary_data_size"]
        part, place = memoryview(data)[place : place + size], place + size
        kind = NUMPY.get(output["datatype"])
        found[output["name"]] = (
            np.frombuffer(part, kind).tolist()
            if kind
            else [each.decode() for each in elements_of(part, elements, "")]
        )
    assert place == len(data)
    return {**found, "id": document.get("id"), "version": document["model_version"]}


def of_rows(rows: list[dict[str, Any]], log: Any = lambda _: None) -> dict[str, Any]:
    predictor = Predictor(scorer=scorer(), model="flight_delay", version=3, log=log)
    response = predictor.answer({"body": json.dumps({"instances": rows}), "isBase64Encoded": False})
    document: dict[str, Any] = json.loads(response["body"])
    return document


def inputs_in(log: bytes) -> list[dict[str, Any]]:
    """The inputs of each row, with instants in one spelling."""
    lines = [json.loads(line) for line in log.splitlines()]
    rows = [
        row for line in lines for row in line.get("request", {"instances": [line.get("inputs")]})["instances"]
    ]
    return [{**row, "departure": from_iso(row["departure"])} for row in rows]


@examples(40)
@given(
    rows=st.lists(st.sampled_from(instances(20)), min_size=1, max_size=5),
    in_binary=st.booleans(),
    out_binary=st.booleans(),
    encoded=st.booleans(),
    packed=st.booleans(),
)
def test_tensors_are_answered_like_the_same_rows_in_json(
    rows: list[dict[str, Any]], in_binary: bool, out_binary: bool, encoded: bool, packed: bool
) -> None:
    request = {"id": "7", "parameters": {"binary_data_output": out_binary}}
    if in_binary:
        body, headers = binary(rows, **request)
    else:
        body, headers = json.dumps({"inputs": inputs(rows), **request}).encode(), {}
    if packed:
        body, headers = gzip.compress(body), {**headers, "content-encoding": "gzip"}
    logged: list[bytes] = []
    found = answered(asked(body, headers, encoded=encoded or in_binary or packed, log=logged.append))
    kept: list[bytes] = []
    expected = of_rows(rows, log=kept.append)
    assert inputs_in(b"".join(logged)) == inputs_in(b"".join(kept))
    assert (found["id"], found["version"]) == ("7", "3")
    assert found["probability"] == expected["probabilities"]
    assert found["prediction"] == expected["predictions"]
    assert len(set(found["prediction_id"])) == len(rows)


@pytest.mark.parametrize("carrier", [" UA ", "unheard of", "ÜA", "7"])
def test_categories_of_tensors_are_read_as_those_of_rows(carrier: str) -> None:
    rows = [{**row, "carrier": carrier} if place % 2 else row for place, row in enumerate(instances(20))]
    found = answered(asked(*binary(rows), encoded=True))
    assert found["probability"] == of_rows(rows)["probabilities"]


@examples(60)
@given(st.lists(st.text(max_size=4), max_size=6) | st.lists(st.just("a" * 200) | st.just("b" * 200)))
def test_texts_come_out_of_a_binary_tensor_as_they_went_in(texts: list[str]) -> None:
    data = memoryview(to_bytes(texts, "BYTES"))
    assert [each.decode() for each in elements_of(data, len(texts), "")] == texts
    assert texts_of(data, len(texts)) in (texts, None)
    alike = bool(texts) and texts[0] != "" and len({*map(len, texts)}) == 1 and "".join(texts).isascii()
    assert (texts_of(data, len(texts)) == texts) == alike


@pytest.mark.parametrize(
    "change",
    [
        {"shape": [3, 1]},
        {"data": [["a"], ["b"], ["c"]], "shape": [3, 1]},
        {"datatype": "FP32", "name": "stops", "data": [1.0, 2.0, 0.0]},
        {"datatype": "UINT8", "name": "stops", "data": [1, 2, 0]},
        {"datatype": "FP64", "name": "wind gust", "data": [1.5, None, 0.25]},
    ],
)
def test_shapes_and_data_types_need_not_be_those_of_the_field(change: dict[str, Any]) -> None:
    rows = instances(3)
    name = change.get("name", "carrier")
    sent = [{**tensor, **change} if tensor["name"] == name else tensor for tensor in inputs(rows)]
    data = (
        np.array(next(tensor["data"] for tensor in sent if tensor["name"] == name), object).ravel().tolist()
    )
    same = [{**row, name: value} for row, value in zip(rows, data, strict=True)]
    assert answered(asked(json.dumps({"inputs": sent})))["probability"] == of_rows(same)["probabilities"]


def test_a_bare_nan_is_a_missing_number() -> None:
    rows = [{**row, "wind gust": None} for row in instances(2)]
    bare = json.dumps({"inputs": inputs(rows)}).replace("[null, null]", "[NaN, NaN]")
    assert "NaN" in bare
    assert answered(asked(bare))["probability"] == of_rows(rows)["probabilities"]


def test_outputs_are_chosen_and_each_has_its_own_form() -> None:
    wanted = [{"name": "probability", "parameters": {"binary_data": True}}, {"name": "prediction"}]
    response = asked(json.dumps({"inputs": inputs(instances(2)), "outputs": wanted}))
    assert response["headers"]["content-type"] == "application/octet-stream"
    found, expected = answered(response), of_rows(instances(2))
    assert found.keys() == {"probability", "prediction", "id", "version"}
    assert (found["probability"], found["prediction"]) == (expected["probabilities"], expected["predictions"])


def test_a_large_answer_is_packed_for_who_takes_gzip() -> None:
    body = json.dumps({"inputs": inputs(instances(50))})
    packed, plain = asked(body, {"accept-encoding": "gzip, deflate"}), asked(body)
    assert packed["headers"]["content-encoding"] == "gzip"
    assert len(packed["body"]) < len(plain["body"])
    assert answered(packed)["probability"] == answered(plain)["probability"]


def _changed(of: str, **change: Any) -> str:
    return json.dumps(
        {"inputs": [{**each, **change} if each["name"] == of else each for each in inputs(instances(2))]}
    )


WRONG = {
    "no JSON": ("{", "the request cannot be read"),
    "no inputs": ("{}", "`inputs`"),
    "an empty list": ('{"inputs": []}', "'instances' is empty"),
    "no rows": (
        json.dumps({"inputs": [{**each, "shape": [0], "data": []} for each in inputs(instances(1))]}),
        "'instances' is empty",
    ),
    "an unknown input": (_changed("stops", name="gate"), "'gate' is no input of this model"),
    "an input twice": (_changed("stops", name="distance"), "has the name of another"),
    "an input too few": (json.dumps({"inputs": inputs(instances(2))[1:]}), "row 0, carrier: is missing"),
    "an unknown type": (_changed("stops", datatype="INT128"), "has the data type 'INT128'"),
    "a shape that lies": (_changed("stops", shape=[5]), "has 2 values where its shape [5] says 5"),
    "a wrong shape": (_changed("stops", shape=[1, 2]), "has the shape [1, 2], and [rows] or [rows, 1]"),
    "a negative shape": (_changed("stops", shape=[-2]), "has the shape [-2]"),
    "a huge shape": (_changed("stops", shape=[10**15]), "send up to 10000 at a time"),
    "no data": (_changed("stops", data=None), "has no data"),
    "different rows": (_changed("stops", shape=[1], data=[1]), "different numbers of rows"),
    "a wrong value": (_changed("distance", data=["far", 2.0]), "row 0, distance: is not a number"),
    "an unknown output": (
        json.dumps({"inputs": inputs(instances(1)), "outputs": [{"name": "odds"}]}),
        "'odds' is no output of this model; its outputs are prediction, probability, prediction_id",
    ),
    "a classification": (
        json.dumps(
            {
                "inputs": inputs(instances(1)),
                "outputs": [{"name": "probability", "parameters": {"classification": 2}}],
            }
        ),
        "cannot be asked for as a classification",
    ),
}


@pytest.mark.parametrize("case", WRONG)
def test_what_is_wrong_is_told_as_text_and_nothing_is_logged(case: str) -> None:
    body, says = WRONG[case]
    log: list[bytes] = []
    response = asked(body, log=log.append)
    told = json.loads(response["body"])
    assert (response["statusCode"] in (400, 413), log) == (True, [])
    assert response["headers"]["content-type"] == "application/json"
    assert says in told["error"]
    assert told["status"] == response["statusCode"]


def _cut(body: bytes, headers: dict[str, str]) -> tuple[bytes, dict[str, str]]:
    return body[:-3], headers


def _longer(body: bytes, headers: dict[str, str]) -> tuple[bytes, dict[str, str]]:
    return body + b"more", headers


def _headless(body: bytes, _headers: dict[str, str]) -> tuple[bytes, dict[str, str]]:
    return body, {LENGTH: str(len(body) + 1)}


def _wordy(body: bytes, _headers: dict[str, str]) -> tuple[bytes, dict[str, str]]:
    return body, {LENGTH: "many"}


def _lying(body: bytes, headers: dict[str, str]) -> tuple[bytes, dict[str, str]]:
    """The length of the first text says more than there is."""
    head = int(headers[LENGTH])
    return body[:head] + struct.pack("<I", 2**31) + body[head + 4 :], headers


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (_cut, "are left of the body"),
        (_longer, "bytes that are of no input"),
        (_headless, "and the body has"),
        (_wordy, "is 'many'"),
        (_lying, "says that it has 2147483648 bytes"),
    ],
)
def test_binary_tensors_whose_sizes_lie_are_refused(change: Any, says: str) -> None:
    response = asked(*change(*binary(instances(3))), encoded=True)
    assert response["statusCode"] == 400
    assert says in json.loads(response["body"])["error"]

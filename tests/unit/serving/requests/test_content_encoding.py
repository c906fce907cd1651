"""Clients may pack what they send with gzip; what cannot be unpacked is refused by its reason."""

from __future__ import annotations

import gzip
import json
import zlib
from base64 import b64encode
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keepfit.serving.requests.predictor import MAX_BODY_LENGTH, Predictor
from tests.unit.serving.support.small_model import instances, scorer

BODY = json.dumps({"instances": instances(3)}).encode()


@pytest.fixture(scope="module")
def predictor() -> Predictor:
    return Predictor(scorer=scorer(), model="flight_delay", version=3, log=lambda _: None)


def event(
    body: bytes, encoding: str | None, *, header: str = "content-encoding", text: bool = False
) -> dict[str, Any]:
    sent = body.decode("latin-1") if text else b64encode(body).decode()
    headers = {"content-type": "application/json", **({header: encoding} if encoding is not None else {})}
    return {"version": "2.0", "headers": headers, "body": sent, "isBase64Encoded": not text}


def answered(predictor: Predictor, sent: dict[str, Any]) -> Any:
    response = predictor.answer(sent)
    assert response["statusCode"] == 200, response
    return json.loads(response["body"])["probabilities"]


def refused(predictor: Predictor, sent: dict[str, Any]) -> tuple[int, str, str]:
    response = predictor.answer(sent)
    error = json.loads(response["body"])
    return response["statusCode"], error["code"], error["detail"]


@pytest.mark.parametrize("text", [False, True])
@pytest.mark.parametrize(
    ("header", "encoding"),
    [
        ("content-encoding", "gzip"),
        ("Content-Encoding", "GZIP"),
        ("CONTENT-ENCODING", " x-gzip "),
        ("content-encoding", "identity, gzip"),
    ],
)
def test_a_packed_body_is_answered_like_a_plain_one(
    predictor: Predictor, header: str, encoding: str, *, text: bool
) -> None:
    plain = answered(predictor, event(BODY, None))
    assert answered(predictor, event(gzip.compress(BODY), encoding, header=header, text=text)) == plain


def test_a_body_packed_twice_or_in_parts_is_read(predictor: Predictor) -> None:
    plain = answered(predictor, event(BODY, None))
    assert answered(predictor, event(gzip.compress(gzip.compress(BODY)), "gzip, gzip")) == plain
    parts = gzip.compress(BODY[:50]) + gzip.compress(BODY[50:])
    assert answered(predictor, event(parts, "gzip")) == plain


@pytest.mark.parametrize("encoding", ["", "identity", None])
def test_a_body_that_is_not_packed_stays_as_it_is(predictor: Predictor, encoding: str | None) -> None:
    assert len(answered(predictor, event(BODY, encoding))) == 3
    assert len(answered(predictor, event(b" " + BODY, encoding, text=True))) == 3


@pytest.mark.parametrize("text", [False, True])
@pytest.mark.parametrize("encoding", ["deflate", "br", "zstd", "compress", "gzip, br", "x" * 1000])
def test_another_encoding_is_refused_with_the_one_that_is_read(
    predictor: Predictor, encoding: str, *, text: bool
) -> None:
    sent = event(zlib.compress(BODY), encoding, text=text)
    status, code, message = refused(predictor, sent)
    assert (status, code) == (415, "unsupported_encoding")
    assert "send it as gzip" in message
    assert predictor.answer(sent)["headers"]["accept-encoding"] == "gzip"
    assert len(message) < 200


def test_a_bomb_is_refused_before_it_is_unpacked(predictor: Predictor) -> None:
    bomb = gzip.compress(b" " * 400_000_000, compresslevel=1)
    assert len(bomb) < MAX_BODY_LENGTH
    assert refused(predictor, event(bomb, "gzip"))[:2] == (413, "body_too_large")
    assert refused(predictor, event(gzip.compress(b" " * 3_000_000) * 2, "gzip"))[:2] == (
        413,
        "body_too_large",
    )


def test_the_largest_body_is_read_and_one_byte_more_is_not(predictor: Predictor) -> None:
    full = BODY + b" " * (MAX_BODY_LENGTH - len(BODY))
    assert len(answered(predictor, event(gzip.compress(full), "gzip"))) == 3
    assert refused(predictor, event(gzip.compress(full + b" "), "gzip"))[0] == 413


@pytest.mark.parametrize(
    "broken",
    [
        b"",
        b"{}",
        gzip.compress(BODY, mtime=0)[:-9],
        gzip.compress(BODY, mtime=0) + b"more",
        zlib.compress(BODY),
    ],
)
def test_broken_gzip_is_refused_as_such(predictor: Predictor, broken: bytes) -> None:
    status, code, message = refused(predictor, event(broken, "gzip"))
    assert (status, code) == (400, "invalid_encoding")
    assert message.startswith("the body is not valid gzip: ")


@given(st.binary(max_size=200))
def test_no_bytes_break_what_unpacks_them(predictor: Predictor, body: bytes) -> None:
    assert predictor.answer(event(gzip.compress(body), "gzip"))["statusCode"] in (200, 400)
    assert predictor.answer(event(body, "gzip"))["statusCode"] == 400

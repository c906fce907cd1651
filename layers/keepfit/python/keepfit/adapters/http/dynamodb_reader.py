"""OnlineReader on Amazon DynamoDB by one kept connection, without an SDK."""

from __future__ import annotations

import random
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

import msgspec

from keepfit.adapters.http.connection import Connection
from keepfit.adapters.http.dynamodb_endpoint import connected
from keepfit.adapters.http.signature_v4 import Signer
from keepfit.errors import ServiceUnavailable
from keepfit.features.online.ports import ItemKey

MAX_KEYS: Final = 100
"""Of one BatchGetItem."""
_DEADLINE_S: Final = 2.0
_TIMEOUT_S: Final = 0.7
_FIRST_PAUSE_S: Final = 0.02
_OK: Final = 200
_RETRIED: Final = ("ThrottlingException", "ProvisionedThroughputExceededException", "RequestLimitExceeded")


class _Text(msgspec.Struct, gc=False):
    S: str


class _Item(msgspec.Struct, gc=False):
    pk: _Text
    sk: _Text
    body: _Text


class _Answer(msgspec.Struct):
    Responses: dict[str, list[_Item]] = {}
    UnprocessedKeys: dict[str, Any] = {}


_decode = msgspec.json.Decoder(_Answer).decode
_encode = msgspec.json.Encoder().encode


class DynamoReader:
    """See ``features.online.ports.OnlineReader``; throttled keys are read again, for two seconds in all.

    Args:
        table: its name.
        connection: to DynamoDB.
        signer: of its requests.
    """

    def __init__(self, table: str, connection: Connection, signer: Signer) -> None:
        self._table, self._connection, self._signer = table, connection, signer
        self._headers = {
            "content-type": "application/x-amz-json-1.0",
            "host": connection.authority,
            "x-amz-target": "DynamoDB_20120810.BatchGetItem",
        }

    @classmethod
    def from_environment(cls, table: str) -> DynamoReader:
        """A reader with the region, endpoint and credentials that Lambda gives a function in its environment."""
        return cls(table, *connected())

    def read(self, keys: Sequence[ItemKey]) -> Mapping[ItemKey, str]:
        deadline = time.monotonic() + _DEADLINE_S
        found: dict[ItemKey, str] = {}
        for first in range(0, len(keys), MAX_KEYS):
            wanted = [{"pk": {"S": pk}, "sk": {"S": sk}} for pk, sk in keys[first : first + MAX_KEYS]]
            asked: dict[str, Any] = {self._table: {"Keys": wanted}}
            pause = _FIRST_PAUSE_S
            while asked:
                answer = self._ask(asked, deadline)
                for item in answer.Responses.get(self._table, ()):
                    found[ItemKey(item.pk.S, item.sk.S)] = item.body.S
                asked = answer.UnprocessedKeys
                if asked:
                    pause = _wait(pause, deadline, "it is throttled")
        return found

    def _ask(self, asked: Mapping[str, Any], deadline: float) -> _Answer:
        body, pause = _encode({"RequestItems": asked}), _FIRST_PAUSE_S
        while True:
            left = deadline - time.monotonic()
            if left <= 0:
                raise ServiceUnavailable(f"the online store did not answer within {_DEADLINE_S:g} s")
            headers = self._signer.signed(self._headers, body, at=datetime.now(UTC))
            try:
                status, answered = self._connection.post(headers, body, timeout_s=min(left, _TIMEOUT_S))
            except OSError as error:
                problem = f"{type(error).__name__}: {error}"
            else:
                if status == _OK:
                    return _read(answered)
                problem = answered[:300].decode(errors="replace")
                if status < 500 and not any(name in problem for name in _RETRIED):
                    raise ServiceUnavailable(f"the online store refused to be read ({status}): {problem}")
            pause = _wait(pause, deadline, problem)


def _read(answered: bytes) -> _Answer:
    try:
        return _decode(answered)
    except msgspec.MsgspecError as error:
        raise ServiceUnavailable(f"the online store answered what cannot be read: {error}") from error


def _wait(pause_s: float, deadline: float, problem: str) -> float:
    """Waits, and returns how long to wait the next time.

    Raises ServiceUnavailable where there is no time left.
    """
    if time.monotonic() + pause_s >= deadline:
        raise ServiceUnavailable(f"the online store did not answer within {_DEADLINE_S:g} s: {problem}")
    time.sleep(pause_s * random.uniform(0.5, 1.0))  # noqa: S311 - spreads readers, keeps no secret
    return pause_s * 2

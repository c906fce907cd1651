"""QuotaStore on Amazon DynamoDB: one conditional write for each lease, without an SDK.

An account has one item a day: ``arrival``, the theoretical arrival time of its next request in microseconds since 1970,
and ``used``, what it has sent. As the generic cell rate algorithm has it, a write moves ``arrival`` on where that
leaves it within the burst; there is nothing to read before. Two forms of it exclude each other: of a client that is
ahead of its rate, and of one that is not.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import msgspec

from keepfit.adapters.http.dynamodb_endpoint import connected
from keepfit.errors import ServiceUnavailable
from keepfit.serving.access.quota import Quota, until_midnight

Post = Callable[[bytes], tuple[int, bytes]]
"""Sends an UpdateItem; the status and the body of the answer. Raises OSError where there is none."""

_TIMEOUT_S: Final = 0.3
_ATTEMPTS: Final = 4
_OK: Final = 200
_SECOND_US: Final = 1_000_000
# Items are of no use after their day.
_KEPT: Final = timedelta(days=2)
_AHEAD: Final = "arrival >= :now AND arrival <= :latest"
_IN_TIME: Final = "(attribute_not_exists(arrival) OR arrival < :now)"
_IN_DAY: Final = "(attribute_not_exists(used) OR used <= :most)"
_COUNT: Final = "used = if_not_exists(used, :zero) + :requests, expires_at = :expires"


class _Number(msgspec.Struct, frozen=True):
    N: str = "0"


class _Held(msgspec.Struct, frozen=True):
    arrival: _Number = _Number()
    used: _Number = _Number()


class _Refused(msgspec.Struct, frozen=True):
    kind: str = msgspec.field(name="__type", default="")
    Item: _Held = _Held()


class DynamoQuotas:
    """See ``serving.access.metering.QuotaStore``.

    Args:
        table: its name.
        post: to DynamoDB.
    """

    def __init__(self, table: str, post: Post) -> None:
        self._table, self._post = table, post

    @classmethod
    def from_environment(cls, table: str) -> DynamoQuotas:
        """A store with the endpoint and credentials that Lambda gives a function in its environment."""
        connection, signer = connected()
        headers = {
            "content-type": "application/x-amz-json-1.0",
            "host": connection.authority,
            "x-amz-target": "DynamoDB_20120810.UpdateItem",
        }

        def post(body: bytes) -> tuple[int, bytes]:
            signed = signer.signed(headers, body, at=datetime.now(UTC))
            return connection.post(signed, body, timeout_s=_TIMEOUT_S)

        return cls(table, post)

    def take(self, account: str, requests: int, quota: Quota, at: float) -> float:
        day, now = datetime.fromtimestamp(at, UTC), int(at * _SECOND_US)
        cost = requests * quota.interval_us
        latest = now + quota.at_once * quota.interval_us - cost
        is_ahead = False
        for _ in range(_ATTEMPTS):
            held = self._written(account, day, _write(quota, requests, now, latest, ahead=is_ahead))
            if held is None:
                return 0.0
            if quota.per_day is not None and int(held.used.N) + requests > quota.per_day:
                return until_midnight(day)
            arrival = int(held.arrival.N)
            if arrival > latest and quota.rate is not None:
                return max(arrival - latest, 1) / _SECOND_US
            is_ahead = arrival >= now  # the other form, or somebody else was faster
        raise ServiceUnavailable(f"the quota of {account} is asked for by too many at once")

    def _written(self, account: str, day: datetime, write: Mapping[str, Any]) -> _Held | None:
        """None where it was written, else what is held instead."""
        values = {**write["ExpressionAttributeValues"], ":expires": int((day + _KEPT).timestamp())}
        body = msgspec.json.encode(
            {
                "TableName": self._table,
                "Key": {"pk": {"S": account}, "sk": {"S": f"{day:%Y-%m-%d}"}},
                "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
                **write,
                "ExpressionAttributeValues": {name: {"N": str(value)} for name, value in values.items()},
            }
        )
        try:
            status, answered = self._post(body)
        except OSError as error:
            raise ServiceUnavailable(f"quotas cannot be asked: {type(error).__name__}: {error}") from error
        if status == _OK:
            return None
        try:
            refused = msgspec.json.decode(answered, type=_Refused)
        except msgspec.MsgspecError:
            refused = _Refused()
        if not refused.kind.endswith("ConditionalCheckFailedException"):
            told = answered[:300].decode(errors="replace")
            raise ServiceUnavailable(f"quotas cannot be asked ({status}): {told}")
        return refused.Item


def _write(quota: Quota, requests: int, now: int, latest: int, *, ahead: bool) -> dict[str, Any]:
    """The conditional write of requests, for a client that is ahead of its rate or is not."""
    values: dict[str, int] = {":zero": 0, ":requests": requests}
    conditions, changes = [], [_COUNT]
    if quota.per_day is not None:
        conditions.append(_IN_DAY)
        values[":most"] = quota.per_day - requests
    if quota.rate is not None:
        cost = requests * quota.interval_us
        conditions.append(_AHEAD if ahead else _IN_TIME)
        changes.append("arrival = arrival + :cost" if ahead else "arrival = :fresh")
        values |= {":now": now, **({":latest": latest, ":cost": cost} if ahead else {":fresh": now + cost})}
    return {
        "UpdateExpression": f"SET {', '.join(changes)}",
        "ConditionExpression": " AND ".join(conditions),
        "ExpressionAttributeValues": values,
    }

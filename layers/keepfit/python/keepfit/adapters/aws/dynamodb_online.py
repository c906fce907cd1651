"""OnlineStore and Materializations on Amazon DynamoDB."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from keepfit.adapters.aws.clients import client, translated
from keepfit.adapters.aws.dynamodb_items import ModelItems
from keepfit.errors import Conflict, Throttled
from keepfit.features.online.materialization import Materialization
from keepfit.features.online.ports import Held, ItemKey, Write

_MAX_KEYS = 100
_MAX_ATTEMPTS = 8
_PAUSE_S = 0.05
_WRITERS = 8
# Of one transaction: 100 items and 4 MB.
_MAX_WRITES = 100
_MAX_BYTES = 3_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class DynamoOnlineStore:
    """See ``features.online.ports.OnlineStore``.

    An item has its body, how often it was written, and its expiry.
    """

    table: str

    def read(self, keys: Sequence[ItemKey]) -> Mapping[ItemKey, Held]:
        found: dict[ItemKey, Held] = {}
        for first in range(0, len(keys), _MAX_KEYS):
            for item in self._batch([_key(key) for key in keys[first : first + _MAX_KEYS]]):
                key = ItemKey(item["pk"]["S"], item["sk"]["S"])
                found[key] = Held(item["body"]["S"], int(item["writes"]["N"]))
        return found

    def write(self, key: ItemKey, body: str, *, after: int, expires_at: datetime | None) -> None:
        with translated(f"{key.item} of {key.entity}"):
            client("dynamodb").put_item(**self._put(Write(key, body, after, expires_at)))

    def write_all(self, writes: Sequence[Write]) -> list[bool]:
        parts = list(_parts(writes))
        with ThreadPoolExecutor(_WRITERS) as writers:
            return [took for some in writers.map(self._write_together, parts) for took in some]

    def _write_together(self, writes: Sequence[Write]) -> list[bool]:
        """All by one call; one by one where somebody else wrote one of them, as none is written then."""
        try:
            if len(writes) > 1:
                with translated(f"{len(writes)} items of the online store"):
                    client("dynamodb").transact_write_items(
                        TransactItems=[{"Put": self._put(write)} for write in writes]
                    )
                return [True] * len(writes)
        except Conflict:
            pass
        return [self._took(write) for write in writes]

    def _took(self, write: Write) -> bool:
        try:
            self.write(write.key, write.body, after=write.after, expires_at=write.expires_at)
        except Conflict:
            return False
        return True

    def _put(self, write: Write) -> dict[str, Any]:
        item = {
            **_key(write.key),
            "body": {"S": write.body},
            "writes": {"N": str(write.after + 1)},
        }
        if write.expires_at is not None:
            item["expires_at"] = {"N": str(int(write.expires_at.timestamp()))}
        asked: dict[str, Any] = {"TableName": self.table, "Item": item}
        if not write.after:
            return {**asked, "ConditionExpression": "attribute_not_exists(pk)"}
        values = {":after": {"N": str(write.after)}}
        return {**asked, "ConditionExpression": "writes = :after", "ExpressionAttributeValues": values}

    def _batch(self, keys: list[dict[str, Any]]) -> list[dict[str, Any]]:
        items: list[dict[str, Any]] = []
        asked: dict[str, Any] = {self.table: {"Keys": keys, "ConsistentRead": True}}
        for attempt in range(_MAX_ATTEMPTS):
            with translated("entities of the online store"):
                answer = client("dynamodb").batch_get_item(RequestItems=asked)
            items += answer["Responses"].get(self.table, [])
            asked = answer.get("UnprocessedKeys", {})
            if not asked:
                return items
            time.sleep(_PAUSE_S * 2**attempt)
        raise Throttled(f"entities of the online store were not read in {_MAX_ATTEMPTS} attempts")


@dataclass(frozen=True, slots=True, kw_only=True)
class DynamoMaterializations:
    """See ``features.online.materialization.Materializations``; in the registry table."""

    table: str

    def get(self, view: str) -> Materialization | None:
        return self._items(view).get(_SK, Materialization)

    def put(self, view: str, state: Materialization) -> None:
        items, before = self._items(view), state.revision - 1
        if before:
            items.put(_SK, state, condition="revision = :revision", revision=before)
        else:
            items.put_new(_SK, state)

    def _items(self, view: str) -> ModelItems:
        return ModelItems(table=self.table, model=view, kind="view")


_SK = "materialized"


def _key(key: ItemKey) -> dict[str, Any]:
    return {"pk": {"S": key.entity}, "sk": {"S": key.item}}


def _parts(writes: Sequence[Write]) -> Iterator[list[Write]]:
    """The writes in parts that a transaction takes."""
    part: list[Write] = []
    size = 0
    for write in writes:
        length = len(write.body.encode())
        if part and (len(part) == _MAX_WRITES or size + length > _MAX_BYTES):
            yield part
            part, size = [], 0
        part.append(write)
        size += length
    if part:
        yield part

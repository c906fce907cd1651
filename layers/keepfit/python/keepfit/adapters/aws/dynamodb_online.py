"""OnlineStore and Materializations on Amazon DynamoDB."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from keepfit.adapters.aws.clients import client, translated
from keepfit.adapters.aws.dynamodb_items import ModelItems
from keepfit.errors import Throttled
from keepfit.features.online.materialization import Materialization
from keepfit.features.online.ports import Held, ItemKey

_MAX_KEYS = 100
_MAX_ATTEMPTS = 8
_PAUSE_S = 0.05


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
        values: dict[str, Any] = {":body": {"S": body}, ":writes": {"N": str(after + 1)}}
        change = "SET body = :body, writes = :writes"
        if expires_at is None:
            change += " REMOVE expires_at"
        else:
            change += ", expires_at = :expires_at"
            values[":expires_at"] = {"N": str(int(expires_at.timestamp()))}
        if after:
            values[":after"] = {"N": str(after)}
        with translated(f"{key.item} of {key.entity}"):
            client("dynamodb").update_item(
                TableName=self.table,
                Key=_key(key),
                UpdateExpression=change,
                ConditionExpression="writes = :after" if after else "attribute_not_exists(pk)",
                ExpressionAttributeValues=values,
            )

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

"""Items of one model or view in the registry table on Amazon DynamoDB: values of the domain as items."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any, Literal, TypeVar

import msgspec

from keepfit.adapters.aws.clients import client, translated
from keepfit.layout import ModelScope, ViewScope

_Value = TypeVar("_Value", bound=msgspec.Struct)


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelItems:
    """Items in the partition ``<kind>#<model>``, read consistently.

    Structs become maps and lists of DynamoDB's own.
    """

    table: str
    model: str
    kind: Literal["model", "ledger", "view", "notices"] = "model"

    def get(self, sk: str, kind: type[_Value]) -> _Value | None:
        """The item under ``sk``, None where there is none."""
        with translated(self._name(sk)):
            response = client("dynamodb").get_item(
                TableName=self.table, Key=self._key(sk), ConsistentRead=True
            )
        return from_item(response["Item"], kind) if "Item" in response else None

    def put_new(self, sk: str, value: msgspec.Struct) -> None:
        """Writes an item under a new key. Raises Conflict where the item exists."""
        self.put(sk, value, condition="attribute_not_exists(pk)")

    def put(
        self, sk: str, value: msgspec.Struct, *, condition: str | None = None, **named: str | int
    ) -> None:
        """Writes the item if ``condition`` holds; ``named`` maps its placeholders ``:name`` to values.

        Raises:
            Conflict: it does not hold.
        """
        values = {f":{name}": _attribute(given) for name, given in named.items()}
        with translated(self._name(sk)):
            client("dynamodb").put_item(
                TableName=self.table,
                Item={**self._key(sk), **to_item(value)},
                **({"ConditionExpression": condition} if condition else {}),
                **({"ExpressionAttributeValues": values} if values else {}),
            )

    def first(self, prefix: str, kind: type[_Value], *, newest: bool = False) -> _Value | None:
        """The item with the lowest (or highest) sort key that begins with ``prefix``."""
        return next(self._query(prefix, kind, ScanIndexForward=not newest, Limit=1), None)

    def newest(self, prefix: str, kind: type[_Value], limit: int) -> list[_Value]:
        """Up to ``limit`` items whose sort key begins with ``prefix``, highest first."""
        return list(islice(self._query(prefix, kind, ScanIndexForward=False, Limit=limit), limit))

    def all(self, prefix: str, kind: type[_Value]) -> list[_Value]:
        """Every item whose sort key begins with ``prefix``, in ascending order."""
        return list(self._query(prefix, kind))

    def _query(self, prefix: str, kind: type[_Value], **options: Any) -> Iterator[_Value]:
        values = {":pk": self._key(prefix)["pk"]}
        if prefix:  # DynamoDB takes no empty text as a part of a key
            values[":prefix"] = {"S": prefix}
        pages = (
            client("dynamodb")
            .get_paginator("query")
            .paginate(
                TableName=self.table,
                KeyConditionExpression="pk = :pk" + (" AND begins_with(sk, :prefix)" if prefix else ""),
                ExpressionAttributeValues=values,
                ConsistentRead=True,
                **options,
            )
        )
        with translated(self._name(prefix)):
            for page in pages:
                yield from (from_item(item, kind) for item in page["Items"])

    def _key(self, sk: str) -> dict[str, Any]:
        scope = ModelScope(self.model)
        partitions = {
            "model": scope.partition,
            "ledger": scope.ledger_partition,
            "view": ViewScope(self.model).partition,
            "notices": scope.notice_partition,
        }
        return {"pk": {"S": partitions[self.kind]}, "sk": {"S": sk}}

    def _name(self, sk: str) -> str:
        return f"{sk} of {self.model}"


def to_item(value: msgspec.Struct) -> dict[str, Any]:
    """The attributes of a value, without the item's key."""
    return {name: _attribute(part) for name, part in msgspec.to_builtins(value).items()}


def from_item(item: dict[str, Any], kind: type[_Value]) -> _Value:
    """The inverse of ``to_item``; the item's key is ignored."""
    return msgspec.convert({name: _plain(attribute) for name, attribute in item.items()}, kind)


def _attribute(value: object) -> dict[str, Any]:
    match value:
        case None:
            return {"NULL": True}
        case bool():
            return {"BOOL": value}
        case int() | float():
            return {"N": repr(value)}
        case str():
            return {"S": value}
        case dict():
            return {"M": {str(key): _attribute(part) for key, part in value.items()}}
        case list() | tuple():
            return {"L": [_attribute(part) for part in value]}
    raise TypeError(f"{type(value).__name__} has no form in DynamoDB")


def _plain(attribute: dict[str, Any]) -> Any:
    [(kind, value)] = attribute.items()
    match kind:
        case "NULL":
            return None
        case "N":
            return float(value) if set(value) & set(".eE") else int(value)
        case "M":
            return {key: _plain(part) for key, part in value.items()}
        case "L":
            return [_plain(part) for part in value]
    return value

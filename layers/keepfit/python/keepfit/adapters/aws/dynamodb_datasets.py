"""DatasetRecords in the registry table on Amazon DynamoDB."""

from __future__ import annotations

import hashlib
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from keepfit.adapters.aws.clients import client, translated
from keepfit.adapters.aws.dynamodb_items import from_item, to_item
from keepfit.errors import Conflict
from keepfit.features.datasets.manifest import Upload
from keepfit.features.datasets.records import Discarded, FileRecord, Refusal
from keepfit.instants import Duration, to_iso
from keepfit.layout import DatasetScope


@dataclass(frozen=True, slots=True, kw_only=True)
class DynamoDatasets:
    """See ``features.ports.DatasetRecords``.

    Items under ``dataset#<dataset>``: head, file#<sha256>, refusal#<at>#<id>. A refusal may quote the file, so with
    ``keep`` it expires as the file does.
    """

    table: str
    keep: Duration | None = None

    def newest(self, dataset: str) -> int | None:
        item = self._get(dataset, "head")
        return int(item["version"]["N"]) if item else None

    def file(self, dataset: str, sha256: str) -> FileRecord | None:
        item = self._get(dataset, f"file#{sha256}")
        return from_item(item, FileRecord) if item else None

    def take(self, dataset: str, record: FileRecord) -> None:
        before = record.version - 1
        head: dict[str, Any] = {
            "TableName": self.table,
            "Key": _key(dataset, "head"),
            "UpdateExpression": "SET version = :next",
            "ConditionExpression": "version = :before" if before else "attribute_not_exists(pk)",
            "ExpressionAttributeValues": {":next": {"N": str(record.version)}},
        }
        if before:
            head["ExpressionAttributeValues"][":before"] = {"N": str(before)}
        item = {**_key(dataset, f"file#{record.source.sha256}"), **to_item(record)}
        with translated(f"version {record.version} of {dataset}"):
            client("dynamodb").transact_write_items(
                TransactItems=[{"Update": head}, {"Put": {"TableName": self.table, "Item": item}}]
            )

    def files(self, dataset: str) -> list[FileRecord]:
        found = [
            from_item(item, FileRecord) for page in self._pages(dataset, "file#") for item in page["Items"]
        ]
        return sorted(found, key=lambda record: record.version, reverse=True)

    def announce(self, dataset: str, record: FileRecord) -> None:
        sha256 = record.source.sha256
        with translated(f"the file {sha256} of {dataset}"):
            client("dynamodb").update_item(
                TableName=self.table,
                Key=_key(dataset, f"file#{sha256}"),
                UpdateExpression="SET #status = :announced",
                ConditionExpression="version = :version",
                ExpressionAttributeNames={"#status": "status"},
                ExpressionAttributeValues={
                    ":announced": {"S": "announced"},
                    ":version": {"N": str(record.version)},
                },
            )

    def refuse(self, dataset: str, refusal: Refusal) -> None:
        item = {**_key(dataset, _refusal(refusal.source, refusal.at)), **to_item(refusal)}
        if self.keep:
            # Seconds since 1970, as DynamoDB wants to be told when an item goes.
            item["expires_at"] = {"N": str(int((refusal.at + self.keep.delta).timestamp()))}
        with suppress(Conflict), translated(f"a refusal of {dataset}"):
            client("dynamodb").put_item(
                TableName=self.table,
                Item=item,
                # What was discarded stays so, however often its upload is delivered.
                ConditionExpression="attribute_not_exists(discarded) OR attribute_type(discarded, :null)",
                ExpressionAttributeValues={":null": {"S": "NULL"}},
            )

    def discard(self, dataset: str, upload: Upload, at: datetime, decision: Discarded) -> None:
        with translated(f"the refusal of {upload.key}"):
            client("dynamodb").update_item(
                TableName=self.table,
                Key=_key(dataset, _refusal(upload, at)),
                UpdateExpression="SET discarded = :decision",
                ConditionExpression="held = :true",
                ExpressionAttributeValues={":decision": {"M": to_item(decision)}, ":true": {"BOOL": True}},
            )

    def refusals(self, dataset: str, limit: int) -> list[Refusal]:
        pages = self._pages(dataset, "refusal#", PaginationConfig={"MaxItems": limit})
        return [from_item(item, Refusal) for page in pages for item in page["Items"]]

    def count_refusals(self, dataset: str) -> int:
        return sum(page["Count"] for page in self._pages(dataset, "refusal#", Select="COUNT"))

    def _pages(self, dataset: str, prefix: str, **options: Any) -> list[dict[str, Any]]:
        """Every page of the query's result, which holds a megabyte at most."""
        with translated(f"{prefix} of {dataset}"):
            pages = (
                client("dynamodb")
                .get_paginator("query")
                .paginate(
                    TableName=self.table,
                    KeyConditionExpression="pk = :pk AND begins_with(sk, :prefix)",
                    ExpressionAttributeValues={
                        ":pk": {"S": DatasetScope(dataset).partition},
                        ":prefix": {"S": prefix},
                    },
                    ConsistentRead=True,
                    ScanIndexForward=False,
                    **options,
                )
            )
            return list(pages)

    def _get(self, dataset: str, sk: str) -> dict[str, Any]:
        with translated(f"{sk} of {dataset}"):
            response = client("dynamodb").get_item(
                TableName=self.table, Key=_key(dataset, sk), ConsistentRead=True
            )
        item: dict[str, Any] = response.get("Item", {})
        return item


def _refusal(upload: Upload, at: datetime) -> str:
    """The sort key of a refusal: by when its object was uploaded."""
    source = f"{upload.bucket}/{upload.key}/{upload.version_id}"
    return f"refusal#{to_iso(at)}#{hashlib.sha256(source.encode()).hexdigest()[:8]}"


def _key(dataset: str, sk: str) -> dict[str, Any]:
    return {"pk": {"S": DatasetScope(dataset).partition}, "sk": {"S": sk}}

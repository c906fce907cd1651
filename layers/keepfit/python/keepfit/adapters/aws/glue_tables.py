"""Tables in the AWS Glue Data Catalog, in the terms of Hive, for Athena, Spark and others."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

import msgspec

from keepfit.adapters.aws.clients import client, translated
from keepfit.errors import NotFound, ServiceUnavailable
from keepfit.features.catalogue.table import PARTITION_COLUMNS, Column, Partition, Table

# As many as Glue takes in one call.
_BATCH: Final = 100
_PARQUET: Final = {
    "InputFormat": "org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat",
    "OutputFormat": "org.apache.hadoop.hive.ql.io.parquet.MapredParquetOutputFormat",
    "SerdeInfo": {
        "SerializationLibrary": "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe",
        "Parameters": {"serialization.format": "1"},
    },
}
_VERSION, _DIGEST, _OWNER, _TAGS = "keepfit.version", "keepfit.digest", "keepfit.owner", "keepfit.tags"
_ROWS, _BYTES = "numRows", "totalSize"
"""As Hive and Spark call them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GlueTables:
    """See ``features.catalogue.ports.Tables``; ``bucket`` is the lake."""

    database: str
    bucket: str

    def table(self, name: str) -> Table | None:
        try:
            with translated(self._name(name)):
                found = client("glue").get_table(DatabaseName=self.database, Name=name)["Table"]
        except NotFound:
            return None
        said, storage = found.get("Parameters", {}), found["StorageDescriptor"]
        return Table(
            name=name,
            folder=self._key(storage["Location"]),
            columns=[
                Column(name=one["Name"], type=one["Type"], comment=one.get("Comment", ""))
                for one in storage["Columns"]
            ],
            version=int(said.get(_VERSION, 0)),
            digest=said.get(_DIGEST, ""),
            description=found.get("Description", ""),
            owner=said.get(_OWNER, ""),
            tags=msgspec.json.decode(said.get(_TAGS, "[]"), type=list[str]),
        )

    def put_table(self, table: Table) -> None:
        asked = {"DatabaseName": self.database, "TableInput": self._written(table)}
        with translated(self._name(table.name)):
            if self.table(table.name) is None:
                client("glue").create_table(**asked)
            else:  # Glue would keep a copy of every one before
                client("glue").update_table(**asked, SkipArchive=True)

    def partitions(self, name: str) -> list[Partition]:
        return sorted(self._read_partitions(name), key=lambda partition: partition.values)

    def put_partitions(self, name: str, partitions: Collection[Partition]) -> None:
        columns = self.table(name)
        if columns is None:
            raise NotFound(f"{self._name(name)} is not there")
        every = [*partitions]
        for start in range(0, len(every), _BATCH):
            some = every[start : start + _BATCH]
            made = {one.values: self._partition(one, columns.columns) for one in some}
            with translated(self._name(name)):
                failed = (
                    client("glue")
                    .batch_create_partition(
                        DatabaseName=self.database, TableName=name, PartitionInputList=[*made.values()]
                    )
                    .get("Errors", ())
                )
            there = [tuple(one["PartitionValues"]) for one in failed if _is_there(one)]
            self._refuse(name, [one for one in failed if not _is_there(one)])
            if there:
                self._replace(name, [made[values] for values in there])

    def remove_partition(self, name: str, partition: Partition) -> None:
        try:
            with translated(self._name(name)):
                client("glue").delete_partition(
                    DatabaseName=self.database, TableName=name, PartitionValues=[*partition.values]
                )
        except NotFound:
            return  # somebody was here before

    def _replace(self, name: str, partitions: Collection[dict[str, Any]]) -> None:
        entries = [{"PartitionValueList": one["Values"], "PartitionInput": one} for one in partitions]
        with translated(self._name(name)):
            failed = (
                client("glue")
                .batch_update_partition(DatabaseName=self.database, TableName=name, Entries=entries)
                .get("Errors", ())
            )
        self._refuse(name, failed)

    def _refuse(self, name: str, failed: Collection[dict[str, Any]]) -> None:
        """Some partitions fail in an answer that says 200."""
        for one in failed:
            said = one.get("ErrorDetail", {})
            raise ServiceUnavailable(
                f"{len(failed)} partitions of {self._name(name)} were not written: {said.get('ErrorCode')}: "
                f"{said.get('ErrorMessage')}"
            )

    def _read_partitions(self, name: str) -> Iterator[Partition]:
        pages = client("glue").get_paginator("get_partitions")
        try:
            with translated(self._name(name)):
                for page in pages.paginate(
                    DatabaseName=self.database, TableName=name, ExcludeColumnSchema=True
                ):
                    yield from map(self._read, page["Partitions"])
        except NotFound:
            return

    def _read(self, found: dict[str, Any]) -> Partition:
        (day, upload), said = found["Values"], found.get("Parameters", {})
        return Partition(
            day=date.fromisoformat(day),
            upload=upload,
            folder=self._key(found["StorageDescriptor"]["Location"]),
            rows=int(said.get(_ROWS, 0)),
            bytes=int(said.get(_BYTES, 0)),
            version=int(said.get(_VERSION, 0)),
        )

    def _written(self, table: Table) -> dict[str, Any]:
        return {
            "Name": table.name,
            "Description": table.description,
            "Owner": table.owner or "keepfit",
            "TableType": "EXTERNAL_TABLE",
            "PartitionKeys": _columns(PARTITION_COLUMNS),
            "StorageDescriptor": self._storage(table.folder, table.columns),
            "Parameters": {
                "EXTERNAL": "TRUE",
                "classification": "parquet",
                _VERSION: str(table.version),
                _DIGEST: table.digest,
                _OWNER: table.owner,
                _TAGS: msgspec.json.encode(table.tags).decode(),
            },
        }

    def _partition(self, partition: Partition, columns: Collection[Column]) -> dict[str, Any]:
        return {
            "Values": [*partition.values],
            "StorageDescriptor": self._storage(partition.folder, columns),
            "Parameters": {
                _ROWS: str(partition.rows),
                _BYTES: str(partition.bytes),
                _VERSION: str(partition.version),
            },
        }

    def _storage(self, folder: str, columns: Collection[Column]) -> dict[str, Any]:
        return {**_PARQUET, "Columns": _columns(columns), "Location": f"s3://{self.bucket}/{folder}"}

    def _key(self, location: str) -> str:
        return location.removeprefix(f"s3://{self.bucket}/")

    def _name(self, name: str) -> str:
        return f"the table {self.database}.{name}"


def _columns(columns: Collection[Column]) -> list[dict[str, str]]:
    return [{"Name": one.name, "Type": one.type, "Comment": one.comment} for one in columns]


def _is_there(failed: dict[str, Any]) -> bool:
    return bool(failed.get("ErrorDetail", {}).get("ErrorCode") == "AlreadyExistsException")

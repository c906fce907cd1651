"""Registers the newest version of a dataset as its table in the data catalogue.

It begins with the newest version, whichever it was called for, and ends only when that is still the newest: calls
that overlap, come late or come twice all lead to the same table. A call that died in between is made good by the next
one. An upload is one partition, which is one entry of the catalogue: a reader meets it whole or not at all.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import msgspec

from keepfit.errors import Conflict, NotFound
from keepfit.features.catalogue.ports import StoredKeys, Tables
from keepfit.features.catalogue.table import Partition, in_order, partitions_of, table_of, without_folder
from keepfit.features.datasets.manifest import Manifest
from keepfit.features.datasets.ports import DatasetRecords, Lake
from keepfit.features.schema.definition import DatasetDefinition
from keepfit.layout import DatasetScope

_MAX_ROUNDS: Final = 20


class Registered(msgspec.Struct, frozen=True, kw_only=True):
    """What the table of a dataset shows now, and how many partitions that took.

    ``left_out`` are the uploads, by SHA-256, whose rows lie where no table can show them: they were taken in before
    there were tables, and are shown once they are read again.
    """

    dataset: str
    version: int
    partitions: int
    put: int
    removed: int
    left_out: list[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Registering:
    """Registers versions of one dataset."""

    dataset: str
    definition: DatasetDefinition
    lake: Lake
    records: DatasetRecords
    tables: Tables
    stored: StoredKeys

    def register(self) -> Registered:
        """Makes the table show the newest version. Doing it again changes nothing.

        Raises:
            NotFound: the dataset has no version yet.
            Conflict: version after version was written meanwhile; the same call succeeds later.
            Transient: a service failed; the same call again finishes the work.
        """
        put = removed = 0
        for _ in range(_MAX_ROUNDS):
            version = self.records.newest(self.dataset)
            if version is None:
                raise NotFound(f"{self.dataset} has no version yet; upload a file")
            manifest = self.lake.manifest(self.dataset, version)
            wanted = partitions_of(manifest, self._held())
            changed = self._show(manifest, wanted)
            put, removed = put + changed[0], removed + changed[1]
            if self.records.newest(self.dataset) == version:
                return Registered(
                    dataset=self.dataset,
                    version=version,
                    partitions=len(wanted),
                    put=put,
                    removed=removed,
                    left_out=[part.sha256 for part in without_folder(manifest)],
                )
        raise Conflict(f"{self.dataset} got {_MAX_ROUNDS} versions while its table was written; try again")

    def _show(self, manifest: Manifest, wanted: list[Partition]) -> tuple[int, int]:
        """How many partitions were put, and removed.

        New columns come first, so that no file has more of them than the table; its version comes last, when it is
        true.
        """
        table = table_of(manifest, self.definition, DatasetScope(self.dataset).table)
        held = self.tables.table(self.dataset)
        if held:
            table = msgspec.structs.replace(table, columns=in_order(table.columns, held.columns))
        if held is None or held.columns != table.columns:
            before = msgspec.structs.replace(table, version=held.version if held else 0)
            self.tables.put_table(before)
        shown = {partition.values: partition for partition in self.tables.partitions(self.dataset)}
        put = [one for one in wanted if not _same(shown.get(one.values), one)]
        if put:
            self.tables.put_partitions(self.dataset, put)
        gone = shown.keys() - {one.values for one in wanted}
        for values in sorted(gone):
            self.tables.remove_partition(self.dataset, shown[values])
        if held != table:
            self.tables.put_table(table)
        return len(put), len(gone)

    def _held(self) -> set[str] | None:
        """The keys of the parts that are there; None where none expires."""
        return {*self.stored.list(DatasetScope(self.dataset).parts)} if self.definition.keep else None


def _same(shown: Partition | None, wanted: Partition) -> bool:
    """Whether a partition is as it should be, whichever version put it."""
    return shown is not None and msgspec.structs.replace(shown, version=wanted.version) == wanted

"""Ports of the catalogue: its tables, and the keys of what is stored."""

from __future__ import annotations

from collections.abc import Collection
from typing import Protocol

from keepfit.features.catalogue.table import Partition, Table


class Tables(Protocol):
    """The tables of one database of a data catalogue."""

    def table(self, name: str) -> Table | None:
        """The table, None where there is none."""
        ...

    def put_table(self, table: Table) -> None:
        """Makes the table, or replaces its columns and what is said of it; its partitions stay."""
        ...

    def partitions(self, name: str) -> list[Partition]:
        """Every partition of a table, in the order of their values; none where there is no table."""
        ...

    def put_partitions(self, name: str, partitions: Collection[Partition]) -> None:
        """Makes partitions, or replaces those with the same values, each of them at once. Idempotent.

        Raises:
            NotFound: there is no such table.
            ServiceUnavailable: some are not there; the same call again puts them.
        """
        ...

    def remove_partition(self, name: str, partition: Partition) -> None:
        """Takes a partition away, and no file; nothing happens where it is gone already."""
        ...


class StoredKeys(Protocol):
    """Lists what is stored in the lake."""

    def list(self, prefix: str) -> list[str]:
        """Every key that begins with ``prefix``."""
        ...

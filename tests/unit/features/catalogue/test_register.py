"""A dataset's table shows its newest version, whoever registers it, how often, and in which order."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import msgspec
import pytest

from keepfit.adapters.memory.features import MemoryTables
from keepfit.errors import Conflict, NotFound, ServiceUnavailable
from keepfit.features.catalogue.register import Registered, Registering
from keepfit.features.catalogue.table import Partition, partitions_of, table_of
from keepfit.features.schema.definition import DatasetDefinition, Field
from keepfit.features.schema.registry import MODULES
from keepfit.instants import Duration
from tests.unit.features.support.ingesting import BETTER, DEFINITION, GOOD, Place, redefined


@dataclass
class Shelf:
    """A place, and the tables of its dataset."""

    place: Place = field(default_factory=Place)
    tables: MemoryTables = field(default_factory=MemoryTables)

    def list(self, prefix: str) -> list[str]:
        return [key for key in self.place.lake.objects if key.startswith(prefix)]

    @property
    def registering(self) -> Registering:
        return Registering(
            dataset="flights",
            definition=self.place.definition,
            lake=self.place.lake,
            records=self.place.records,
            tables=self.tables,
            stored=self,
        )

    def register(self) -> Registered:
        return self.registering.register()

    @property
    def uploads(self) -> list[str]:
        """Whose rows the table shows."""
        return [partition.upload for partition in self.tables.partitions("flights")]


def sha(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()


@pytest.fixture
def shelf() -> Shelf:
    """Two uploads are taken, and nothing is registered."""
    shelf = Shelf()
    shelf.place.upload("flights/a.csv", GOOD)
    shelf.place.upload("flights/b.csv", BETTER)
    return shelf


def test_a_version_shows_each_of_its_parts_where_it_lies(shelf: Shelf) -> None:
    found = shelf.register()
    assert (found.version, found.partitions, found.put, found.removed, found.left_out) == (2, 2, 2, 0, [])
    table = shelf.tables.table("flights")
    assert table is not None
    assert (table.version, table.digest) == (2, shelf.place.newest.digest)
    for part in shelf.place.newest.parts:
        [shown] = [one for one in shelf.tables.partitions("flights") if one.upload == part.sha256]
        assert (shown.day, shown.rows, shown.bytes) == (date(2013, 1, 1), part.rows, part.bytes)
        assert [part.key] == shelf.list(shown.folder)
    assert shelf.list(table.folder) == []


def test_registering_again_changes_nothing(shelf: Shelf) -> None:
    shelf.register()
    before = shelf.tables.table("flights"), shelf.tables.partitions("flights")
    found = shelf.register()
    assert (found.put, found.removed) == (0, 0)
    assert (shelf.tables.table("flights"), shelf.tables.partitions("flights")) == before


def test_a_withdrawn_upload_is_shown_no_more_and_its_file_stays(shelf: Shelf) -> None:
    shelf.register()
    files = shelf.list("datasets/flights/parts/")
    shelf.place.withdraw(GOOD)
    found = shelf.register()
    assert (found.version, found.removed) == (3, 1)
    assert shelf.uploads == [sha(BETTER)]
    assert shelf.list("datasets/flights/parts/") == files


def test_a_new_reading_takes_the_place_of_the_one_before(shelf: Shelf) -> None:
    shelf.register()
    [before] = [one for one in shelf.tables.partitions("flights") if one.upload == sha(GOOD)]
    shelf.place.definition = redefined(late=Field(type="bool"))
    assert shelf.place.again("flights/a.csv").outcome == "taken"
    found = shelf.register()
    [now] = [one for one in shelf.tables.partitions("flights") if one.upload == sha(GOOD)]
    assert (found.put, found.removed, before.rows, now.rows) == (1, 0, 2, 1)
    assert before.folder != now.folder


def test_a_field_that_is_added_becomes_a_column_without_more_ado(shelf: Shelf) -> None:
    shelf.register()
    shelf.place.definition = redefined(
        gate=Field(type="int", nullable=True, unit="number", description="where")
    )
    shelf.place.upload("flights/c.csv", b"moment,late,gate\n2013-02-01,true,7\n")
    shelf.register()
    table = shelf.tables.table("flights")
    assert table is not None
    held = [(one.name, one.type) for one in table.columns if not one.name.startswith("_")]
    assert held == [("moment", "timestamp"), ("late", "boolean"), ("gate", "bigint")]
    assert (table.columns[-1].name, table.columns[-1].comment) == ("gate", "where, in number")


def test_a_field_that_is_gone_from_the_definition_stays_a_column(shelf: Shelf) -> None:
    fields = {"moment": DEFINITION.fields["moment"]}
    shelf.place.definition = msgspec.structs.replace(DEFINITION, fields=fields)
    shelf.place.upload("flights/c.csv", b"moment\n2013-02-01\n")
    shelf.register()
    table = shelf.tables.table("flights")
    assert table is not None
    assert "late" in [one.name for one in table.columns]


def test_every_type_of_a_field_has_one_that_others_know() -> None:
    fields = {name: Field(type=name) for name in MODULES}
    place = Place()
    place.upload("flights/a.csv", GOOD)
    manifest = msgspec.structs.replace(place.newest, schema=fields)
    columns = table_of(manifest, DatasetDefinition(fields=fields), "folder/").columns
    assert {column.name for column in columns} >= {*MODULES}


def test_what_people_write_at_length_fits_the_catalogue() -> None:
    place = Place()
    place.upload("flights/a.csv", GOOD)
    fields = {"moment": Field(type="timestamp", description="when\nit\n" + "was " * 200)}
    definition = DatasetDefinition(fields=fields, description="x" * 5000, owner="a\nb")
    table = table_of(place.newest, definition, "folder/")
    assert table.columns[0].comment.startswith("when it was was")
    assert (len(table.columns[0].comment), len(table.description), table.owner) == (255, 2048, "a b")


def test_parts_that_expired_are_shown_no_more(shelf: Shelf) -> None:
    shelf.place.definition = msgspec.structs.replace(DEFINITION, keep=Duration.parse("30d"))
    first = next(part.key for part in shelf.place.newest.parts if part.sha256 == sha(GOOD))
    shelf.register()
    del shelf.place.lake.objects[first]
    assert shelf.register().removed == 1
    assert shelf.uploads == [sha(BETTER)]


def test_parts_of_before_there_were_tables_are_told(shelf: Shelf) -> None:
    manifest = shelf.place.newest
    old = msgspec.structs.replace(manifest.parts[0], key="datasets/flights/parts/a.parquet")
    assert partitions_of(msgspec.structs.replace(manifest, parts=[old])) == []


def test_a_dataset_without_a_version_has_no_table() -> None:
    with pytest.raises(NotFound, match="has no version yet; upload a file"):
        Shelf().register()


@dataclass
class Interrupted:
    """Tables before whose n-th change something else happens, which may be the death of the function."""

    tables: MemoryTables
    at: int
    happens: Callable[[], None]
    changes: int = 0

    def table(self, name: str) -> Any:
        return self.tables.table(name)

    def partitions(self, name: str) -> list[Partition]:
        return self.tables.partitions(name)

    def put_table(self, *given: Any) -> None:
        self._change()
        self.tables.put_table(*given)

    def put_partitions(self, *given: Any) -> None:
        self._change()
        self.tables.put_partitions(*given)

    def remove_partition(self, *given: Any) -> None:
        self._change()
        self.tables.remove_partition(*given)

    def _change(self) -> None:
        self.changes += 1
        if self.changes == self.at:
            self.happens()


def _dies() -> None:
    raise ServiceUnavailable("the function was killed")


@pytest.mark.parametrize("at", [1, 2, 3])
def test_a_call_that_died_anywhere_is_made_good_by_the_next(shelf: Shelf, at: int) -> None:
    shelf.register()
    shelf.place.withdraw(GOOD)
    shelf.place.upload("flights/c.csv", b"moment,late\n2013-02-01,true\n")
    dying = Interrupted(shelf.tables, at, _dies)
    with pytest.raises(ServiceUnavailable):
        registering_on(shelf, dying).register()
    shelf.register()
    assert set(shelf.uploads) == {part.sha256 for part in shelf.place.newest.parts}
    table = shelf.tables.table("flights")
    assert table is not None
    assert table.version == shelf.place.newest.version


@pytest.mark.parametrize("at", [1, 2, 3])
def test_calls_that_overlap_lead_to_the_newest_version(shelf: Shelf, at: int) -> None:
    """While one registers, somebody withdraws an upload, and another call registers that from end to end."""

    def overtake() -> None:
        shelf.place.withdraw(GOOD)
        shelf.register()

    found = registering_on(shelf, Interrupted(shelf.tables, at, overtake)).register()
    assert found.version == 3
    assert shelf.uploads == [sha(BETTER)]


def test_a_dataset_that_never_rests_is_told_so(shelf: Shelf) -> None:
    registering = shelf.registering
    numbers = iter(range(1000))

    class Restless:
        def newest(self, _: str) -> int:
            return 1 + next(numbers) % 2

    object.__setattr__(registering, "records", Restless())
    with pytest.raises(Conflict, match="while its table was written; try again"):
        registering.register()


def registering_on(shelf: Shelf, tables: Any) -> Registering:
    registering = shelf.registering
    object.__setattr__(registering, "tables", tables)
    return registering

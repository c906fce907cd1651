"""Files in any order, some of them again: what counts is told by an oracle that keeps every row ever uploaded."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import nullcontext
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from keepfit.adapters.duckdb.engine import DuckdbEngine
from keepfit.adapters.memory.features import MemoryDatasets, MemoryEvents, MemoryIntake, MemoryLake
from keepfit.application.plan_training_set import plan_of
from keepfit.definitions import compiling
from keepfit.definitions.compiled_model import CompiledModel
from keepfit.errors import NotFound
from keepfit.features.ingest.ingest import Ingest
from keepfit.features.ingest.ingest_result import Ingested
from keepfit.features.ingest.withdraw import Withdrawing, Withdrawn
from tests.drawn import examples

KEY = "trips/a.csv"
TOML = """
[dataset.trips]
event_time = "moment"
{more}
[dataset.trips.fields]
id = {{ type = "int" }}
moment = {{ type = "timestamp" }}
known = {{ type = "timestamp" }}
value = {{ type = "category", nullable = true }}
late = {{ type = "bool" }}
[model.lateness]
dataset = "trips"
label = "late"
inputs = ["id", "moment", {known}"value"]
"""
KINDS = {
    "a key": 'key = ["id"]',
    "a key and known_at": 'key = ["id"]\nknown_at = "known"',
    "a key with the event time": 'key = ["id", "moment"]\nknown_at = "known"',
    "no key": 'known_at = "known"',
}


class Row(NamedTuple):
    """A row of a file; days of January 2013."""

    id: int
    moment: int
    known: int
    value: str


File = list[Row]
_rows = st.builds(
    Row, st.integers(1, 2), st.integers(1, 2), st.integers(2, 3), st.sampled_from(["a", "b", ""])
)
_files = st.lists(st.lists(_rows, min_size=1, max_size=3), min_size=1, max_size=3)
A, B = [Row(1, 1, 2, "a")], [Row(1, 1, 2, "b")]


@pytest.fixture(scope="module", params=KINDS)
def compiled(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> CompiledModel:
    folder = tmp_path_factory.mktemp("definitions")
    more = KINDS[request.param]
    (folder / "trips.toml").write_text(
        TOML.format(more=more, known="" if "known_at" in more else '"known", ')
    )
    return compiling.compile_model(compiling.load(folder), "lateness")


@examples(6)
@given(files=_files, again=st.lists(st.integers(0, 5), min_size=3, max_size=3))
@example(files=[A, B, A], again=[0, 1, 0])
@example(files=[A, [*B, *A], [*A, *B]], again=[0, 0, 1])
@example(files=[A, B, [*A, Row(2, 1, 2, "")]], again=[5, 5, 0])
def test_what_counts_is_what_was_uploaded_last_of_what_was_known_last(
    compiled: CompiledModel, files: list[File], again: list[int]
) -> None:
    """Every file comes once, in order, and after each an older one may come ``again``."""
    place = Place(compiled, files)
    uploaded: set[int] = set()
    for number in range(len(files)):
        news = told(compiled, files, uploaded | {number}) != told(compiled, files, uploaded)
        taken = place.take(number)
        assert (taken.outcome == "taken") == news, (number, taken)
        uploaded.add(number)
        if again[number] <= number:
            assert place.take(again[number]).outcome in ("already taken", "refused")
        rows = [row for n in uploaded for row in files[n]]
        assert place.counted() == len({identity(compiled.spine.identity, row) for row in rows})
    assert place.held() == told(compiled, files, uploaded)


def test_a_file_that_was_overtaken_does_not_count_before_the_one_uploaded_after_it(
    compiled: CompiledModel,
) -> None:
    place = Place(compiled, [A, B])
    assert [place.take(1).outcome, place.take(0).outcome] == [
        "taken",
        "refused" if compiled.spine.key else "taken",
    ]
    assert place.held() == told(compiled, [A, B], {0, 1})


@examples(5)
@given(
    files=st.lists(st.lists(_rows, min_size=1, max_size=3), min_size=3, max_size=3, unique_by=tuple),
    steps=st.lists(
        st.tuples(st.sampled_from(["withdraw", "again", "take"]), st.integers(0, 2)), min_size=1, max_size=4
    ),
)
@example(files=[A, B, [*A, Row(2, 1, 2, "")]], steps=[("withdraw", 1), ("again", 1), ("withdraw", 2)])
@example(files=[A, B, [Row(1, 1, 3, "b")]], steps=[("withdraw", 0), ("withdraw", 2), ("again", 0)])
def test_what_is_withdrawn_counts_no_more_and_what_it_had_replaced_does(
    compiled: CompiledModel, files: list[File], steps: list[tuple[str, int]]
) -> None:
    """Deliveries of what was withdrawn change nothing; what is taken again has the time of its upload."""
    place = Place(compiled, files)
    present = {number for number in range(len(files)) if place.take(number).outcome == "taken"}
    for step, number in steps:
        if step == "withdraw":
            with nullcontext() if place.knows(number) else pytest.raises(NotFound):
                assert (place.withdraw(number).outcome == "withdrawn") == (number in present)
            present -= {number}
        elif step == "again" and told(compiled, files, present | {number}) != told(compiled, files, present):
            assert place.again(number).outcome == "taken"
            present |= {number}
        elif step == "again":
            assert place.again(number).outcome in ("already taken", "refused")
        elif place.knows(number):
            assert place.take(number).outcome == ("already taken" if number in present else "withdrawn")
        rows = [row for n in present for row in files[n]]
        assert place.counted() == len({identity(compiled.spine.identity, row) for row in rows})
    assert place.held() == told(compiled, files, present)


def told(compiled: CompiledModel, files: Sequence[File], uploaded: set[int]) -> set[Row]:
    """The oracle: every row that is, or once was, what is known; of those known at once the one uploaded last."""
    dataset, last = compiled.spine, {}
    for number in sorted(uploaded):
        for row in files[number]:
            known = getattr(row, dataset.known_at or dataset.event_time)
            last[(*identity(dataset.identity, row), known)] = row
    return set(last.values())


def identity(names: Sequence[str], row: Row) -> tuple[object, ...]:
    return tuple(getattr(row, name) for name in names if name != "late")


class Place:
    """An intake with the files as versions of one object, and what became of them."""

    def __init__(self, compiled: CompiledModel, files: Sequence[File]) -> None:
        self._compiled = compiled
        intake = MemoryIntake()
        for rows in files:
            lines = [
                f"{id_},2013-01-0{moment},2013-01-0{known},{value},true" for id_, moment, known, value in rows
            ]
            intake.put(KEY, "\n".join(["id,moment,known,value,late", *lines, ""]).encode())
        self._files = [intake.objects[KEY][number] for number in range(len(files))]
        self._ingest = Ingest(
            dataset="trips",
            definition=compiled.spine,
            intake=intake,
            lake=MemoryLake(),
            records=MemoryDatasets(),
            events=MemoryEvents(),
            clock=lambda: datetime(2013, 4, 1, tzinfo=UTC),
        )
        self._withdrawing = Withdrawing(
            dataset="trips",
            definition=compiled.spine,
            lake=self._ingest.lake,
            records=self._ingest.records,
            events=self._ingest.events,
        )

    def take(self, number: int) -> Ingested:
        return self._ingest.take(KEY, str(number + 1))

    def again(self, number: int) -> Ingested:
        return self._ingest.again(KEY, str(number + 1), who="ada", why="the definition is mended")

    def withdraw(self, number: int) -> Withdrawn:
        return self._withdrawing.withdraw(self._sha256(number), who="ada", why="the wrong month")

    def knows(self, number: int) -> bool:
        """Whether the file was ever taken."""
        return self._ingest.records.file("trips", self._sha256(number)) is not None

    def _sha256(self, number: int) -> str:
        return hashlib.sha256(self._files[number]).hexdigest()

    def counted(self) -> int:
        manifest = self._ingest.lake.manifest("trips", self._ingest.records.newest("trips") or 0)
        assert manifest.counted is not None
        assert manifest.rows >= manifest.counted.rows
        return manifest.counted.rows

    def held(self) -> set[Row]:
        """What a training set reads, rows included that were corrected later."""
        known = "_known_at" if self._compiled.spine.known_at else "known"
        with (
            tempfile.TemporaryDirectory() as name,
            DuckdbEngine(memory_mb=256, threads=1).training_rows(Path(name)) as rows,
        ):
            rows.collect(plan_of(self._compiled), {"trips": list(self._parts(Path(name)))})
            found = rows.connection.execute(
                f"SELECT id, day(moment), day({known}), coalesce(value, '') FROM collected "
                "WHERE _until IS DISTINCT FROM _known_at"
            ).fetchall()
        assert len(found) == len(set(found))
        return set(map(Row._make, found))

    def _parts(self, folder: Path) -> Iterator[Path]:
        newest = self._ingest.records.newest("trips") or 0
        for number, part in enumerate(self._ingest.lake.manifest("trips", newest).parts):
            self._ingest.lake.get_part(part, folder / f"{number}.parquet")
            yield folder / f"{number}.parquet"

"""Landings that are written in real time and uploaded, with windows of them online and as training has them."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec

from keepfit.adapters.duckdb.online_revisions import DuckdbRowsOfEntities
from keepfit.adapters.duckdb.window_aggregates import aggregate_views
from keepfit.adapters.memory.online import MemoryMaterializations, MemoryOnlineReader, MemoryOnlineStore
from keepfit.adapters.memory.registry import MemoryArtifacts
from keepfit.application.plan_training_set import plan_of
from keepfit.definitions import compiling
from keepfit.definitions.compiled_model import CompiledModel
from keepfit.features.database import database
from keepfit.features.datasets.part_rows import part_rows
from keepfit.features.online.lookups import lookup_of
from keepfit.features.online.materialization import Materialization
from keepfit.features.online.materialize import Materializing
from keepfit.features.online.readings import reading_of
from keepfit.features.online.revisions import micros
from keepfit.features.online.view import OnlineView
from keepfit.features.online.view_reader import ViewReader
from keepfit.features.online.write import WritingFeatures, Written
from keepfit.features.schema.dataset_cells import cells_of
from keepfit.instants import to_iso
from tests.unit.features.support.ingesting import Place

START = datetime(2013, 1, 1, tzinfo=UTC)
NOW = datetime(2013, 4, 1, tzinfo=UTC)
CARRIERS = ("AA", "UA", "DL")
TOML = """
[dataset.flights]
event_time = "scheduled"
known_at = "landed"
anomalies = "take"
[dataset.flights.fields]
scheduled = { type = "timestamp" }
landed = { type = "timestamp" }
carrier = { type = "category", nullable = true }
tail = { type = "category", nullable = true }
minutes = { type = "float", nullable = true }
late = { type = "bool", nullable = true }
[dataset.bookings]
event_time = "scheduled"
[dataset.bookings.fields]
scheduled = { type = "timestamp" }
carrier = { type = "category" }
kept = { type = "bool" }
[feature_view.delays]
dataset = "flights"
entity = ["carrier"]
latest = ["minutes"]
ttl = "30d"
delay = "30m"
online = true
where = "minutes IS NULL OR minutes < 1000"
[feature_view.delays.aggregates]
flights = { aggregate = "count", window = ["3h", "1d", "20d"] }
late_flights = { aggregate = "count", of = "late", window = "7d", where = "late" }
total = { aggregate = "sum", of = "minutes", window = ["3h", "7d", "20d"] }
average = { aggregate = "mean", of = "minutes", window = "1d" }
spread = { aggregate = "std", of = "minutes", window = "1d" }
least = { aggregate = "min", of = "minutes", window = "1d" }
most = { aggregate = "max", of = "landed", window = "20d" }
newest = { aggregate = "last", of = "tail", window = "1d" }
oldest = { aggregate = "first", of = "tail", window = "7d" }
late_rate = { aggregate = "share_of", of = "late", value = true, window = ["3h", "1d", "7d"] }
tails = { aggregate = "distinct", of = "tail", window = "1d" }
p90 = { aggregate = "quantile", of = "minutes", q = 0.9, window = ["1d", "20d"] }
[model.kept]
dataset = "bookings"
label = "kept"
inputs = ["scheduled"]
features = ["delays:*"]
lookup = ["delays"]
"""


def compiled(folder: Path, text: str = TOML) -> tuple[CompiledModel, OnlineView]:
    """A model that looks windows up, and the view of those."""
    (folder / "landings.toml").write_text(text)
    defined = compiling.compile_all(folder)
    online = defined.online
    view = OnlineView(
        name="delays",
        definition=online.views["delays"],
        dataset=online.datasets["flights"],
        filters=online.filters["delays"],
    )
    return defined.models["kept"], view


@dataclass
class Landings:
    """Writes, uploads and materialises landings."""

    model: CompiledModel
    view: OnlineView
    store: MemoryOnlineStore = field(default_factory=MemoryOnlineStore)
    progress: MemoryMaterializations = field(default_factory=MemoryMaterializations)
    intake: MemoryArtifacts = field(default_factory=MemoryArtifacts)
    place: Place = field(init=False)

    def __post_init__(self) -> None:
        self.place = Place(definition=self.view.dataset)

    def write(self, rows: Sequence[dict[str, Any]], event_id: str | None = None) -> Written:
        """Writes in real time."""
        writing = WritingFeatures(
            view=self.view,
            views=[self.view],
            intake=self.intake,
            records=self.place.records,
            store=self.store,
            clock=lambda: NOW,
        )
        return writing.write(rows, event_id)

    def ingest(self) -> None:
        """Takes what was written into the dataset."""
        for key in self.intake.list("flights/live/"):
            body = self.intake.get(key)
            if self.place.records.file("flights", hashlib.sha256(body).hexdigest()) is None:
                self.place.upload(key, body)

    def upload(self, name: str, rows: Sequence[dict[str, Any]]) -> bytes:
        body = b"".join(msgspec.json.encode(row) + b"\n" for row in rows)
        self.place.upload(f"flights/{name}.jsonl", body)
        return body

    def materialize(self, *, anew: bool = False, as_of: datetime | None = START) -> Materialization | None:
        """Materialises; the first one is for windows as of ``as_of`` and later."""
        anew = anew or not self.progress.states
        return Materializing(
            view=self.view,
            lake=self.place.lake,
            records=self.place.records,
            rows=DuckdbRowsOfEntities(),
            store=self.store,
            progress=self.progress,
            clock=lambda: NOW,
        ).run(lambda: True, anew=anew, as_of=as_of)

    @property
    def features(self) -> list[str]:
        return [feature.field for feature in self.model.features]

    @property
    def reader(self) -> ViewReader:
        """As the request path has it."""
        lookup = lookup_of(
            "delays",
            self.view.definition,
            self.view.dataset,
            forms=cells_of(self.view.dataset),
            features=self.features,
        )
        return ViewReader(lookup)

    def served(self, carrier: str, moment: datetime, now: datetime = NOW) -> dict[str, Any]:
        """The features that a request of this moment gets ``now``."""
        store = MemoryOnlineReader(store=self.store)
        entity, at = f'["{carrier}"]', micros(moment)
        reading = reading_of(self.reader, self.view.scope, entity, at, micros(now), store.read)
        return dict(reading.values)

    def trained_on(self, asked: Sequence[tuple[str, datetime]], folder: Path) -> list[dict[str, Any]]:
        """The windows that training joins to rows of these carriers and moments."""
        paths = []
        for number, part in enumerate(self.place.newest.parts):
            paths.append(folder / f"{number}.parquet")
            self.place.lake.get_part(part, paths[-1])
        [join] = plan_of(self.model).joins
        join = replace(join, table="rows")
        names = [*join.aggregates]
        with database(folder, memory_mb=200) as connection:
            connection.execute(f"CREATE TABLE rows AS {part_rows(paths, self.view.dataset)}")
            values = ", ".join(
                f"({n}, '{carrier}', TIMESTAMPTZ '{to_iso(moment)}')"
                for n, (carrier, moment) in enumerate(asked)
            )
            connection.execute(
                f"CREATE TABLE spine AS SELECT * FROM (VALUES {values}) AS s(n, carrier, asked)"
            )
            joined = aggregate_views(connection, "spine", "asked", [join], {"rows": self.view.dataset})
            chosen = [f"epoch_us({name})" if name == "most" else name for name in names]
            found = connection.execute(f"SELECT {', '.join(chosen)} FROM ({joined}) ORDER BY n").fetchall()
        return [dict(zip(names, row, strict=True)) for row in found]


def landing(source: random.Random, *, days: int) -> dict[str, Any]:
    """A flight, mostly landed hours after it was scheduled, at times before; some share their instant."""
    scheduled = START + timedelta(minutes=30 * source.randrange(days * 48))
    landed = scheduled + timedelta(minutes=source.choice([0, 1, 30, 95, 200, 400, 3000, -20]))
    return {
        "scheduled": to_iso(scheduled),
        "landed": to_iso(landed),
        "carrier": source.choice([*CARRIERS, None]),
        "tail": source.choice(["N1", "N2", "N3", "N4", None]),
        "minutes": source.choice([None, -7.25, 0.1, 0.2, 33.3, 1e6, 1e-7]),
        "late": source.choice([True, False, None]),
    }

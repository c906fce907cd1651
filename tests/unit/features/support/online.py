"""A dataset of readings at stations, a view of it online, and what training would know at the same instant."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from keepfit.adapters.duckdb.corrections import known_once
from keepfit.adapters.duckdb.newest_upload import join_newest
from keepfit.adapters.duckdb.online_revisions import DuckdbRowsOfEntities
from keepfit.adapters.duckdb.point_in_time import join_views
from keepfit.adapters.memory.online import MemoryMaterializations, MemoryOnlineReader, MemoryOnlineStore
from keepfit.features.database import database
from keepfit.features.datasets.part_rows import part_rows
from keepfit.features.offline.plan import ViewJoin
from keepfit.features.online.latest import LatestReader
from keepfit.features.online.materialization import Materialization
from keepfit.features.online.materialize import Materializing
from keepfit.features.online.readings import reading_of
from keepfit.features.online.revisions import Revision, from_json, micros
from keepfit.features.online.view import OnlineView
from keepfit.features.schema.definition import DatasetDefinition, Field
from keepfit.features.schema.signature import Column, Lookup
from keepfit.features.schema.view_definition import FeatureViewDefinition
from keepfit.instants import Duration, to_iso
from tests.unit.features.support.ingesting import Place

START = datetime(2013, 1, 1, tzinfo=UTC)
NOW = datetime(2013, 4, 1, tzinfo=UTC)
STATIONS = ("north", "south", "1")
FEATURES = ("rain", "sky", "seen")
_FIELDS = {
    "station": Field(type="category", nullable=True),
    "probe": Field(type="int"),
    "moment": Field(type="timestamp"),
    "known": Field(type="timestamp"),
    "rain": Field(type="float", nullable=True),
    "sky": Field(type="category", nullable=True),
    "seen": Field(type="timestamp", nullable=True),
}


def view(*, key: bool = False, timeless: bool = False, delay: str = "0s", ttl: str = "30d") -> OnlineView:
    """The newest rain, sky and sight of each station."""
    fields = dict(_FIELDS)
    if key:
        fields["station"] = Field(type="category")
    dataset = DatasetDefinition(
        fields=fields,
        event_time=None if timeless else "moment",
        known_at=None if timeless else "known",
        key=["station", "probe", "moment"] if key else [],
        anomalies="take",
    )
    definition = FeatureViewDefinition(
        dataset="flights",
        entity=["station"],
        latest=list(FEATURES),
        ttl=None if timeless else Duration.parse(ttl),
        delay=Duration.parse(delay),
        online=True,
    )
    return OnlineView(name="stations", definition=definition, dataset=dataset)


def lookup(view: OnlineView, features: Sequence[str] = FEATURES) -> Lookup:
    """As a signature has it."""
    ttl = view.definition.ttl
    return Lookup(
        view=view.name,
        entity=[Column(name="station", source="input", type="category")],
        features=list(features),
        delay_s=view.definition.delay.seconds,
        ttl_s=ttl.seconds if ttl else 0,
        timeless=view.rule.timeless,
        on_outage="fail",
    )


@dataclass
class Online:
    """Uploads go to ``place``, and features to ``store``."""

    view: OnlineView
    store: MemoryOnlineStore = field(default_factory=MemoryOnlineStore)
    progress: MemoryMaterializations = field(default_factory=MemoryMaterializations)
    place: Place = field(init=False)

    def __post_init__(self) -> None:
        self.place = Place(definition=self.view.dataset)

    @property
    def materializing(self) -> Materializing:
        return Materializing(
            view=self.view,
            lake=self.place.lake,
            records=self.place.records,
            rows=DuckdbRowsOfEntities(),
            store=self.store,
            progress=self.progress,
            clock=lambda: NOW,
        )

    def materialize(self, *, anew: bool = False) -> Materialization | None:
        return self.materializing.run(lambda: True, anew=anew)

    def revisions(self) -> list[Revision]:
        """Everything that is kept, of all stations."""
        return [revision for held in self.store.items.values() for revision in from_json(held.body)]

    def served(self, station: str, moment: datetime, features: Sequence[str] = FEATURES) -> list[Any]:
        """The features that a request of this moment gets."""
        reader = LatestReader(lookup(self.view, features))
        store = MemoryOnlineReader(store=self.store)
        values = reading_of(reader, self.view.scope, f'["{station}"]', micros(moment), 0, store.read).values
        return [values.get(feature) for feature in features]

    def trained_on(
        self, moments: Sequence[tuple[str, datetime]], folder: Path, features: Sequence[str] = FEATURES
    ) -> list[list[Any]]:
        """The features that training joins to rows of these stations and moments."""
        dataset, definition = self.view.dataset, self.view.definition
        paths = []
        for number, part in enumerate(self.place.newest.parts):
            paths.append(folder / f"{number}.parquet")
            self.place.lake.get_part(part, paths[-1])
        join = ViewJoin(
            table="rows",
            entity=("station",),
            event_time=dataset.event_column,
            known_at=dataset.known_column,
            features={name: dataset.fields[name].type for name in features},
            delay=definition.delay,
            ttl=definition.ttl or Duration(0),
            timeless=self.view.rule.timeless,
        )
        with database(folder, memory_mb=200) as connection:
            connection.execute(f"CREATE VIEW rows AS {part_rows(paths, dataset)}")
            spine = ", ".join(
                f"({n}, '{station}', TIMESTAMPTZ '{to_iso(moment)}')"
                for n, (station, moment) in enumerate(moments)
            )
            connection.execute(
                f"CREATE TABLE spine AS SELECT * FROM (VALUES {spine}) AS s(n, station, asked)"
            )
            if join.timeless:
                joined = join_newest("SELECT * FROM spine", [join])
            else:
                connection.execute(f"CREATE VIEW once AS SELECT * FROM {known_once('rows', dataset)}")
                timed = ViewJoin(**{**_fields_of(join), "table": "once"})
                joined = join_views(connection, "spine", "asked", [timed])
            chosen = [
                f"strftime({name} AT TIME ZONE 'UTC', '%Y-%m-%dT%H:%M:%S.%fZ')" if name == "seen" else name
                for name in features
            ]
            found = connection.execute(f"SELECT {', '.join(chosen)} FROM ({joined}) ORDER BY n").fetchall()
        return [list(row) for row in found]


def rows(source: random.Random, count: int, *, crowded: bool) -> bytes:
    """A file of readings, late and out of order, of which many share an instant when ``crowded``."""
    minutes = 40 if crowded else 40_000
    lines = ["station,probe,moment,known,rain,sky,seen"]
    for _ in range(count):
        happened = START + timedelta(minutes=source.randrange(minutes))
        known = happened + timedelta(minutes=source.choice([0, 0, 1, 5, minutes // 4, -3]))
        values = [
            source.choice([*STATIONS, ""]) if not crowded else source.choice(STATIONS),
            str(source.randrange(3)),
            to_iso(happened),
            to_iso(known),
            source.choice(["", "0.5", "1.25", "-2"]),
            source.choice(["", "clear", "grey"]),
            source.choice(["", "2013-01-01T00:00:00Z"]),
        ]
        lines.append(",".join(values))
    return "\n".join(lines).encode()


def _fields_of(join: ViewJoin) -> dict[str, Any]:
    return {name: getattr(join, name) for name in join.__slots__}

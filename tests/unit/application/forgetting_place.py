"""A place where uploads become data that is forgotten again, and where any step may die."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from keepfit.adapters.memory.features import (
    REMOVED,
    MemoryDatasets,
    MemoryEvents,
    MemoryIntake,
    MemoryLake,
)
from keepfit.adapters.memory.forgetting import MemoryForgotten, MemoryObjectVersions
from keepfit.adapters.memory.training import MemoryRuns
from keepfit.application.forget_entity import Forgetting
from keepfit.application.forget_runs import ForgettingRuns
from keepfit.errors import ServiceUnavailable
from keepfit.features.datasets.manifest import Manifest, Part
from keepfit.features.forgetting.record import Forgotten
from keepfit.features.ingest.ingest import Ingest
from keepfit.features.ingest.ingest_result import Ingested
from keepfit.features.ingest.withdraw import Withdrawing
from keepfit.features.schema.definition import DatasetDefinition, Field

DEFINITION = DatasetDefinition(
    event_time="at",
    fields={
        "rider": Field(type="category"),
        "at": Field(type="timestamp"),
        "fare": Field(type="float", nullable=True),
    },
    max_bad_share=0.5,
    anomalies="take",
)
_COPIED = ("intake", "lake", "artifacts", "records", "events", "forgotten")
NOON = datetime(2013, 4, 1, 12, tzinfo=UTC)


@dataclass
class Fate:
    """Counts the changes; the one of number ``at`` is made, and nobody hears of it."""

    at: int = 0
    made: int = 0

    def meet(self, change: Callable[..., Any], args: tuple[Any, ...]) -> Any:
        """Makes a change."""
        self.made += 1
        answer = change(*args)
        if self.made == self.at:
            raise ServiceUnavailable("the power went out")
        return answer


class Mortal:
    """A port of which any call that changes something may be the last."""

    CHANGES = ("put", "remove", "take", "announce", "refuse")

    def __init__(self, port: Any, fate: Fate) -> None:
        self._port, self._fate = port, fate

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._port, name)
        if not name.startswith(self.CHANGES):
            return found
        return lambda *args: self._fate.meet(found, args)


@dataclass
class Riders:
    """Everything that ingest and forgetting work on."""

    intake: MemoryIntake = field(default_factory=MemoryIntake)
    lake: MemoryLake = field(default_factory=MemoryLake)
    artifacts: dict[str, list[bytes]] = field(default_factory=dict)
    records: MemoryDatasets = field(default_factory=MemoryDatasets)
    events: MemoryEvents = field(default_factory=MemoryEvents)
    forgotten: MemoryForgotten = field(default_factory=MemoryForgotten)
    runs: MemoryRuns = field(default_factory=MemoryRuns)
    definition: DatasetDefinition = DEFINITION
    now: datetime = NOON
    written: datetime = datetime(2013, 1, 1, tzinfo=UTC)

    def clock(self) -> datetime:
        """A millisecond later each time."""
        self.now += timedelta(milliseconds=1)
        return self.now

    def copy(self) -> Riders:
        """A place of its own where everything is as it is here, but for the runs."""
        kept = {name: deepcopy(getattr(self, name)) for name in _COPIED}
        return replace(self, runs=MemoryRuns(), **kept)

    def upload(self, key: str, body: str | bytes) -> Ingested:
        """Puts a file into the intake, and takes it from there."""
        content = body.encode() if isinstance(body, str) else body
        ingest = Ingest(
            dataset="rides",
            definition=self.definition,
            intake=self.intake,
            lake=self.lake,
            records=self.records,
            events=self.events,
            clock=self.clock,
        )
        return ingest.take(key, self.intake.put(key, content))

    def withdraw(self, part: Part) -> None:
        """Takes an upload out of the dataset."""
        withdrawing = Withdrawing(
            dataset="rides",
            definition=self.definition,
            lake=self.lake,
            records=self.records,
            events=self.events,
            clock=self.clock,
        )
        withdrawing.withdraw(part.sha256, who="ada", why="a test")

    def forgetting(self, fate: Fate | None = None, **more: Any) -> Forgetting:
        """What forgets; with a ``fate`` it dies on the way."""
        mortal: Callable[[Any], Any] = lambda port: Mortal(port, fate) if fate else port  # noqa: E731
        artifacts = MemoryObjectVersions(objects=self.artifacts)
        return Forgetting(
            dataset="rides",
            definition=self.definition,
            lake=mortal(self.lake),
            intake=self.intake,
            records=mortal(self.records),
            events=mortal(self.events),
            rows=mortal(MemoryObjectVersions(objects=self.lake.objects, at=self.written)),
            uploads=mortal(MemoryObjectVersions(objects=self.intake.objects)),
            runs=ForgettingRuns(
                dataset="rides", lake=self.lake, artifacts=mortal(artifacts), runs=lambda _: self.runs
            ),
            forgotten=mortal(self.forgotten),
            clock=self.clock,
            **more,
        )

    def forget(self, rider: str, **more: Any) -> Forgotten:
        """Forgets a rider, whatever is in the way of it."""
        return self.forgetting().forget("rider", rider, who="ada", why="a letter", **more)

    @property
    def newest(self) -> Manifest:
        return self.lake.manifest("rides", self.records.newest("rides") or 0)

    def bodies(self) -> list[bytes]:
        """Every version of every object that is still there."""
        stores = (self.intake.objects, self.lake.objects, self.artifacts)
        return [body for store in stores for bodies in store.values() for body in bodies if body != REMOVED]

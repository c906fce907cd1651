"""A place where uploads become data, and where any step may die."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import msgspec

from keepfit.adapters.memory.features import MemoryDatasets, MemoryEvents, MemoryIntake, MemoryLake
from keepfit.errors import ServiceUnavailable
from keepfit.features.datasets.manifest import Manifest
from keepfit.features.ingest.ingest import Ingest
from keepfit.features.ingest.ingest_result import Ingested
from keepfit.features.ingest.withdraw import Withdrawing, Withdrawn
from keepfit.features.schema.definition import DatasetDefinition, Field

DEFINITION = DatasetDefinition(
    event_time="moment",
    fields={"moment": Field(type="timestamp"), "late": Field(type="bool", nullable=True)},
    max_bad_share=0.5,
)
GOOD = b"moment,late,gate\n2013-01-01,true,7\n2013-01-02,,8\n"
BETTER = b"moment,late\n2013-01-03,false\nnever,true\n"
BAD = b"moment,late\nnever,true\nnever,false\n2013-01-01,true\n"


@dataclass
class Place:
    """Everything that ingest works on."""

    intake: MemoryIntake = field(default_factory=MemoryIntake)
    lake: MemoryLake = field(default_factory=MemoryLake)
    records: MemoryDatasets = field(default_factory=MemoryDatasets)
    events: MemoryEvents = field(default_factory=MemoryEvents)

    definition: DatasetDefinition = DEFINITION

    @property
    def ingest(self) -> Ingest:
        return Ingest(
            dataset="flights",
            definition=self.definition,
            intake=self.intake,
            lake=self.lake,
            records=self.records,
            events=self.events,
            clock=lambda: datetime(2013, 4, 1, tzinfo=UTC),
        )

    @property
    def withdrawing(self) -> Withdrawing:
        return Withdrawing(
            dataset="flights",
            definition=self.definition,
            lake=self.lake,
            records=self.records,
            events=self.events,
            clock=lambda: datetime(2013, 4, 2, tzinfo=UTC),
        )

    def upload(self, key: str, body: bytes) -> Ingested:
        """Puts a file into the intake, and takes it from there."""
        return self.ingest.take(key, self.intake.put(key, body))

    def withdraw(self, body: bytes, *, train: bool = True) -> Withdrawn:
        """Withdraws what was uploaded with this content."""
        sha256 = hashlib.sha256(body).hexdigest()
        return self.withdrawing.withdraw(sha256, who="ada", why="the wrong month", train=train)

    def again(self, key: str, version_id: str = "1") -> Ingested:
        """Reads anew what was uploaded."""
        return self.ingest.again(key, version_id, who="ada", why="a wider range")

    @property
    def newest(self) -> Manifest:
        return self.manifest(self.records.newest("flights") or 0)

    def manifest(self, version: int) -> Manifest:
        return self.lake.manifest("flights", version)

    @property
    def announced(self) -> list[int]:
        return [detail["version"] for _, detail in self.events.sent]


# Every call that changes something; a delivery may die before it, or after it without hearing the answer.
STEPS = [
    ("lake", "put_quarantine"),
    ("lake", "put_report"),
    ("lake", "put_profile"),
    ("lake", "put_part"),
    ("lake", "put_manifest"),
    ("records", "take"),
    ("events", "put"),
    ("records", "announce"),
]


class Dying:
    """A port whose one method raises, before or after it did its work."""

    def __init__(self, port: Any, method: str, *, after: bool) -> None:
        self._port, self._method, self._after = port, method, after

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._port, name)
        return self._dying(found) if name == self._method else found

    def _dying(self, found: Callable[..., Any]) -> Callable[..., Any]:
        def die(*args: Any) -> Any:
            if self._after:
                found(*args)
            raise ServiceUnavailable("the power went out")

        return die


def redefined(**fields: Field | None) -> DatasetDefinition:
    """The definition with fields added, changed, or (None) removed."""
    merged = {**DEFINITION.fields, **fields}
    return msgspec.structs.replace(
        DEFINITION, fields={name: field for name, field in merged.items() if field}
    )

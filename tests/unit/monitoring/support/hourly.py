"""A model whose windows are counted by hours and by rows, to hold one against the other."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache, partial
from typing import Any

import msgspec
import numpy as np

from keepfit.adapters.memory.monitoring import MemoryPredictionLog, MemoryPredictions, MemoryProgress
from keepfit.adapters.memory.registry import MemoryArtifacts
from keepfit.evaluation.tasks.registry import training_task_of
from keepfit.instants import Duration
from keepfit.monitoring.collection import Collection
from keepfit.monitoring.estimation.registry import estimator_of
from keepfit.monitoring.prediction_log.batches import CollectedBatches
from keepfit.monitoring.prediction_log.parse import Prediction
from keepfit.monitoring.profiles.hours.hourly_profiles import HourlyProfiles
from keepfit.monitoring.profiles.profile import ReferenceProfile, profile_of, season_of
from keepfit.monitoring.profiles.window import (
    Instants,
    Window,
    WindowColumns,
    WindowRows,
    columns_to_read,
    count_window,
)
from keepfit.monitoring.window_counting import WindowCounting
from keepfit.tasks.registry import task_of
from keepfit.tasks.spec import BINARY

START = datetime(2026, 3, 1, tzinfo=UTC)
ROWS = 4_000
CHAMPION, CANARY = 1, 2


@cache
def reference() -> ReferenceProfile:
    """Numbers, few and many categories, a truth, what is missing, segments, a season, and estimates."""
    random = np.random.default_rng(0)
    columns: dict[str, Any] = {
        "distance": np.where(random.random(ROWS) < 0.1, np.nan, random.normal(size=ROWS)),
        "stops": random.integers(0, 3, ROWS).astype(float),
        "carrier": random.choice(["UA", "AA", "DL"], ROWS),
        "tail": [f"N{number}" for number in random.zipf(1.3, ROWS) % 3_000],
        "night": random.random(ROWS) < 0.3,
    }
    kinds = {"distance": "float", "stops": "int", "carrier": "category", "tail": "category", "night": "bool"}
    scores = random.random(ROWS)
    seconds = np.arange(ROWS) * 600
    profile = profile_of(columns, kinds).with_outputs(task_of(BINARY), scores)  # type: ignore[arg-type]
    season = season_of("week", profile.columns, columns, seconds)
    return msgspec.structs.replace(
        profile.with_segments("carrier", columns),
        season=season,
        estimator=estimator_of(training_task_of(BINARY), random.random(ROWS) < scores, scores),
    )


def predictions(seed: int, rows: int, *, hours: float, first: float = 0.0) -> list[Prediction]:
    """Requests of ``hours`` hours from the hour ``first`` on, some of a canary, with the gaps of nights."""
    random = np.random.default_rng([seed, rows])
    found = list[Prediction]()
    for number in range(rows):
        at = first + hours * random.random() ** 2
        moment = START + timedelta(hours=at - at % 24 + 0.6 * (at % 24))
        score, inputs = float(np.float32(random.random())), _inputs(random)
        found.append(
            Prediction(
                prediction_id=f"{seed}-{first}-{number}",
                version=CANARY if random.random() < 0.2 else CHAMPION,
                at=moment + timedelta(seconds=1),
                event_time=moment,
                inputs=inputs,
                outputs={"probability": score},
                answer=[score],
            )
        )
    return found


def _inputs(random: np.random.Generator) -> dict[str, Any]:
    sent: dict[str, Any] = {
        "distance": float(random.choice([0.1, 1e9, -np.inf, random.normal()])),
        "stops": int(random.integers(0, 5)),
        "carrier": str(random.choice(["UA", "AA", "ZZ"])),
        "tail": f"N{random.integers(0, 9_000)}",
        "night": bool(random.random() < 0.5),
    }
    return {name: None if random.random() < 0.1 else value for name, value in sent.items()}


@dataclass(slots=True)
class Watched(MemoryPredictions):
    """Collected predictions that remember which hours of them were read."""

    read: list[Instants] = field(default_factory=list)

    def among(self, windows: Sequence[Instants], columns: WindowColumns) -> Iterator[WindowRows]:
        self.read += windows
        yield from MemoryPredictions.among(self, windows, columns)

    @property
    def hours_read(self) -> float:
        """How many hours were read since it was asked last."""
        found = sum(((end - start) / timedelta(hours=1) for start, end in self.read), 0.0)
        self.read.clear()
        return found


@dataclass(slots=True)
class Model:
    """A model whose champion is version 1; ``without`` are inputs that its canary is not asked with."""

    reference: ReferenceProfile = field(default_factory=reference)
    without: Sequence[str] = ("stops",)
    files: MemoryArtifacts = field(default_factory=MemoryArtifacts)
    log: MemoryPredictionLog = field(default_factory=MemoryPredictionLog)
    rows: Any = field(default_factory=Watched)
    progress: MemoryProgress = field(default_factory=MemoryProgress)

    @property
    def batches(self) -> CollectedBatches:
        return CollectedBatches(files=self.files, model="m")

    @property
    def collection(self) -> Collection:
        return Collection(
            model="m",
            log=self.log,
            predictions=self.rows,
            batches=self.batches,
            progress=self.progress,
            reach=Duration.parse("30d"),
        )

    def add(self, batch: str, found: Sequence[Prediction]) -> None:
        """Adds a batch as its collection does."""
        self.rows.add(batch, found)
        self.batches.note(batch, [each.event_time for each in found])

    def by_hours(self, window: Instants, files: Any = None) -> Window:
        """The window as the monitor counts it; the profiles of its hours are in ``files``."""
        counting = WindowCounting(
            predictions=self.rows,
            hourly=HourlyProfiles(files=files or self.files, model="m"),
            reference=self.reference,
            champion=CHAMPION,
            has_column=self._has_column,
        )
        return counting.count(window, self.batches.between(*window))

    def by_rows(self, window: Instants) -> Window:
        """The oracle: all rows of the window, counted at once."""
        unseen = isinstance(self.rows, Watched)
        among = partial(MemoryPredictions.among, self.rows) if unseen else self.rows.among
        parts = among([window], columns_to_read(self.reference))
        return count_window(parts, self.reference, champion=CHAMPION, has_column=self._has_column)

    def _has_column(self, version: int, name: str) -> bool:
        return version == CHAMPION or name not in self.without


def assert_same(found: Window, expected: Window) -> None:
    """The same counts, and answers whose sums differ by no more than a rounding of their order."""
    for name in ("profile", "rows_by_version", "phases", "own_phases"):
        assert getattr(found, name) == getattr(expected, name), name
    for name, counts in expected.segments.items():
        assert found.segments[name].tolist() == counts.tolist(), name
    if expected.answers is not None:
        assert found.answers.counts.tolist() == expected.answers.counts.tolist()
        np.testing.assert_allclose(found.answers.sums, expected.answers.sums, rtol=1e-12)


def hours(first: float, last: float) -> Instants:
    """From one hour after START to another, both ends included."""
    return START + timedelta(hours=first), START + timedelta(hours=last)

"""Every prediction is collected once, however late, often or broken the log is delivered."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import numpy as np
import pytest

from keepfit.adapters.memory.monitoring import MemoryPredictionLog, MemoryPredictions, MemoryProgress
from keepfit.adapters.memory.registry import MemoryArtifacts
from keepfit.instants import Duration
from keepfit.monitoring import collection
from keepfit.monitoring.collection import Collection
from keepfit.monitoring.prediction_log.batches import CollectedBatches
from keepfit.monitoring.prediction_log.parse import Prediction
from keepfit.monitoring.reports.report import Collected
from tests.unit.monitoring.support.logs import ANSWERED, EVENT, line, log_object


@pytest.fixture
def log() -> MemoryPredictionLog:
    return MemoryPredictionLog()


@pytest.fixture
def store() -> MemoryPredictions:
    return MemoryPredictions()


@pytest.fixture
def collecting(log: MemoryPredictionLog, store: MemoryPredictions) -> Collection:
    return Collection(
        model="m",
        log=log,
        predictions=store,
        batches=CollectedBatches(files=MemoryArtifacts(), model="m"),
        progress=MemoryProgress(),
        reach=Duration.parse("30d"),
    )


def _ids(store: MemoryPredictions) -> list[str]:
    return sorted(p.prediction_id for batch in store.rows.values() for p in batch)


def test_new_log_objects_are_collected_once(
    collecting: Collection, log: MemoryPredictionLog, store: MemoryPredictions
) -> None:
    log.objects["2013/02/01/05/a"] = log_object(line(1), line(2))
    assert collecting.collect() == Collected(objects=1, rows=2)
    assert collecting.collect() == Collected()
    log.objects["2013/02/01/05/b"] = log_object(line(3))
    assert collecting.collect() == Collected(objects=1, rows=1)
    assert _ids(store) == ["p1", "p2", "p3"]


def test_objects_that_appear_in_any_order_within_a_day_are_all_collected(
    collecting: Collection, log: MemoryPredictionLog, store: MemoryPredictions
) -> None:
    keys = [f"2013/02/{1 + hour // 24:02}/{hour % 24:02}/{n}" for hour in range(25) for n in range(4)]
    np.random.default_rng(5).shuffle(keys)
    for number, key in enumerate(keys):
        log.objects[key] = log_object(line(number))
        if number % 7 == 0:
            collecting.collect()
    collecting.collect()
    assert _ids(store) == sorted(f"p{number}" for number in range(100))


def test_a_line_that_is_delivered_twice_counts_once(collecting: Collection, log: MemoryPredictionLog) -> None:
    log.objects["2013/02/01/05/a"] = log_object(line(1), line(1), line(2))
    log.objects["2013/02/01/05/b"] = log_object(line(2))
    assert collecting.collect() == Collected(objects=2, rows=2, duplicates=2)


def test_broken_parts_are_counted_and_do_not_stop_the_rest(
    collecting: Collection, log: MemoryPredictionLog, store: MemoryPredictions
) -> None:
    log.objects["2013/02/01/05/a"] = b"no gzip"
    log.objects["2013/02/01/05/b"] = log_object(line(1, outputs=7), line(2))
    found = collecting.collect()
    assert (found.rows, found.broken, _ids(store)) == (1, 2, ["p2"])
    assert found.reasons[0].startswith("2013/02/01/05/a: gzip member:")
    assert collecting.collect() == Collected()


def test_only_the_first_reasons_are_kept(collecting: Collection, log: MemoryPredictionLog) -> None:
    for number in range(50):
        log.objects[f"2013/02/01/05/{number:02}"] = b"no gzip"
    found = collecting.collect()
    assert (found.broken, len(found.reasons)) == (50, 10)


def test_large_backlogs_are_collected_in_batches(
    collecting: Collection,
    log: MemoryPredictionLog,
    store: MemoryPredictions,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(collection, "_BATCH_ROWS", 10)
    for number in range(25):
        log.objects[f"2013/02/01/05/{number:02}"] = log_object(line(number))
    assert collecting.collect() == Collected(objects=25, rows=25)
    assert [len(batch) for batch in store.rows.values()] == [10, 10, 5]


class DyingStore(MemoryPredictions):
    def add(self, batch: str, predictions: Sequence[Prediction]) -> None:
        raise ConnectionError(f"{batch} of {len(predictions)} rows is lost")


def test_a_run_that_dies_is_repeated_without_loss(log: MemoryPredictionLog, store: MemoryPredictions) -> None:
    progress = MemoryProgress()
    log.objects["2013/02/01/05/a"] = log_object(line(1))

    def collecting(into: MemoryPredictions) -> Collection:
        return Collection(
            model="m",
            log=log,
            predictions=into,
            batches=CollectedBatches(files=MemoryArtifacts(), model="m"),
            progress=progress,
            reach=Duration.parse("30d"),
        )

    with pytest.raises(ConnectionError):
        collecting(DyingStore()).collect()
    assert collecting(store).collect() == Collected(objects=1, rows=1)


def test_the_newest_event_is_remembered(collecting: Collection, log: MemoryPredictionLog) -> None:
    log.objects["2013/02/01/05/a"] = log_object(line(3), line(9), line(1))
    collecting.collect()
    log.objects["2013/02/01/05/b"] = log_object(line(2))
    collecting.collect()
    assert collecting.progress.load().newest_event == EVENT + timedelta(hours=9)


def test_an_event_far_after_its_answer_does_not_push_the_others_out_of_the_window(
    collecting: Collection, log: MemoryPredictionLog, store: MemoryPredictions
) -> None:
    near, far = ANSWERED + timedelta(days=29), ANSWERED + timedelta(days=31)
    log.objects["2013/02/01/05/a"] = log_object(
        line(1, event_time=near.isoformat()), line(2, event_time=far.isoformat())
    )
    collecting.collect()
    assert collecting.progress.load().newest_event == near
    kept: list[Prediction] = [p for batch in store.rows.values() for p in batch]
    assert {p.event_time for p in kept} == {near, far}

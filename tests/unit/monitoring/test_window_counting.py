"""The sum of a window's hours is the profile of its rows, whatever comes late, twice or broken."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keepfit.adapters.duckdb.parquet_predictions import ParquetPredictions
from keepfit.adapters.memory.registry import MemoryArtifacts
from keepfit.evaluation.tasks.registry import training_task_of
from keepfit.layout import ModelScope
from keepfit.monitoring.drift.compare import compare
from keepfit.monitoring.drift.decision import Threshold
from keepfit.monitoring.estimation.estimate_answers import estimated
from keepfit.monitoring.estimation.registry import estimator_of
from keepfit.monitoring.prediction_log.parse import Prediction
from keepfit.monitoring.profiles.profile import ReferenceProfile
from keepfit.monitoring.profiles.row_sample import RowSample
from keepfit.monitoring.profiles.window import Instants, Window
from keepfit.monitoring.reports.report import DriftReport
from keepfit.tasks.spec import TaskSpec
from tests.unit.monitoring.support.hourly import (
    START,
    Model,
    Watched,
    assert_same,
    hours,
    predictions,
    reference,
)
from tests.unit.monitoring.support.logs import line, log_object

DAY, MONTH = hours(0, 24), hours(0, 720)
STATISTICS = ("psi", "jensen_shannon", "hellinger", "chi_square", "kolmogorov_smirnov", "wasserstein")


def judged(window: Window) -> DriftReport:
    return compare(reference(), window.profile, Threshold(limit=0.25, minimum_rows=1), statistics=STATISTICS)


@given(
    seed=st.integers(0, 2**32),
    sizes=st.lists(st.tuples(st.integers(1, 60), st.integers(1, 50), st.integers(0, 40)), max_size=4),
    window=st.tuples(st.floats(0, 60), st.floats(0, 60)).map(sorted),
    whole=st.booleans(),
)
@settings(max_examples=30)
def test_the_sum_of_hours_is_the_profile_of_their_union(
    seed: int, sizes: list[tuple[int, int, int]], window: list[float], *, whole: bool
) -> None:
    model, [first, last] = Model(), (np.floor(window) if whole else window)
    for number, (rows, length, begin) in enumerate(sizes):
        model.add(f"b{number}", predictions(seed, rows, hours=length, first=begin))
    asked = hours(first, last)
    expected = model.by_rows(asked)
    for _ in range(2):  # counted, and then read from what was kept
        found = model.by_hours(asked)
        assert_same(found, expected)
        assert judged(found) == judged(expected)
    other = hours(first - 7, last + 3)
    assert_same(model.by_hours(other), model.by_rows(other))


@pytest.mark.parametrize("rows", [Watched(), ParquetPredictions(files=MemoryArtifacts(), model="m")])
def test_every_statistic_of_hours_is_that_of_their_union_to_the_bit(rows: Any) -> None:
    model = Model(rows=rows)
    for number in range(2):
        model.add(f"b{number}", predictions(number, 400, hours=600))
    for window in (MONTH, hours(0.3, 700.7)):
        assert_same(model.by_hours(window), model.by_rows(window))
    found, expected = judged(model.by_hours(MONTH)), judged(model.by_rows(MONTH))
    assert found == expected
    assert {each.statistic for column in found.columns for each in column.measured} == set(STATISTICS)


def test_what_answers_let_expect_is_the_same_of_hours_and_of_their_union() -> None:
    model = Model()
    model.add("a", predictions(1, 2_000, hours=600))
    found, expected = (
        estimated(reference().estimator, window.answers, metric=None, minimum_rows=1)
        for window in (model.by_hours(MONTH), model.by_rows(MONTH))
    )
    assert found.estimate is not None
    assert found.rows == expected.rows > 1_000
    for name, figure in found.figures.items():
        assert figure.value == pytest.approx(expected.figures[name].value, rel=1e-12)


def test_a_month_reads_its_rows_once_and_then_the_two_hours_at_its_ends() -> None:
    model = Model()
    model.add("a", every_hour(722))
    assert model.by_hours(hours(0.5, 720.5)).rows_by_version
    assert model.rows.hours_read == pytest.approx(720, abs=0.01)
    model.by_hours(hours(0.5, 720.5))
    assert model.rows.hours_read == pytest.approx(1, abs=0.01)
    model.by_hours(hours(1.5, 721.5))  # an hour later
    assert model.rows.hours_read == pytest.approx(2, abs=0.01)


def every_hour(count: int) -> list[Prediction]:
    """A request an hour."""
    rows = predictions(1, count, hours=1)
    return [msgspec.structs.replace(row, event_time=hours(0, at + 0.25)[1]) for at, row in enumerate(rows)]


def test_hours_without_an_event_are_neither_read_nor_kept() -> None:
    model = Model()
    model.add("a", [*late(1, 3.0), *late(2, 80.0)])
    assert model.by_hours(MONTH).profile.rows == 10
    assert model.rows.hours_read == pytest.approx(2, abs=0.01)
    assert len(model.files.list(ModelScope("m").hours(1))) == 2


def late(number: int, hour: float) -> list[Prediction]:
    return predictions(number, 5, hours=0.1, first=hour)


def test_of_an_hour_that_arrives_a_week_late_that_hour_is_counted_again_and_no_other() -> None:
    model, window = Model(), hours(0, 192)
    model.add("a", every_hour(192))
    before = model.by_hours(window)
    assert model.rows.hours_read == pytest.approx(192, abs=0.01)
    model.add("b", [*late(2, 7.0), *late(3, 181.0)])
    found = model.by_hours(window)
    assert model.rows.hours_read == pytest.approx(2, abs=0.01)
    assert found.profile.rows == before.profile.rows + 10
    assert_same(found, model.by_rows(window))
    assert_same(model.by_hours(window), model.by_rows(window))


def test_log_objects_that_come_twice_count_once_in_the_hours_of_their_rows() -> None:
    model = Model()
    lines = [line(hour, at="2013-02-01T00:00:00Z") for hour in range(48)]
    model.log.objects["2013/02/01/00/a"] = log_object(*lines)
    model.collection.collect()
    window = (START.replace(year=2013, month=2), START.replace(year=2013, month=2, day=4))
    assert model.by_hours(window).profile.rows == 48
    model.log.objects["2013/02/01/01/b"] = log_object(*lines)  # another object with the same lines
    assert model.collection.collect().objects == 1
    for _ in range(2):
        assert model.by_hours(window).profile.rows == 48
    assert_same(model.by_hours(window), model.by_rows(window))


def test_of_a_log_object_that_is_cut_in_half_the_whole_lines_count_and_the_rest_when_it_comes_again() -> None:
    model = Model()
    lines = [line(hour, at="2013-02-01T00:00:00Z") for hour in range(48)]
    body = log_object(*lines)
    model.log.objects["2013/02/01/00/a"] = body[: len(body) // 2]
    collected = model.collection.collect()
    window = (START.replace(year=2013, month=2), START.replace(year=2013, month=2, day=4))
    assert (collected.broken, model.by_hours(window).profile.rows) == (1, collected.rows)
    assert 20 <= collected.rows < 30
    model.log.objects["2013/02/01/01/a again"] = body
    model.collection.collect()
    assert model.by_hours(window).profile.rows == 48
    assert_same(model.by_hours(window), model.by_rows(window))


@pytest.mark.parametrize("window", [hours(5, 5), hours(5, 5.5), hours(4.9, 5.1), hours(4, 6), DAY])
def test_a_window_with_one_row_has_that_row(window: Instants) -> None:
    model = Model()
    [row] = predictions(1, 1, hours=1)
    model.add("a", [msgspec.structs.replace(row, event_time=hours(5, 5)[0])])
    for _ in range(2):
        found = model.by_hours(window)
        assert sum(found.rows_by_version.values()) == 1
        assert_same(found, model.by_rows(window))


def test_clocks_that_jump_put_each_row_into_the_hour_that_it_says_and_lose_none() -> None:
    """An hour forth, a day back, to the end of an hour, and farther than anybody would believe."""
    model = Model()
    jumps = [
        timedelta(hours=1),
        timedelta(days=-1),
        timedelta(hours=1, microseconds=-1),
        timedelta(days=40),
        timedelta(days=-4000),
    ]
    for number, jump in enumerate(jumps):
        rows = [
            msgspec.structs.replace(each, event_time=each.event_time + jump)
            for each in predictions(number, 20, hours=48, first=24)
        ]
        model.add(f"b{number}", rows)
        for window in (hours(0, 96), hours(900, 1100), hours(-96_000, -95_900), (START, START + jump * 2)):
            first, last = sorted(window)
            if (last - first).days < 100:
                assert_same(model.by_hours((first, last)), model.by_rows((first, last)))


def test_events_far_ahead_of_their_answers_are_in_their_hour_when_its_time_comes() -> None:
    model = Model()
    answered = "2013-02-01T00:00:00Z"
    ahead = line(1, prediction_id="ahead", at=answered, event_time="2013-03-20T05:00:00Z")
    model.log.objects["2013/02/01/00/a"] = log_object(line(0, at=answered))
    model.collection.collect()
    window = (START.replace(year=2013, day=20), START.replace(year=2013, day=21))
    assert model.by_hours(window).profile.rows == 0  # somebody looks ahead
    model.log.objects["2013/02/01/00/b"] = log_object(ahead)
    model.collection.collect()
    assert model.by_hours(window).profile.rows == 1


class Dying(MemoryArtifacts):
    """A store whose next writes of profiles fail."""

    def put(self, key: str, body: bytes) -> None:
        if "/hours/" in key and len([each for each in self.objects if "/hours/" in each]) > 2:
            raise ConnectionError(f"{key} is lost")
        MemoryArtifacts.put(self, key, body)


def test_a_monitor_that_is_killed_among_its_writes_is_repeated_without_loss() -> None:
    model, files = Model(), Dying()
    model.add("a", every_hour(192))
    with pytest.raises(ConnectionError):
        model.by_hours(hours(0, 192), files)
    model.rows.read.clear()
    again = MemoryArtifacts(objects=files.objects)
    assert_same(model.by_hours(hours(0, 192), again), model.by_rows(hours(0, 192)))
    assert 0 < model.rows.hours_read < 192  # what was written before it died stays
    assert_same(model.by_hours(hours(0, 192), again), model.by_rows(hours(0, 192)))
    assert model.rows.hours_read < 1


@pytest.mark.parametrize("broken", [b"", b"no profile", None])
def test_a_stored_day_that_is_broken_is_counted_again(broken: bytes | None) -> None:
    model = Model()
    model.add("a", every_hour(48))
    model.by_hours(hours(0, 48))
    for key in model.files.list(ModelScope("m").hours(1)):
        model.files.put(key, model.files.get(key)[:-9] if broken is None else broken)
    model.rows.read.clear()
    assert_same(model.by_hours(hours(0, 48)), model.by_rows(hours(0, 48)))
    assert model.rows.hours_read == pytest.approx(48, abs=0.01)


def of_threshold(threshold: float) -> Any:
    estimator = reference().estimator
    assert estimator is not None
    task = msgspec.structs.replace(estimator.task, threshold=threshold)
    return msgspec.structs.replace(estimator, task=task)


@pytest.mark.parametrize(
    "other",
    [
        reference().without(["tail"]),
        msgspec.structs.replace(reference(), estimator=None),
        msgspec.structs.replace(reference(), estimator=of_threshold(0.3)),
        msgspec.structs.replace(reference(), season=None),
        msgspec.structs.replace(reference(), outputs={}),
        msgspec.structs.replace(reference(), segments=None),
    ],
)
def test_hours_are_counted_again_for_another_reference(other: ReferenceProfile) -> None:
    model = Model()
    model.add("a", every_hour(48))
    model.by_hours(hours(0, 48))
    model.reference = other
    model.rows.read.clear()
    assert_same(model.by_hours(hours(0, 48)), model.by_rows(hours(0, 48)))
    assert model.rows.hours_read > 47


def test_an_event_at_the_full_hour_is_of_the_hour_that_begins() -> None:
    model = Model()
    [row] = predictions(1, 1, hours=1)
    model.add("a", [msgspec.structs.replace(row, event_time=hours(7, 8)[1])])
    model.by_hours(hours(0, 24))
    model.add("b", [msgspec.structs.replace(each, event_time=hours(7, 8)[0]) for each in late(2, 7.0)])
    assert_same(model.by_hours(hours(0, 24)), model.by_rows(hours(0, 24)))
    assert model.by_hours(hours(0, 24)).profile.rows == 6
    assert model.by_hours(hours(8, 24)).profile.rows == 1


def test_days_of_before_and_behind_a_window_are_left_alone() -> None:
    model = Model()
    model.add("a", predictions(1, 400, hours=96))
    model.by_hours(hours(0, 96))
    kept = {key: model.files.get(key) for key in model.files.list(ModelScope("m").hours(1))}
    assert sorted(key[-10:] for key in kept) == ["2026-03-01", "2026-03-02", "2026-03-03", "2026-03-04"]
    model.add("b", late(2, 30))
    model.by_hours(hours(24, 72))
    changed = {key[-10:] for key, body in kept.items() if model.files.get(key) != body}
    assert changed == {"2026-03-02"}


def test_answers_of_many_classes_are_sampled_from_rows_and_all_else_is_summed() -> None:
    random = np.random.default_rng(0)
    task = training_task_of(TaskSpec(kind="multiclass", classes=["a", "b", "c"]))
    outputs = random.dirichlet([1, 1, 1], 900)
    estimator = estimator_of(task, random.integers(0, 3, 900), outputs)
    model = Model(reference=msgspec.structs.replace(reference(), estimator=estimator))
    rows = predictions(1, 200, hours=60)
    answers = random.dirichlet([1, 1, 1], len(rows)).tolist()
    model.add(
        "a",
        [msgspec.structs.replace(each, answer=answer) for each, answer in zip(rows, answers, strict=True)],
    )
    for _ in range(2):
        found, expected = model.by_hours(hours(0, 60)), model.by_rows(hours(0, 60))
        assert found.answers.sample.tolist() == expected.answers.sample.tolist() != []
        assert (found.profile, found.rows_by_version) == (expected.profile, expected.rows_by_version)


def test_where_the_reference_has_rows_the_rows_of_the_window_are_read() -> None:
    model = Model()
    model.add("a", predictions(1, 100, hours=40))
    columns = {"distance": np.arange(50.0)}
    sample = RowSample.of({"distance": reference().columns["distance"]}, columns)
    model.reference = msgspec.structs.replace(reference(), sample=sample)
    assert model.by_hours(hours(0, 48)).sample.rows == model.by_rows(hours(0, 48)).sample.rows > 0
    assert model.files.list(ModelScope("m").hours(1)) == []

"""Validation folds: each row that validates is newer than, or apart from, those that train for it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

import duckdb
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from keepfit.adapters.duckdb.split import folds
from keepfit.features.offline.split_plan import Portion, Split, SplitPlan
from keepfit.instants import Duration
from tests.drawn import examples

START = datetime(2026, 1, 1, tzinfo=UTC)
BY_TIME = SplitPlan(by=Split("time"), holdout=Portion(share=0.2), max_rows=10_000, seed=0, stratified=True)
DRAWN = replace(BY_TIME, by=Split("random"))


class Row(NamedTuple):
    """A row that can train: the day it happened, the days until it was known, what is drawn with it, its label."""

    event: int
    late: int
    unit: int
    label: bool


class Folded(NamedTuple):
    """What became of it."""

    row: Row
    fold: int
    from_fold: int

    def trains(self, fold: int) -> bool:
        return self.fold != fold and self.from_fold <= fold


def folded(rows: Sequence[Row], split: SplitPlan) -> list[Folded]:
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        values = ", ".join(
            f"({n}, '{START + timedelta(days=row.event)}', '{START + timedelta(days=row.event + row.late)}', "
            f"{row.unit}, {row.label})"
            for n, row in enumerate(rows)
        )
        connection.execute(
            "CREATE TABLE available (_source_row BIGINT, _event_time TIMESTAMPTZ, _known_at TIMESTAMPTZ, "
            "_unit UBIGINT, _label BOOLEAN)"
        )
        connection.execute(f"INSERT INTO available VALUES {values}")
        connection.execute("ALTER TABLE available ADD COLUMN _source_sha256 VARCHAR DEFAULT 'aa'")
        query = folds.with_folds(connection, "available", split)
        found = connection.execute(f"SELECT _source_row, _fold, _from_fold FROM ({query})").fetchall()
    assert sorted(number for number, *_ in found) == list(range(len(rows)))
    return [Folded(rows[number], fold, from_fold) for number, fold, from_fold in found]


@pytest.fixture
def many(monkeypatch: pytest.MonkeyPatch) -> None:
    """A table of some hundred rows is a large one, and fifty of them are enough to validate."""
    monkeypatch.setattr(folds, "MAX_CROSS_VALIDATED_ROWS", 100)
    monkeypatch.setattr(folds, "MIN_VALIDATION_ROWS", 50)


_rows = st.lists(
    st.builds(Row, st.integers(0, 40), st.integers(0, 30), st.integers(0, 20), st.booleans()),
    min_size=1,
    max_size=60,
)


@examples(40)
@given(rows=_rows)
@example(rows=[Row(0, 0, 0, label=True)] * 3)
@example(rows=[Row(0, 0, 0, label=True), *[Row(1, 0, 0, label=True)] * 30])
def test_by_time_what_validates_is_newer_than_all_that_was_known_when_it_trained(rows: list[Row]) -> None:
    found = folded(rows, BY_TIME)
    moments = {row.event for row in rows}
    if len(moments) == 1:
        assert {each.fold for each in found} <= set(range(1, 6))
        return
    for fold in range(1, max(each.fold for each in found) + 1):
        oldest = min((each.row.event for each in found if each.fold == fold), default=10_000)
        known = [each.row.event + each.row.late for each in found if each.trains(fold)]
        assert max(known, default=-1) < oldest
    assert any(each.fold for each in found)
    assert any(each.fold == 0 for each in found)


def test_by_time_the_newer_half_validates_in_five_folds_of_a_size() -> None:
    found = folded([Row(n, 0, n, n % 3 == 0) for n in range(200)], BY_TIME)
    sizes = Counter(each.fold for each in found)
    assert sizes == {0: 100, 1: 20, 2: 20, 3: 20, 4: 20, 5: 20}
    assert sum(each.trains(5) for each in found) == 180


@examples(40)
@given(rows=_rows)
def test_drawn_rows_validate_once_each_and_train_for_all_other_folds(rows: list[Row]) -> None:
    found = folded(rows, DRAWN)
    assert {each.from_fold for each in found} == {1}
    assert all(each.fold in range(1, 6) for each in found)
    by_unit = {(each.row.unit, each.fold) for each in found}
    assert len(by_unit) == len({row.unit for row in rows})


def test_each_drawn_fold_has_its_share_of_every_label() -> None:
    found = folded([Row(0, 0, n, n < 31) for n in range(200)], DRAWN)
    sizes = Counter((each.fold, each.row.label) for each in found)
    for label, rows in ((True, 31), (False, 169)):
        assert all(abs(sizes[fold, label] - rows / 5) < 1.5 for fold in range(1, 6))


@pytest.mark.usefixtures("many")
def test_of_many_drawn_rows_a_share_as_large_as_the_holdouts_validates_once() -> None:
    found = folded([Row(0, 0, n, n % 4 == 0) for n in range(1000)], DRAWN)
    sizes = Counter((each.fold, each.row.label) for each in found)
    assert sizes == {
        (0, False): 600,
        (0, True): 200,
        (1, False): pytest.approx(150, abs=1),
        (1, True): pytest.approx(50, abs=1),
    }
    assert {each.from_fold for each in found} == {1}


@pytest.mark.usefixtures("many")
@pytest.mark.parametrize(
    ("holdout", "validating"),
    [
        (Portion(share=0.2), 200),
        (Portion(duration=Duration.parse("7d")), 200),
        (Portion(duration=Duration.parse("30d")), 300),
        (Portion(share=0.01), 50),
    ],
)
def test_of_many_rows_by_time_the_newest_validate_as_many_as_judge_but_never_few(
    holdout: Portion, validating: int
) -> None:
    """Ten rows a day, of which the last were known three days later."""
    rows = [Row(n // 10, 3 if n >= 900 else 0, n, n % 2 == 0) for n in range(1000)]
    found = folded(rows, replace(BY_TIME, holdout=holdout))
    validation = [each for each in found if each.fold == 1]
    assert len(validation) == validating
    oldest = min(each.row.event for each in validation)
    trains = [each for each in found if each.trains(1)]
    assert max(each.row.event + each.row.late for each in trains) < oldest
    waits = len(found) - len(validation) - len(trains)
    assert waits == sum(row.event < oldest <= row.event + row.late for row in rows)

"""Training and holdout rows against an oracle: nothing trains that was not known at the cut."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from keepfit.adapters.duckdb.engine import DuckdbEngine
from keepfit.application.plan_training_set import plan_of
from keepfit.application.ports import TrainingRows
from keepfit.definitions import compiling
from keepfit.definitions.compiled_model import CompiledModel
from keepfit.evaluation.metrics.roc_auc import roc_auc
from keepfit.features.offline.split_plan import Portion, SplitPlan
from tests.drawn import examples

START = datetime(2026, 1, 1, tzinfo=UTC)
HOLDOUT = 14
Row = tuple[float, float]  # the day of its event, and the days from then until its label was known
_TOML = """
[dataset.checks]
event_time = "checked_at"
known_at   = "settled_at"
[dataset.checks.fields]
checked_at = { type = "timestamp" }
settled_at = { type = "timestamp" }
machine    = { type = "category" }
failed     = { type = "bool", nullable = true }
[model.failure]
dataset = "checks"
label   = "failed"
inputs  = ["machine"]
"""

_rows = st.tuples(st.integers(0, 60), st.integers(-20, 60))


@pytest.fixture(scope="module")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> CompiledModel:
    folder = tmp_path_factory.mktemp("definitions")
    (folder / "checks.toml").write_text(_TOML)
    return compiling.compile_model(compiling.load(folder), "failure")


def split(compiled: CompiledModel, holdout: str) -> SplitPlan:
    return replace(plan_of(compiled).split, holdout=Portion.parse(holdout))


@contextmanager
def collected(
    compiled: CompiledModel, rows: Sequence[tuple[float, float, str, bool]]
) -> Iterator[TrainingRows]:
    """(day of the event, days until it was known, machine, failed) as an upload holds them."""
    part = pd.DataFrame(
        {
            "checked_at": [START + timedelta(days=event) for event, *_ in rows],
            "settled_at": [START + timedelta(days=event + late) for event, late, *_ in rows],
            "machine": [machine for *_, machine, _ in rows],
            "failed": [failed for *_, failed in rows],
            "_source_sha256": "aa",
            "_source_row": range(len(rows)),
            "_ingested_at": START + timedelta(days=1000),
        }
    )
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "part.parquet"
        duckdb.from_df(part).write_parquet(str(path))
        with DuckdbEngine(memory_mb=512, threads=1).training_rows(Path(name)) as found:
            found.collect(plan_of(compiled), {"checks": [path]})
            yield found


@examples(60)
@given(rows=st.lists(_rows, min_size=1, max_size=30))
@example(rows=[(0, 14), (0, 15), (14, 0), (15, 0), (28, 0)])
def test_a_row_known_after_the_cut_does_not_train(compiled: CompiledModel, rows: list[Row]) -> None:
    cut_day = max(event for event, _ in rows) - HOLDOUT
    training = [n for n, (event, late) in enumerate(rows) if max(event, event + late) <= cut_day]
    judging = [n for n, (event, _) in enumerate(rows) if event > cut_day]
    with collected(compiled, [(e, late, str(n), True) for n, (e, late) in enumerate(rows)]) as found:
        cut = found.cut(split(compiled, f"{HOLDOUT}d"))
        parts = [sorted(map(int, found.column(part, "machine"))) for part in ("train", "holdout")]
    assert parts == [training, judging]
    assert cut.at == START + timedelta(days=cut_day)
    assert cut.available == len(training)
    assert cut.waiting == len(rows) - len(training) - len(judging)


def test_outcomes_that_the_champion_could_not_know_do_not_train_its_challenger(
    compiled: CompiledModel,
) -> None:
    """Checked on August 1st and September 10th and 25th, settled 30 days later; the cut is September 11th."""
    days = [
        (datetime(2026, month, day, tzinfo=UTC) - START).days for month, day in ((8, 1), (9, 10), (9, 25))
    ]
    with collected(compiled, [(day, 30, "a", n == 1) for n, day in enumerate(days)]) as found:
        cut = found.cut(split(compiled, "14d"))
        train, holdout = found.span("train"), found.span("holdout")
    assert cut.at == datetime(2026, 9, 11, tzinfo=UTC)
    assert (train.rows, train.last_event) == (1, datetime(2026, 8, 1, tzinfo=UTC))
    assert (holdout.rows, holdout.first_event) == (1, datetime(2026, 9, 25, tzinfo=UTC))
    assert (cut.waiting, cut.lateness_s) == (1, 30 * 86_400)


def test_bursts_of_failures_that_nobody_could_know_of_do_not_make_a_model_look_good(
    compiled: CompiledModel,
) -> None:
    """Machines fail in bursts of about ten days, and labels come 30 days late: nothing can be foretold."""
    random = np.random.default_rng(0)
    rows = []
    for machine in range(200):
        bad = bool(random.random() < 0.3)
        for day in range(60):
            if random.random() < 0.1:
                bad = bool(random.random() < 0.3)
            rows.append((float(day), 30.0, f"m{machine}", bool(random.random() < (0.8 if bad else 0.05))))
    with collected(compiled, rows) as found:
        found.cut(split(compiled, "7d"))
        honest = _by_machine(found, "train")
        found.connection.execute(
            "CREATE TABLE by_event AS SELECT * FROM collected "
            "WHERE _event_time <= (SELECT max(_event_time) - to_days(7) FROM collected) "
            "AND _event_time > (SELECT max(_event_time) - to_days(20) FROM collected)"
        )
        leaking = _by_machine(found, "by_event")
    assert leaking > 0.7
    assert 0.4 < honest < 0.6


def _by_machine(rows: TrainingRows, table: str) -> float:
    """The area on the holdout of the simplest model: how often the machine failed in the rows that train."""
    query = (
        "SELECT h._label, coalesce(t.rate, 0.5) FROM holdout AS h LEFT JOIN "
        f"(SELECT machine, avg(_label::INT) AS rate FROM {table} GROUP BY machine) AS t USING (machine)"
    )
    labels, scores = zip(*rows.connection.execute(query).fetchall(), strict=True)
    return roc_auc(np.array(labels, dtype=np.bool_), np.array(scores, dtype=np.float64))

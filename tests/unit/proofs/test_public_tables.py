from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from proofs.public_tables import Played, summarize
from proofs.tables.comparison import Compared
from proofs.tables.metrics import METRICS
from proofs.tables.peers import Columns, peer_outputs
from proofs.tables.sources import AMOUNTS, CLASSES, SOURCES, YES_OR_NO, Answers, Source


def _played(
    advantage: float, *, holdout_rows: int = 800, answers: Answers = YES_OR_NO, **changed: Any
) -> Played:
    found = {"flipped": 0, "difference": 0.0, **changed}
    compared = Compared(
        rows=5 * holdout_rows,
        holdout_rows=holdout_rows,
        algorithm="forest",
        metric="roc_auc",
        keepfit=0.9,
        scikit_learn=0.9 - advantage,
        advantage=advantage,
        at_best=advantage + 0.05,
        **found,
    )
    source = Source(name="churn", label="left", answers=answers, table="package:churn")
    return Played(source=source, seconds=1.0, compared=compared)


def _holds(*played: Played) -> list[bool]:
    return [claim.holds for claim in summarize([*played]).claims]


def test_enough_good_tables_hold_every_promise() -> None:
    assert all(_holds(*[_played(0.001)] * 14))


@pytest.mark.parametrize(
    ("one", "broken"),
    [
        (_played(-0.006), 2),
        (_played(-0.011, answers=AMOUNTS), 2),
        (_played(0.0, flipped=1), 4),
        (_played(0.0, answers=AMOUNTS, difference=2e-5), 5),
    ],
    ids=["worse", "relatively worse", "flipped", "different"],
)
def test_one_bad_table_breaks_its_promise(one: Played, broken: int) -> None:
    assert _holds(*[_played(0.001)] * 14, one).index(False) == broken


def test_what_may_be_chance_is_said_and_breaks_the_promise_all_the_same() -> None:
    found = [summarize([_played(by)]).claims[2] for by in (-0.01, -0.06)]
    assert [claim.found for claim in found] == [
        "further behind: churn 2.0 times (may be chance)",
        "further behind: churn 12.0 times",
    ]
    assert not any(claim.holds for claim in found)


def test_a_table_that_is_stuck_is_named_with_its_reason() -> None:
    stuck = Played(source=SOURCES[0], seconds=0.0, stuck="no task of that name")
    proof = summarize([*[_played(0.001)] * 14, stuck])
    assert proof.claims[1].found == f"stuck: {SOURCES[0].name}"
    assert proof.details[-1]["stuck"] == "no task of that name"


def test_names_of_tables_can_be_names_of_models() -> None:
    assert len({source.name for source in SOURCES}) == len(SOURCES) >= 14
    assert all(source.name.isalpha() and source.name.islower() for source in SOURCES)
    assert {source.answers.task for source in SOURCES} == {"binary", "multiclass", "regression"}


def test_less_error_is_an_advantage_and_of_amounts_a_relative_one() -> None:
    assert METRICS["rmse"].advantage(90.0, 100.0) == pytest.approx(0.1)
    assert METRICS["log_loss"].advantage(0.5, 0.4) == pytest.approx(-0.1)
    assert METRICS["roc_auc"].advantage(0.9, 0.8) == pytest.approx(0.1)


def _rows(rows: int = 300) -> pd.DataFrame:
    draw = np.random.default_rng(0)
    kind = draw.choice(["red", "green", "blue"], rows)
    far = np.where(draw.random(rows) < 0.1, np.nan, draw.normal(size=rows))
    said = [f"it was {word} and {'far' if x > 0 else 'near'}" for word, x in zip(kind, far, strict=True)]
    at = pd.date_range("2026-01-01", periods=rows, freq="h", tz="UTC")
    return pd.DataFrame({"at": at, "far": far, "kind": pd.Series(kind).where(kind != "blue"), "said": said})


@pytest.mark.long
@pytest.mark.parametrize(
    ("answers", "metric", "texts"),
    [
        (YES_OR_NO, "roc_auc", []),
        (CLASSES, "log_loss", []),
        (AMOUNTS, "rmse", []),
        (YES_OR_NO, "roc_auc", ["said"]),
        (AMOUNTS, "rmse", ["said"]),
    ],
)
def test_a_peer_learns_each_task(answers: Answers, metric: str, texts: list[str]) -> None:
    rows = _rows()
    known = rows["far"].fillna(0)
    labels = {
        "bool": (known > 0).to_numpy(),
        "str": np.where(known > 0.5, "high", np.where(known < -0.5, "low", "middle")),
        "float64": (3 * known).to_numpy(),
    }[answers.labels]
    columns = Columns(numbers=["far"], categories=["kind"], texts=texts, times=["at"])
    train, holdout = rows[:200], rows[200:]
    outputs, classes = peer_outputs(train, labels[:200], holdout, columns, answers)
    measured = METRICS[metric].measure(labels[200:], outputs, classes)
    assert measured > 0.9 if METRICS[metric].greater_is_better else measured < 1.0

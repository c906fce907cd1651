"""Made-up rows are distributed as the training was; what differs from it is told by column."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from keepfit.application.simulated_rows import drift_of, synthetic
from keepfit.features.schema.signature import Column, Signature
from keepfit.monitoring.definition import MonitoringDefinition
from keepfit.monitoring.profiles.profile import ReferenceProfile, profile_of
from keepfit.tasks.registry import task_of

TYPES = {"amount": "float", "age": "int", "country": "category", "new": "bool"}
SIGNATURE = Signature(
    model="credit",
    label="unpaid",
    event_time="at",
    columns=[
        *(
            Column(name=name, source="input", type=kind, nullable=name == "amount")
            for name, kind in TYPES.items()
        ),
        Column(name="at", source="input", type="timestamp"),
        Column(name="risk", source="input", type="float"),
    ],
)
ROWS = 4_000


@pytest.fixture(scope="module")
def reference() -> ReferenceProfile:
    random = np.random.default_rng(1)
    amounts = [None if random.random() < 0.1 else float(value) for value in random.gamma(2, 500, ROWS)]
    columns: dict[str, list[Any]] = {
        "amount": amounts,
        "age": random.integers(18, 90, ROWS).tolist(),
        "country": random.choice(["de", "fr", "jp"], ROWS, p=[0.7, 0.2, 0.1]).tolist(),
        "new": (random.random(ROWS) < 0.3).tolist(),
    }
    profile = profile_of(columns, TYPES)
    return profile.with_outputs(task_of(SIGNATURE.task), random.beta(2, 5, ROWS))


def test_made_up_rows_do_not_drift_and_are_drawn_again_by_their_seed(reference: ReferenceProfile) -> None:
    rows = synthetic(SIGNATURE, reference, 1_500, seed=3)
    assert synthetic(SIGNATURE, reference, 1_500, seed=3) == rows
    assert synthetic(SIGNATURE, reference, 1_500, seed=4) != rows
    drift = _drift(reference, rows)
    assert drift.drifted == []
    assert {each.column for each in drift.columns} == set(TYPES)
    assert 0.05 < np.mean([row["amount"] is None for row in rows]) < 0.15
    assert all(isinstance(row["age"], int) and isinstance(row["new"], bool) for row in rows)


def test_what_the_profile_does_not_hold_is_as_in_known_rows(reference: ReferenceProfile) -> None:
    like = [{"at": "2026-01-05T08:00:00Z", "risk": risk} for risk in (0.25, 0.75)]
    rows = synthetic(SIGNATURE, reference, 200, seed=0, like=like)
    assert {row["at"] for row in rows} == {"2026-01-05T08:00:00Z"}
    assert {row["risk"] for row in rows} == {0.25, 0.75}


def test_rows_and_answers_that_moved_are_told(reference: ReferenceProfile) -> None:
    rows = [{**row, "country": "jp"} for row in synthetic(SIGNATURE, reference, 500, seed=1)]
    drift = _drift(reference, rows, probability=0.99)
    assert {"country", "predicted probability"} <= set(drift.drifted)
    assert drift.columns[0].drifted


def test_rows_that_cannot_be_read_are_left_out_and_few_are_not_judged(reference: ReferenceProfile) -> None:
    rows: list[dict[str, Any]] = [*synthetic(SIGNATURE, reference, 20, seed=1), {"amount": "much"}, {}]
    drift = _drift(reference, rows)
    assert drift.rows == 20
    assert drift.columns == []
    assert drift.skipped["amount"] == "20 rows in the window, at least 100 are needed"


def _drift(
    reference: ReferenceProfile, rows: list[dict[str, Any]], *, probability: float | None = None
) -> Any:
    document = (
        None if probability is None else {"probabilities": [probability], "predictions": [probability > 0.5]}
    )
    return drift_of(
        SIGNATURE,
        reference,
        [(row, document) for row in rows],
        monitoring=MonitoringDefinition(drift_threshold=0.1),
    )

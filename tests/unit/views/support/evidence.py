"""What a run has beside its judgement: evaluation, explanation, search and profile."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import msgspec
import numpy as np

from keepfit.evaluation.report import (
    CalibrationError,
    CostCurve,
    Evaluation,
    Fairness,
    GroupRates,
    Period,
    RateGap,
    Slice,
    SliceSearch,
)
from keepfit.layout import rows_folder
from keepfit.monitoring.profiles.profile import profile_of
from keepfit.training.explanation.report import (
    Explanation,
    Importance,
    LearningCurve,
    LearningPoint,
    PermutationImportance,
    Shap,
    ShapColumn,
    ShapExample,
    ShapExamples,
)
from keepfit.training.runs.run import TrainingRun
from keepfit.training.selection.selection import ColumnSelection, FeatureSelection
from keepfit.views.stores import ModelStores
from tests.unit.training.support.searches import record, trial

_AT = datetime(2013, 2, 1, tzinfo=UTC)
_INTERVAL = (0.6, 0.8)

EVALUATION = Evaluation(
    candidate="boosting",
    metric="roc_auc",
    rows=500,
    declared=[
        Slice(
            conditions={"carrier": "AA"}, rows=300, metric=0.7, interval=_INTERVAL, gap=0.01, declared=True
        ),
        Slice(conditions={"carrier": "HA"}, rows=6, declared=True, note="6 rows, and a slice needs 50"),
    ],
    worst=SliceSearch(
        examined=61,
        minimum_rows=50,
        slices=[
            Slice(
                conditions={"origin": "EWR", "hour": "17 and above"},
                rows=60,
                metric=0.5,
                interval=(0.4, 0.6),
                gap=0.25,
                p_value=0.003,
            )
        ],
    ),
    fairness=[
        Fairness(
            column="sex",
            minimum_rows=30,
            groups=[GroupRates(group=name, rows=250, rates={"selection rate": 0.3}) for name in ("f", "m")],
            gaps=[RateGap(rate="selection rate", gap=0.1, interval=(0.0, 0.2), lowest="f", highest="m")],
        )
    ],
    calibration=CalibrationError(value=0.03, interval=(0.02, 0.05), by_chance=0.04),
    periods=[
        Period(
            first_event=_AT + timedelta(days=day),
            last_event=_AT + timedelta(days=day + 1),
            rows=100,
            metric=0.7,
            interval=_INTERVAL,
        )
        for day in range(3)
    ],
    cost=CostCurve(
        false_positive=1, false_negative=5, threshold=0.2, cost=0.5, points=[(0.0, 0.9), (1.0, 0.7)]
    ),
)
EXPLANATION = Explanation(
    candidate="boosting",
    permutation=PermutationImportance(
        metric="roc_auc", rows=300, columns=[Importance(column="hour", loss=0.1, interval=(0.05, 0.15))]
    ),
    shap=Shap(
        method="TreeSHAP, exact",
        unit="log-odds",
        rows=100,
        residual=1e-7,
        columns=[ShapColumn(column="hour", mean=0.4)],
    ),
    learning_curve=LearningCurve(
        metric="roc_auc",
        validation_rows=300,
        points=[
            LearningPoint(rows=rows, value=0.6 + rows / 10_000, interval=_INTERVAL)
            for rows in (250, 500, 1000)
        ],
        gain_of_doubling=0.05,
        interval=(0.01, 0.09),
    ),
)
EXAMPLES = ShapExamples(
    unit="log-odds",
    rows=[
        ShapExample(
            values={"hour": 17.0, "note": None},
            base=-1.0,
            contributions={"hour": 1.5, "note": -0.25},
            score=0.25,
            output="true",
        )
    ],
)
SEARCH = record(*(trial(number, 0.7 + number / 100, max_iter=100 + number) for number in range(2)))
SELECTION = FeatureSelection(
    method="permutation",
    columns=[
        ColumnSelection(
            column="hour", kept=True, verdict="helps", reason="it helps", importance=0.1, shadow=0.01
        ),
        ColumnSelection(
            column="note", kept=False, verdict="no help", reason="it does not", importance=0.0, shadow=0.01
        ),
    ],
    metric="roc_auc",
    rows=700,
    validation_rows=300,
)


def put_more_evidence(stores: ModelStores, run: TrainingRun) -> None:
    """The files that the page of a run draws, beside those of ``history.put_evidence``."""
    profile = profile_of(
        {"carrier": np.array(["AA", "UA"] * 50), "hour": np.arange(100) % 24},
        {"carrier": "category", "hour": "int"},
    )
    files = {
        "evaluation.json": msgspec.json.encode(EVALUATION),
        "candidates/boosting/explanation.json": msgspec.json.encode(EXPLANATION),
        "candidates/boosting/trials.json": msgspec.json.encode(SEARCH),
        "profile.json": profile.to_json(),
    }
    files["selection.json"] = msgspec.json.encode(SELECTION)
    stores.artifacts.put(
        f"{rows_folder(run.folder)}/candidates/boosting/examples.json", msgspec.json.encode(EXAMPLES)
    )
    for name, body in files.items():
        stores.artifacts.put(f"{run.folder}/{name}", body)

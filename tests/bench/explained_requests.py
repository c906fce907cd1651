"""Measures explained requests beside the same without: a part of `scripts/bench requests`."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import lightgbm
import numpy as np

from keepfit.evaluation.tasks.registry import training_task_of
from keepfit.features.schema.signature import Column, Signature, to_json
from keepfit.runtime.predict import write
from keepfit.serving.inference.scorer import Scorer
from keepfit.serving.requests.predictor import Predictor
from keepfit.tasks.spec import TaskSpec
from keepfit.training.definition import CandidateDefinition
from keepfit.training.explanation.explainers import explainer_of
from keepfit.training.trials.fit_candidate import fit
from tests.bench.figures import Comparison
from tests.bench.in_process import best_in_turns

_ROWS, _COLUMNS, _TREES, _LEAVES = 20_000, 21, 300, 31
_SIGNATURE = Signature(
    model="m",
    label="y",
    event_time=None,
    columns=[Column(name=f"c{place}", source="input", type="float") for place in range(_COLUMNS)],
)


def compared(*, rounds: int) -> Comparison:
    """A table of one row a request, of a model of boosted trees and of a linear one."""
    random = np.random.default_rng(3)
    rows = random.normal(size=(_ROWS, _COLUMNS)).astype(np.float32)
    labels = (rows[:, 0] + rows[:, 1] * rows[:, 2] + random.normal(size=_ROWS) > 0).astype(np.float64)
    event = _event(rows[0])
    trees = lightgbm.train(
        {"objective": "binary", "num_leaves": _LEAVES, "verbosity": -1, "num_threads": 1},
        lightgbm.Dataset(rows, labels),
        _TREES,
    )
    given = {"n_estimators": _TREES, "num_leaves": _LEAVES, "early_stopping_rounds": 0}
    with Path(os.devnull).open("wb") as nowhere:
        log = partial(write, nowhere.fileno())
        boosted, linear = (
            _predictor(name, parameters, rows, labels, log)
            for name, parameters in (("lightgbm", given), ("logistic_regression", {}))
        )
        ways: Mapping[str, Callable[[], object]] = {
            "linear": partial(linear.answer, event),
            "linear, explained": partial(linear.answer, _explained(event)),
            f"{_TREES} trees": partial(boosted.answer, event),
            f"{_TREES} trees, explained": partial(boosted.answer, _explained(event)),
            "LightGBM's own values, no request": partial(
                trees.predict, rows[:1], pred_contrib=True, num_threads=1
            ),
        }
        best = best_in_turns(ways, rounds=max(1, rounds // 4), seconds=0.003)
    whole = best[f"{_TREES} trees"]
    table = [
        {"way": name, "microseconds": took * 1e6, "times the trees' answer": took / whole}
        for name, took in best.items()
    ]
    return Comparison(title=f"1 row of {_COLUMNS} columns a request, CPU microseconds", rows=table)


def _predictor(
    algorithm: str, parameters: Mapping[str, Any], rows: Any, labels: Any, log: Callable[[bytes], object]
) -> Predictor:
    task = training_task_of(TaskSpec(kind="binary"))
    candidate = CandidateDefinition(algorithm=algorithm, parameters=dict(parameters))
    fitted = fit(candidate, rows, labels, task=task, code_sizes={}, seed=0)
    explainer = explainer_of(fitted, rows, _SIGNATURE, kind=task.estimator, seed=0)
    scorer = Scorer.load(fitted.to_onnx(), to_json(_SIGNATURE))
    return Predictor(scorer=scorer, model="m", version=1, log=log, explainer=lambda: explainer)


def _event(row: Any) -> dict[str, Any]:
    instance = {f"c{place}": round(float(value), 4) for place, value in enumerate(row)}
    return {"body": json.dumps({"instances": [instance]}), "isBase64Encoded": False}


def _explained(event: Mapping[str, Any]) -> dict[str, Any]:
    return {**event, "body": json.dumps({**json.loads(event["body"]), "explain": True})}

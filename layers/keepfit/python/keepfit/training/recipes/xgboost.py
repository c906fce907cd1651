"""XGBoost on codes and raw numbers: small steps, as many as validation rows still profit from."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import partial
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from keepfit.training.recipes.base import Matrix
from keepfit.training.recipes.boosting import (
    Boosted,
    BoostingProblem,
    BoostingRecipe,
    BoostingRows,
    learning_rate,
    library_parameters,
)
from keepfit.training.recipes.estimator import between
from keepfit.training.recipes.libraries import library
from keepfit.training.recipes.search_space import Real, Whole
from keepfit.training.recipes.tree_ensemble_onnx import Ensemble, Link, Tree

_OBJECTIVES: Final[Mapping[Link, str]] = {
    "sigmoid": "binary:logistic",
    "softmax": "multi:softprob",
    "target": "reg:squarederror",
}
_ALWAYS: Final = {"verbosity": 0, "nthread": 1, "tree_method": "hist", "validate_parameters": True}


def _tuned(rows: int) -> Mapping[str, Any]:
    return {
        "learning_rate": learning_rate(rows),
        "max_depth": 5,
        "min_child_weight": between(1, rows / 2000, 20),
        "colsample_bytree": 0.8,
        "subsample": 0.8,
        "reg_lambda": 1.0,
    }


def _boost(problem: BoostingProblem, parameters: Mapping[str, Any]) -> Boosted:
    xgboost = library("xgboost")
    given = library_parameters(parameters, problem, objectives=_OBJECTIVES, always=_ALWAYS)
    steps, patience = given.pop("n_estimators"), given.pop("early_stopping_rounds", None)
    data, *seen = [
        problem.binned(part, partial(_matrix, xgboost, rows))
        for part, rows in (("xgboost", problem.rows), ("xgboost validation", problem.validation))
        if rows is not None
    ]
    booster = xgboost.train(
        given,
        data,
        steps,
        evals=[(rows, "validation") for rows in seen],
        early_stopping_rounds=patience,
        verbose_eval=False,
    )
    kept = booster.best_iteration + 1 if seen and patience else booster.num_boosted_rounds()
    booster = booster[:kept]

    def answer(features: Matrix) -> npt.NDArray[np.float64]:
        return np.asarray(booster.predict(xgboost.DMatrix(features, nthread=1)), dtype=np.float64)

    return Boosted(answer=answer, steps=kept, ensemble=partial(_ensemble, booster, problem))


def _matrix(xgboost: Any, rows: BoostingRows) -> Any:
    return xgboost.DMatrix(rows.features, rows.learned, weight=rows.weights, nthread=1)


def _ensemble(booster: Any, problem: BoostingProblem) -> Ensemble:
    learner = json.loads(booster.save_raw("json"))["learner"]
    start = np.array(json.loads(learner["learner_model_param"]["base_score"]), dtype=np.float64).reshape(-1)
    if problem.link == "sigmoid":
        start = np.log(start / (1 - start))
    return Ensemble(
        trees=[_tree(tree) for tree in learner["gradient_booster"]["model"]["trees"]],
        base=np.broadcast_to(start, problem.outputs),
        includes_threshold=False,
    )


def _tree(tree: Mapping[str, Any]) -> Tree:
    # A leaf keeps its value where others keep their threshold.
    condition = np.array(tree["split_conditions"], dtype=np.float64)
    return Tree(
        column=np.array(tree["split_indices"], dtype=np.int64),
        threshold=condition.astype(np.float32),
        left=np.array(tree["left_children"], dtype=np.int64),
        right=np.array(tree["right_children"], dtype=np.int64),
        missing_left=np.array(tree["default_left"], dtype=np.bool_),
        value=condition,
        rows=np.array(tree["sum_hessian"], dtype=np.float64),
    )


RECIPE = BoostingRecipe(
    tuned=_tuned,
    space={
        "learning_rate": Real(low=0.01, high=0.2, log=True),
        "max_depth": Whole(low=2, high=8),
        "min_child_weight": Real(low=0.5, high=50.0, log=True),
        "colsample_bytree": Real(low=0.3, high=1.0),
        "subsample": Real(low=0.5, high=1.0),
        "reg_lambda": Real(low=0.01, high=30.0, log=True),
    },
    accepts=frozenset(
        {
            "max_depth",
            "max_leaves",
            "grow_policy",
            "min_child_weight",
            "gamma",
            "colsample_bytree",
            "colsample_bylevel",
            "colsample_bynode",
            "subsample",
            "max_bin",
        }
    ),
    boost=_boost,
)

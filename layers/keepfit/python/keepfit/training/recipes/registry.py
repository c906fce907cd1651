"""The registry of recipes, by the names in definitions; imports one on first use.

Definitions are read where nothing trains, so what they may say of a recipe stands here, beside where it is.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import import_module
from typing import TYPE_CHECKING, Final, Literal

from keepfit.evaluation.tasks.estimator import Estimator

if TYPE_CHECKING:
    from keepfit.training.recipes.base import Recipe


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """A recipe as definitions see it.

    Args:
        module: holds it as ``RECIPE``.
        estimators: what it learns: labels that are one of some, numbers, or both.
        class_weights: the keywords of its class_weight, which takes numbers as well; without any it has none.
        packages: what it needs beside scikit-learn; of several names the one that is installed.
        searched: the parameters of its search space, by what it learns.
    """

    module: str
    estimators: tuple[Estimator, ...] = ("classifier", "regressor")
    class_weights: tuple[str, ...] = ("balanced",)
    packages: tuple[str, ...] = ()
    searched: Mapping[Estimator, tuple[str, ...]] = field(default_factory=dict)


def _alike(*names: str) -> Mapping[Estimator, tuple[str, ...]]:
    return {"classifier": names, "regressor": names}


_FOREST: Final = _alike("n_estimators", "max_leaf_nodes", "min_samples_leaf", "max_features", "max_samples")

OWN_CODE: Final = "own_code"
STACKING: Final = "stacking"

LISTINGS: Final[Mapping[str, Listing]] = {
    "logistic_regression": Listing(
        module="keepfit.training.recipes.logistic_regression",
        estimators=("classifier",),
        searched={"classifier": ("C",)},
    ),
    "ridge": Listing(
        module="keepfit.training.recipes.ridge", estimators=("regressor",), searched={"regressor": ("alpha",)}
    ),
    "hist_gradient_boosting": Listing(
        module="keepfit.training.recipes.hist_gradient_boosting",
        searched=_alike(
            "learning_rate", "max_leaf_nodes", "min_samples_leaf", "max_features", "l2_regularization"
        ),
    ),
    "random_forest": Listing(
        module="keepfit.training.recipes.random_forest",
        class_weights=("balanced", "balanced_subsample"),
        searched=_FOREST,
    ),
    "extra_trees": Listing(
        module="keepfit.training.recipes.extra_trees",
        class_weights=("balanced", "balanced_subsample"),
        searched=_FOREST,
    ),
    "elastic_net": Listing(
        module="keepfit.training.recipes.elastic_net",
        searched={"classifier": ("C", "l1_ratio"), "regressor": ("alpha", "l1_ratio")},
    ),
    "lightgbm": Listing(
        module="keepfit.training.recipes.lightgbm",
        packages=("lightgbm",),
        searched=_alike(
            "learning_rate", "num_leaves", "min_child_samples", "colsample_bytree", "subsample", "reg_lambda"
        ),
    ),
    "xgboost": Listing(
        module="keepfit.training.recipes.xgboost",
        packages=("xgboost-cpu", "xgboost"),
        searched=_alike(
            "learning_rate", "max_depth", "min_child_weight", "colsample_bytree", "subsample", "reg_lambda"
        ),
    ),
    STACKING: Listing(
        module="keepfit.training.recipes.stacking", packages=("lightgbm", "xgboost-cpu", "xgboost")
    ),
    "dummy": Listing(module="keepfit.training.recipes.dummy", class_weights=()),
    OWN_CODE: Listing(module="keepfit.training.recipes.own_code"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Default:
    """An algorithm that is tried unasked; of more than ``max_rows`` training rows it is not."""

    algorithm: str
    max_rows: int | None = None


# A straight line has learned what it can of fewer rows, and its one-hot columns would fill the memory.
_LINEAR_ROWS: Final = 200_000
# The fewer the rows, the more chance is in one model, and the less it costs to fit several.
_STACKED_ROWS: Final = 20_000
_BOOSTING: Final = {"lightgbm": Default(algorithm="lightgbm"), "xgboost": Default(algorithm="xgboost")}
_STACKED: Final = {"stacked": Default(algorithm=STACKING, max_rows=_STACKED_ROWS)}
DEFAULTS: Final[Mapping[Estimator, Mapping[str, Default]]] = {
    "classifier": {
        "logistic": Default(algorithm="logistic_regression", max_rows=_LINEAR_ROWS),
        **_BOOSTING,
        **_STACKED,
    },
    "regressor": {"linear": Default(algorithm="ridge", max_rows=_LINEAR_ROWS), **_BOOSTING, **_STACKED},
}
"""What is tried where a definition names no candidate, by the candidates' names."""
MOST_DEFAULTS: Final = max(map(len, DEFAULTS.values()))

if TYPE_CHECKING:
    Algorithm = str
else:
    # What a definition may name is what is listed.
    Algorithm = Literal[tuple(LISTINGS)]


def recipe_of(algorithm: str) -> Recipe:
    """The recipe listed under ``name``. Raises KeyError for an unknown name."""
    recipe: Recipe = import_module(LISTINGS[algorithm].module).RECIPE
    return recipe

"""Extremely randomized trees on raw codes and imputed numbers."""

from __future__ import annotations

from functools import partial

from sklearn.ensemble import ExtraTreesClassifier, ExtraTreesRegressor

from keepfit.training.recipes.estimator import EstimatorRecipe
from keepfit.training.recipes.forests import FOREST_SPACES, assemble_forest, forest_parameters

RECIPE = EstimatorRecipe(
    parameters=partial(forest_parameters, bootstrap=True),
    assemble={
        "classifier": partial(assemble_forest, ExtraTreesClassifier),
        "regressor": partial(assemble_forest, ExtraTreesRegressor),
    },
    spaces=FOREST_SPACES,
)

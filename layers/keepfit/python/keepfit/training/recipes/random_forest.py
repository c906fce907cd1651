"""A random forest on raw codes and imputed numbers."""

from __future__ import annotations

from functools import partial

from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor

from keepfit.training.recipes.estimator import EstimatorRecipe
from keepfit.training.recipes.forests import FOREST_SPACES, assemble_forest, forest_parameters

RECIPE = EstimatorRecipe(
    parameters=forest_parameters,
    assemble={
        "classifier": partial(assemble_forest, RandomForestClassifier),
        "regressor": partial(assemble_forest, RandomForestRegressor),
    },
    spaces=FOREST_SPACES,
)

"""The registry of recipes, by the names in definitions; imports one on first use.

Definitions are read where nothing trains, so what they may say of a recipe stands here, beside where it is.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Final, Literal

if TYPE_CHECKING:
    from keepfit.training.recipes.base import Recipe


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """A recipe's module, which holds it as ``RECIPE``, and the keywords of its class_weight.

    class_weight takes numbers as well.
    """

    module: str
    class_weights: tuple[str, ...] = ("balanced",)


LISTINGS: Final[Mapping[str, Listing]] = {
    "logistic_regression": Listing(module="keepfit.training.recipes.logistic_regression"),
    "hist_gradient_boosting": Listing(module="keepfit.training.recipes.hist_gradient_boosting"),
    "random_forest": Listing(
        module="keepfit.training.recipes.random_forest", class_weights=("balanced", "balanced_subsample")
    ),
}

if TYPE_CHECKING:
    Algorithm = str
else:
    # What a definition may name is what is listed.
    Algorithm = Literal[tuple(LISTINGS)]


def recipe_of(algorithm: str) -> Recipe:
    """The recipe listed under ``name``. Raises KeyError for an unknown name."""
    recipe: Recipe = import_module(LISTINGS[algorithm].module).RECIPE
    return recipe

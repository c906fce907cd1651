"""Own code makes any estimator that exports exactly; what fails in it is told with its line."""

from __future__ import annotations

import pytest

from keepfit.errors import InvalidDefinition, ParityFailed
from keepfit.training.definition import CandidateDefinition
from keepfit.training.recipes.base import Fitted
from keepfit.training.trials.fit_candidate import fit
from keepfit.training.trials.parity import compare
from tests.unit.training.support.tables import CODE_SIZES, rows, task_of

_NAIVE_BAYES = """
from dataclasses import dataclass
from sklearn.naive_bayes import GaussianNB
from keepfit.training.recipes.preparation import one_hot_and_scaled

@dataclass
class Settings:
    smoothing: float

def estimator(columns, seed, smoothing=1e-3):
    return one_hot_and_scaled(columns, GaussianNB(var_smoothing=Settings(smoothing).smoothing))
"""
_REGRESSION = """
from sklearn.linear_model import QuantileRegressor
from keepfit.training.recipes.preparation import one_hot_and_scaled

def estimator(columns, seed):
    return one_hot_and_scaled(columns, QuantileRegressor(quantile=0.5, alpha=0.001))
"""
_NOT_CONVERTED = """
from sklearn.base import BaseEstimator, ClassifierMixin
import numpy as np

class Half(ClassifierMixin, BaseEstimator):
    def fit(self, features, labels):
        self.classes_ = np.unique(labels)
        return self
    def predict_proba(self, features):
        return np.full((len(features), 2), 0.5)

def estimator(columns, seed):
    return Half()
"""


def fitted_to(code: str, kind: str = "binary", **parameters: float) -> Fitted:
    table = rows(500, kind=kind)
    candidate = CandidateDefinition(algorithm="own_code", code=code, parameters=dict(parameters))
    return fit(candidate, table.features, table.labels, task=task_of(kind), code_sizes=CODE_SIZES, seed=0)


@pytest.mark.parametrize(
    ("kind", "code"), [("binary", _NAIVE_BAYES), ("multiclass", _NAIVE_BAYES), ("regression", _REGRESSION)]
)
def test_an_estimator_of_ones_own_is_fitted_and_exported_exactly(kind: str, code: str) -> None:
    fitted, unseen = fitted_to(code, kind), rows(200, seed=1, kind=kind).features
    parity = compare(
        fitted,
        fitted.to_onnx(),
        unseen,
        task=task_of(kind).serving,
        code_sizes=CODE_SIZES,
        tolerance=1e-5,
        seed=0,
    )
    assert (parity.worst, parity.flipped_labels) == ([], 0)


def test_parameters_of_the_definition_are_the_functions_own() -> None:
    raws = [fitted_to(_NAIVE_BAYES, smoothing=value).raw(rows(50).features) for value in (1e-3, 1.0)]
    assert raws[0] != pytest.approx(raws[1])
    with pytest.raises(InvalidDefinition, match=r"estimator.py: TypeError: .*'depth'"):
        fitted_to(_NAIVE_BAYES, depth=3)


def test_what_fails_in_the_code_is_told_with_its_line() -> None:
    with pytest.raises(InvalidDefinition, match=r"estimator.py, line 3: ZeroDivisionError"):
        fitted_to("def estimator(columns, seed):\n    rate = 0\n    return 1 / rate\n")


def test_an_estimator_without_a_converter_is_refused_by_its_name() -> None:
    with pytest.raises(ParityFailed, match=r"estimator\.py trains a Half, which cannot be exported to ONNX"):
        fitted_to(_NOT_CONVERTED).to_onnx()

"""The kinds of estimators: classifiers and regressors."""

from __future__ import annotations

from typing import Literal

Estimator = Literal["classifier", "regressor"]
"""What an algorithm learns: a label that is one of some, or a number."""

"""What kinds of algorithms there are, by what they learn."""

from __future__ import annotations

from typing import Literal

Estimator = Literal["classifier", "regressor"]
"""What an algorithm learns: a label that is one of some, or a number."""

"""The interface of gates, and how outputs look in their reasons."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from keepfit.registry.release_report import ReleaseReport
from keepfit.registry.verdicts import Verdict
from keepfit.training.judging.evidence import Evidence

Gate = Callable[[Evidence], Verdict | None]
"""The verdict by the evidence; None where the definition does not ask, or there is nothing to judge."""

ReleaseGate = Callable[[ReleaseReport], Verdict]
"""The verdict by the answers of a release over HTTPS."""


def shown(outputs: Any) -> str:
    """The outputs of a row, for messages."""
    return ", ".join(f"{output:.6f}" for output in np.atleast_1d(outputs))

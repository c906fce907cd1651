"""How many examples a property test draws: fewer in every run, many more in `scripts/prove tests`."""

from __future__ import annotations

import os

from hypothesis import settings

EFFORT = float(os.environ.get("KEEPFIT_TEST_EFFORT", "0.3"))


def examples(most: int) -> settings:
    """Settings by which a test draws ``most`` examples at an effort of 1, but never fewer than three."""
    return settings(max_examples=max(3, round(most * EFFORT)))

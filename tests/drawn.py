"""How many examples a property test draws, and which: the same in every run, new ones in `scripts/prove tests`."""

from __future__ import annotations

import os

from hypothesis import settings

EFFORT = float(os.environ.get("KEEPFIT_TEST_EFFORT", "0.3"))
# What a change must pass fails for what the change does, never for what was drawn that day.
DRAWS_NEW_ONES = EFFORT >= 1


def examples(most: int) -> settings:
    """Settings by which a test draws ``most`` examples at an effort of 1, but never fewer than three."""
    return settings(max_examples=max(3, round(most * EFFORT)), derandomize=not DRAWS_NEW_ONES)

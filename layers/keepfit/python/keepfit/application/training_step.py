"""A step of the training image: to its end, again after passing faults, and recorded where it fails."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, Protocol

from keepfit.errors import Transient

# The state machine takes a step that failed for a candidate that cannot be trained: nobody else repeats it.
_MAX_ATTEMPTS: Final = 3


class TrainingStep(Protocol):
    """Trains a candidate, measures trials or selects features."""

    def run(self, tell: Callable[[str], None]) -> None:
        """Does it; doing it again gives the same."""
        ...

    def fail(self, error: Exception) -> None:
        """Records why it cannot be done."""
        ...


def run_step(
    step: TrainingStep, tell: Callable[[str], None], *, goes_on: tuple[type[Exception], ...] = ()
) -> None:
    """Runs a step; what it raises in the end is recorded, unless the step ``goes_on`` elsewhere after it.

    Raises:
        Exception: whatever the step raised.
    """
    for attempts_left in reversed(range(_MAX_ATTEMPTS)):
        try:
            step.run(tell)
        except goes_on:
            raise
        except Exception as error:
            if isinstance(error, Transient) and attempts_left:
                tell(f"{type(error).__name__}: {error}; trying again")
                continue
            step.fail(error)
            raise
        return

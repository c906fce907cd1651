"""Limits of a state machine execution: history events, time, and evaluations of a canary.

Source: quotas of AWS Step Functions (25,000 events of history, one year) and retention of Amazon CloudWatch (data
points of one minute are kept for 15 days).
"""

from __future__ import annotations

from keepfit.instants import Duration

MAX_EXECUTION = Duration.parse("365d")
"""Step Functions ends an execution after a year."""
MAX_COOLDOWN = Duration.parse("364d")
"""An execution that waits for its end has time left to ask again."""
MAX_BAKING = Duration.parse("14d")
"""From a canary's first request to the last look at it: a day less than CloudWatch keeps its requests by the minute."""
MAX_CANDIDATES = 20
"""Ten are tried at a time, each for six hours and a quarter at most: see ``rate_limit.TRAINING``."""

MAX_EVENTS = 25_000
EVENTS_OF_A_LOOK = 9
"""Waiting (2), asking a function (5), choosing by its answer (2)."""
EVENTS_OF_A_CANDIDATE = 340
"""A function, a task on spot and one on demand that are refused at every attempt, or accepted and never run, as often
as each is tried, and are recorded."""
EVENTS_OF_ALL_ELSE = 1_100
"""Every other state, entered once, its function asked again at every attempt."""
_SPARE = 0.9
"""So much of the rest is for looks: what remains is for those whose function had to be asked again."""


def looks(baking_limit: Duration, evaluation_period: Duration) -> int:
    """The number of evaluations of a canary until ``baking_limit`` has passed.

    ``evaluation_period`` is greater than 0.

    >>> looks(Duration.parse("1h"), Duration.parse("7m"))
    9
    """
    return -(-baking_limit.seconds // evaluation_period.seconds)


def most_looks(candidates: int) -> int:
    """The number of evaluations that an execution's history has room for after ``candidates``."""
    room = MAX_EVENTS - EVENTS_OF_ALL_ELSE - EVENTS_OF_A_CANDIDATE * candidates
    return max(int(room * _SPARE) // EVENTS_OF_A_LOOK, 0)

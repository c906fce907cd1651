"""A model's subscription: the datasets, the alarm and the executions whose events concern it.

A model's stack publishes its subscription, which exists as long as the stack does.
"""

from __future__ import annotations

import msgspec


class Subscription(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The events that one model listens to, and the targets of its orders.

    ``machine`` is the ARN of its training state machine; ``move_alias`` and ``close_run`` are names of functions.
    ``predict`` is the one that serves, and ``stack`` the id of the stack, whose Lambda versions are counted anew in
    another one; stacks of before name neither. ``takes_outcomes`` is whether clients report outcomes by prediction id,
    and ``graph_models`` are the other models of its graph. ``decay_alarms`` start a training as the drift alarm does.
    """

    model: str
    datasets: list[str]
    drift_alarm: str
    machine: str
    move_alias: str
    close_run: str
    predict: str | None = None
    stack: str | None = None
    takes_outcomes: bool = False
    graph_models: list[str] = []
    decay_alarms: list[str] = []

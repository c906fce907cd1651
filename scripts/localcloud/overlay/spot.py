"""Spot capacity that is taken back: a task stopped with AWS's own reason counts as interrupted."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

SPOT_REASON: Final = "Your Spot Task was interrupted."
"""What AWS says of such a task."""


def interrupted(mark: Callable[..., Any]) -> Callable[..., Any]:
    """Marks a task on spot capacity that was stopped for this reason as interrupted, not as stopped."""

    def mark_stopped(
        task_arn: str, task: dict[str, Any], reason: str, stop_code: str, *rest: Any, **more: Any
    ) -> Any:
        if reason == SPOT_REASON and task.get("capacityProviderName") == "FARGATE_SPOT":
            stop_code = "SpotInterruption"
        return mark(task_arn, task, reason, stop_code, *rest, **more)

    return mark_stopped

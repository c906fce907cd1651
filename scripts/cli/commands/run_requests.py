"""Follows a requested run, for `keepfit train` and `keepfit release`: options, progress, result."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Annotated, Any

import typer

from cli.exits import Exit
from cli.output import Shown, working
from cli.places.deployment import Deployment
from cli.places.executions import Course, current_state, look
from cli.rendering.tables import facts
from keepfit.training.runs.run import ABANDONED, ABORTED

Why = Annotated[str, typer.Option(help="The reason, for the record.")]
Wait = Annotated[bool, typer.Option("--wait", help="Wait until the run has ended.")]
Timeout = Annotated[float, typer.Option(help="The most seconds to wait.", min=0)]

TIMEOUT_S = 3600.0
_POLL_S = 0.5
# One call of a function, with a cold start and retries.
_ADMISSION_TIMEOUT_S = 60.0


def course_of(deployment: Deployment, model: str, execution: str, *, wait: bool, timeout: float) -> Course:
    """Waits for admission's decision, or with ``wait`` for the end; the progress then, or at the timeout."""
    with working(f"asking for a run of {model}") as tell:
        timeout_s = timeout if wait else _ADMISSION_TIMEOUT_S
        return _follow(deployment, model, execution, to_the_end=wait, timeout_s=timeout_s, tell=tell)


def shown(model: str, execution: str, course: Course, *, waited: bool, hints: tuple[str, ...] = ()) -> Shown:
    """The result of a request; ``hints`` are commands to go on with, besides the obvious one."""
    run = course.run
    document = {
        "model": model,
        "execution": execution,
        "admitted": run is not None,
        "suppressed": course.suppressed,
        "run_id": run.run_id if run else None,
        "outcome": run.outcome if run else None,
        "reason": run.reason if run else None,
        "version": run.version if run else None,
        "failure": course.failure,
    }
    next_one = f"keepfit runs show {run.run_id}" if run else f"keepfit runs {model} --suppressed"
    return Shown(
        document=document,
        parts=(_parts(model, course),),
        hints=tuple(f"Next: {hint}" for hint in (next_one, *hints)),
        exit_code=_exit(course, waited=waited),
    )


def _follow(
    deployment: Deployment,
    model: str,
    execution: str,
    *,
    to_the_end: bool,
    timeout_s: float,
    tell: Callable[[str], None],
) -> Course:
    """Polls an execution until it has ended (or admission has decided), or the timeout is over."""
    end = time.monotonic() + timeout_s
    while True:
        course = look(deployment, model, execution)
        if course.ended or (course.run is not None and not to_the_end) or time.monotonic() > end:
            return course
        tell(f"{model}: {current_state(deployment, execution)}")
        time.sleep(_POLL_S)


def _exit(course: Course, *, waited: bool) -> Exit:
    if course.suppressed is not None:
        return Exit.REFUSED
    if course.failure is not None or (course.run and course.run.outcome in (ABANDONED, ABORTED)):
        return Exit.FAILED
    if course.run is None or (waited and not course.ended):
        return Exit.UNFINISHED
    return Exit.OK


def _parts(model: str, course: Course) -> Any:
    run = course.run
    if run is None:
        reason = course.suppressed or course.failure or "admission has not decided yet"
        return f"No run of {model}: {reason}"
    pairs = [("outcome", run.outcome or "under way"), ("reason", run.reason), ("version", run.version)]
    return facts(
        f"Run {run.run_id} of {model}", [*pairs, ("failure", course.failure)] if course.failure else pairs
    )

"""`keepfit train`: a person asks for a training."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Annotated, Any

import typer

from cli.command import at_place
from cli.executions import Course, current_state, look, start
from cli.exits import Exit
from cli.groups import OneModel
from cli.output import Shown, working
from cli.site import Site
from cli.tables import facts
from keepfit.training.runs import ABANDONED, ABORTED

_LOOK_EVERY_S = 0.5
# Admission is one call of a function; the rest is for a cold start and retries.
_ADMISSION_S = 60.0


@at_place
def train(
    site: Site,
    model: OneModel,
    why: Annotated[str, typer.Option(help="The reason, for the record.")] = "",
    force: Annotated[
        bool,
        typer.Option("--force", help="Whatever cooldown and daily cap say, and although nothing is new."),
    ] = False,
    wait: Annotated[bool, typer.Option("--wait", help="Until the run has ended.")] = False,
    timeout: Annotated[float, typer.Option(help="How many seconds --wait waits.", min=0)] = 3600.0,
) -> Shown:
    """Asks for a training and says what admission decided; exit code 4 where it refused, with the reason."""
    with working(f"asking for a training of {model}") as tell:
        execution = start(site, model, why=why, force=force)
        patience_s = timeout if wait else _ADMISSION_S
        course = _follow(site, model, execution, to_the_end=wait, patience_s=patience_s, tell=tell)
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
    hints = [f"keepfit runs show {run.run_id}" if run else f"keepfit runs {model} --suppressed"]
    if course.suppressed and not force:
        hints.append(f"keepfit train {model} --force overrules cooldown, daily cap and that nothing is new")
    return Shown(
        document=document,
        parts=(_parts(model, course),),
        hints=tuple(f"Next: {hint}" for hint in hints),
        exit_code=_exit(course, waited=wait),
    )


def _follow(
    site: Site,
    model: str,
    execution: str,
    *,
    to_the_end: bool,
    patience_s: float,
    tell: Callable[[str], None],
) -> Course:
    """The last look at an execution: when it has ended (or was decided on), or patience has."""
    end = time.monotonic() + patience_s
    while True:
        course = look(site, model, execution)
        if course.ended or (course.run is not None and not to_the_end) or time.monotonic() > end:
            return course
        tell(f"{model}: {current_state(site, execution)}")
        time.sleep(_LOOK_EVERY_S)


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
        said = course.suppressed or course.failure or "admission has not decided yet"
        return f"No training of {model}: {said}"
    pairs = [("outcome", run.outcome or "under way"), ("reason", run.reason), ("version", run.version)]
    return facts(
        f"Run {run.run_id} of {model}", [*pairs, ("failure", course.failure)] if course.failure else pairs
    )

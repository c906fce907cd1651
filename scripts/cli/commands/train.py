"""`keepfit train`: a person asks for a training."""

from __future__ import annotations

from typing import Annotated

import typer

from cli.commands.run_requests import TIMEOUT_S, Timeout, Wait, Why, course_of, shown
from cli.framework.command import at_place
from cli.framework.groups import OneModel
from cli.output import Shown
from cli.places.deployment import Deployment
from cli.places.executions import start_training


@at_place
def train(
    deployment: Deployment,
    model: OneModel,
    why: Why = "",
    force: Annotated[
        bool,
        typer.Option("--force", help="Ignore cooldown, daily cap and that nothing is new."),
    ] = False,
    wait: Wait = False,
    timeout: Timeout = TIMEOUT_S,
) -> Shown:
    """Asks for a training and says what admission decided; exit code 4 where it refused, with the reason."""
    execution = start_training(deployment, model, why=why, force=force)
    course = course_of(deployment, model, execution, wait=wait, timeout=timeout)
    # What nobody can overrule is a run under way: `keepfit rollback` ends one whose canary bakes.
    busy = "is under way" in (course.suppressed or "")
    overruled = f"keepfit train {model} --force overrules cooldown, daily cap and that nothing is new"
    ends = f"keepfit runs list {model} says how far it is; keepfit rollback {model} ends its canary, if it has one"
    hints = (ends if busy else overruled,) if course.suppressed and (busy or not force) else ()
    return shown(model, execution, course, waited=wait, hints=hints)

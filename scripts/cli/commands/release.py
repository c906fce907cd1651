"""`keepfit release`: releases a registered version with the handler and layers of today."""

from __future__ import annotations

from typing import Annotated

import typer

from cli.commands.run_requests import TIMEOUT_S, Timeout, Wait, Why, course_of, shown
from cli.framework.command import at_place
from cli.framework.groups import OneModel
from cli.output import Shown
from cli.places.deployment import Deployment
from cli.places.executions import start_release


@at_place
def release(
    deployment: Deployment,
    model: OneModel,
    version: Annotated[
        int | None, typer.Argument(help="A registered version; the one that serves by default.", min=1)
    ] = None,
    why: Why = "",
    wait: Wait = False,
    timeout: Timeout = TIMEOUT_S,
) -> Shown:
    """Packages a registered version with the handler and layers of today, and releases it by a canary."""
    number = version if version is not None else deployment.serving(model).version
    deployment.versions(model).get(number)
    execution = start_release(deployment, model, number, why=why)
    course = course_of(deployment, model, execution, wait=wait, timeout=timeout)
    return shown(model, execution, course, waited=wait, hints=(f"keepfit ledger {model}",))

"""`keepfit train`: asks for a training, of the data that is there or of a file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cli.commands.run_requests import TIMEOUT_S, Timeout, Wait, Why, course_of, shown
from cli.exits import CommandError, Exit
from cli.framework.command import at_any_place
from cli.framework.groups import OneModel
from cli.output import Shown, working
from cli.places.chosen_place import Where
from cli.places.deployment import Deployment
from cli.places.executions import Course, start_training

File = Annotated[
    Path | None,
    typer.Argument(help="A file to learn from: an embedded cloud is brought up for it where none is."),
]


@at_any_place
def train(
    where: Where,
    model: OneModel,
    file: File = None,
    why: Why = "",
    force: Annotated[
        bool,
        typer.Option("--force", help="Ignore cooldown, daily cap and that nothing is new."),
    ] = False,
    wait: Wait = False,
    timeout: Timeout = TIMEOUT_S,
) -> Shown:
    """Asks for a training, and shows the decision; with FILE, deploys the model here and uploads first."""
    if file is not None:
        return _of_file(where, model, file, why=why, force=force, wait=wait, timeout=timeout)
    deployment = where.deployment()
    execution = start_training(deployment, model, why=why, force=force)
    return _followed(deployment, model, execution, force=force, wait=wait, timeout=timeout)


def _followed(
    deployment: Deployment, model: str, execution: str, *, force: bool, wait: bool, timeout: float
) -> Shown:
    course = course_of(deployment, model, execution, wait=wait, timeout=timeout)
    return shown(model, execution, course, waited=wait, hints=_hints(model, course, force=force))


def _hints(model: str, course: Course, *, force: bool) -> tuple[str, ...]:
    # Force cannot overrule a run under way; `keepfit rollback` ends one whose canary bakes.
    busy = "is under way" in (course.suppressed or "")
    overruled = f"keepfit train {model} --force overrules cooldown, daily cap and that nothing is new"
    ends = f"keepfit runs list {model} says how far it is; keepfit rollback {model} ends its canary, if it has one"
    return (ends if busy else overruled,) if course.suppressed and (busy or not force) else ()


def _of_file(
    where: Where, model: str, file: Path, *, why: str, force: bool, wait: bool, timeout: float
) -> Shown:
    # It brings up clouds, which a training of what is there should not pay for.
    from cli.commands import train_file  # noqa: PLC0415

    if not file.is_file():
        raise CommandError(f"there is no file {file}", Exit.NOT_FOUND)
    dataset = train_file.dataset_of(model)
    with working(f"preparing {model}") as tell:
        deployment = train_file.ready_deployment(where, model, tell)
        upload = train_file.upload_once(deployment, dataset, file, timeout=timeout, tell=tell)
        if upload["outcome"] != "taken":
            return train_file.refused(upload, model, dataset)
        execution = train_file.execution_of(
            deployment, model, dataset, upload, why=why, force=force, tell=tell
        )
    ended = _followed(deployment, model, execution, force=force, wait=wait, timeout=timeout)
    served, parts = train_file.serving(deployment, model) if wait else ({"serving": None}, ())
    return Shown(
        document={**ended.document, "upload": upload, **served},
        parts=(*ended.parts, *parts),
        hints=ended.hints,
        exit_code=ended.exit_code,
    )

"""`keepfit import`: asks for a finished ONNX model to be judged and released like a trained one."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cli.commands.run_requests import TIMEOUT_S, Timeout, Wait, Why, course_of, shown
from cli.exits import CommandError, Exit
from cli.framework.command import at_place
from cli.framework.groups import OneModel
from cli.output import Shown
from cli.places.deployment import Deployment
from cli.places.executions import start_import
from keepfit.errors import InvalidModel
from keepfit.layout import ModelScope
from keepfit.registry.artifact_store import sha256
from keepfit.registry.onnx_inspection import MAX_BYTES, admit


@at_place
def import_model(
    deployment: Deployment,
    model: OneModel,
    file: Annotated[Path, typer.Argument(help="An ONNX file: an input for each column, by its name.")],
    why: Why = "",
    wait: Wait = False,
    timeout: Timeout = TIMEOUT_S,
) -> Shown:
    """Takes a finished ONNX file as a run's only candidate, judged and released like a trained one."""
    body = _inspected(file)
    digest = sha256(body)
    deployment.artifacts.put_new(ModelScope(model).imported(digest), body)
    execution = start_import(deployment, model, sha256=digest, file=file.name, why=why)
    course = course_of(deployment, model, execution, wait=wait, timeout=timeout)
    return shown(model, execution, course, waited=wait, hints=(f"keepfit ledger {model}",))


def _inspected(file: Path) -> bytes:
    """The file, which the training task inspects again."""
    if not file.is_file():
        raise CommandError(f"there is no file {file}", Exit.NOT_FOUND)
    if file.stat().st_size > MAX_BYTES:
        raise CommandError(
            f"{file} has {file.stat().st_size} bytes; up to {MAX_BYTES} are accepted", Exit.REFUSED
        )
    body = file.read_bytes()
    try:
        admit(body)
    except InvalidModel as error:
        raise CommandError(f"{file}: {error}", Exit.REFUSED) from error
    return body

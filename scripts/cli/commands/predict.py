"""`keepfit predict`: sends instances as any client does."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from cli.clients import https
from cli.clients.token import bearer_token
from cli.exits import CommandError, Exit
from cli.framework.command import at_place
from cli.framework.groups import OneModel
from cli.output import Shown
from cli.places.deployment import Deployment
from cli.rendering.tables import table

_AT_ONCE = 1000
"""Instances in one request: well below what the API takes."""
_ONCE = ("model", "model_version", "classes", "interval_level", "interval_coverage")
"""What an answer says once; all else has an element for each instance."""
_COLUMNS = {"predictions": "prediction", "probabilities": "probability", "prediction_ids": "id"}


@at_place
def predict(
    deployment: Deployment,
    model: OneModel,
    file: Annotated[
        str | None,
        typer.Option(
            "--file", "-f", help="JSON or JSON Lines: instances, a list, or a request body; - is stdin."
        ),
    ] = None,
    instance: Annotated[
        list[str] | None, typer.Option("--instance", help="One instance as JSON; repeatable.")
    ] = None,
) -> Shown:
    """Sends instances to the prediction API and shows the answer."""
    url = deployment.predict_url(model)
    instances = _instances(file, instance or [])
    answers = [_ask(deployment, url, instances, start) for start in range(0, len(instances), _AT_ONCE)]
    versions = sorted({answer["model_version"] for answer in answers})
    keys = [key for key in answers[-1] if key not in _ONCE]
    document = {
        **answers[-1],
        **{key: [row for answer in answers for row in answer[key]] for key in keys},
    }
    rows = zip(*(document[key] for key in keys), strict=True)
    served = " and ".join(str(version) for version in versions)
    shown = table(f"{model}, version {served}", [_COLUMNS.get(key, key) for key in keys], rows)
    return Shown(document=document, parts=(shown,))


def _ask(deployment: Deployment, url: str, instances: list[Any], start: int) -> dict[str, Any]:
    """The answer to the instances from ``start`` on, up to as many as one request holds."""
    answer = https.post(
        url,
        json.dumps({"instances": instances[start : start + _AT_ONCE]}).encode(),
        {"content-type": "application/json", "authorization": f"Bearer {bearer_token(deployment)}"},
        ca_bundle=deployment.place.ca_bundle,
    )
    if answer.status != 200:
        raise _refused(url, answer, start)
    return dict(json.loads(answer.body))


def _refused(url: str, answer: https.Response, start: int) -> CommandError:
    """What the API said; rows are counted over all instances, from 0."""
    try:
        error = json.loads(answer.body)
    except ValueError:
        error = {"message": answer.body[:500].decode(errors="replace")}
    error = error.get("error", error) if isinstance(error, dict) else {"message": str(error)}
    message = f"HTTP {answer.status} from {url}: {error.get('message', error)}"
    details = [{**detail, "row": detail["row"] + start} for detail in error.get("details", [])]
    code = Exit.REFUSED if answer.status < 500 else Exit.FAILED
    if answer.status in (404, 503):  # no such model; none of its versions is released
        code = Exit.NOT_FOUND
    return CommandError(message, code, error.get("code"), details)


def _instances(file: str | None, instances: list[str]) -> list[Any]:
    texts = [*instances, *([] if file is None else [_read(file)])]
    parsed = [instance for text in texts for instance in _parse(text)]
    if not parsed:
        raise CommandError("no instance was given; use --instance or --file", Exit.USAGE)
    return parsed


def _read(file: str) -> str:
    if file == "-":
        return sys.stdin.read()
    path = Path(file)
    if not path.is_file():
        raise CommandError(f"there is no file {path}", Exit.NOT_FOUND)
    return path.read_text(encoding="utf-8")


def _parse(text: str) -> list[Any]:
    """The instances of one JSON document, or of JSON Lines."""
    try:
        document = json.loads(text)
    except ValueError as error:
        # Not splitlines: JSON may hold U+2028 and U+0085 as they are.
        lines = [line for line in text.split("\n") if line.strip()]
        if len(lines) < 2:
            raise CommandError(f"the instances are not JSON: {error}", Exit.USAGE) from error
        return [instance for line in lines for instance in _parse(line)]
    if isinstance(document, dict):
        document = document.get("instances", document)
    return document if isinstance(document, list) else [document]

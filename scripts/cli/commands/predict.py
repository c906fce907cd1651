"""`keepfit predict`: sends instances as any client does."""

from __future__ import annotations

import json
from typing import Annotated, Any

import typer

from cli.clients import https
from cli.clients.json_requests import objects_of, refused
from cli.clients.token import bearer_token
from cli.framework.command import at_place
from cli.framework.groups import OneModel
from cli.output import Shown
from cli.places.deployment import Deployment
from cli.rendering.explanations import explanation_parts, merged
from cli.rendering.tables import table

_AT_ONCE = 1000
"""Instances in one request: well below what the API takes."""
_EXPLAINED_AT_ONCE = 100
"""The same where each answer is explained: so many as the API takes."""
_ONCE = ("model", "model_version", "classes", "interval_level", "interval_coverage", "explanation")
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
    explain: Annotated[
        bool, typer.Option("--explain", help="Show what each column adds to the score of each instance.")
    ] = False,
) -> Shown:
    """Sends instances to the prediction API and shows the answer."""
    url = deployment.predict_url(model)
    instances = objects_of(file, instance or [], what="instance", key="instances")
    at_once = _EXPLAINED_AT_ONCE if explain else _AT_ONCE
    bodies = [{"instances": instances[n : n + at_once]} for n in range(0, len(instances), at_once)]
    answers = [
        _ask(deployment, url, {**body, "explain": True} if explain else body, number * at_once)
        for number, body in enumerate(bodies)
    ]
    versions = sorted({answer["model_version"] for answer in answers})
    keys = [key for key in answers[-1] if key not in _ONCE]
    document = {
        **answers[-1],
        **{key: [row for answer in answers for row in answer[key]] for key in keys},
    }
    if explain:
        document["explanation"] = merged([answer["explanation"] for answer in answers])
    rows = zip(*(document[key] for key in keys), strict=True)
    served = " and ".join(str(version) for version in versions)
    shown = table(f"{model}, version {served}", [_COLUMNS.get(key, key) for key in keys], rows)
    parts = explanation_parts(document, instances) if explain else ()
    return Shown(document=document, parts=(shown, *parts))


def _ask(deployment: Deployment, url: str, body: dict[str, Any], start: int) -> dict[str, Any]:
    """The answer to the instances from ``start`` on, up to as many as one request holds."""
    answer = https.post(
        url,
        json.dumps(body).encode(),
        {"content-type": "application/json", "authorization": f"Bearer {bearer_token(deployment)}"},
        ca_bundle=deployment.place.ca_bundle,
    )
    if answer.status != 200:
        raise refused(url, answer, start)
    return dict(json.loads(answer.body))

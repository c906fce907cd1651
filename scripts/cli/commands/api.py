"""`keepfit api`: the routes of the prediction API, as a document and as a page."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import typer

from cli.clients import https
from cli.clients.json_requests import refused
from cli.clients.token import bearer_token
from cli.framework.command import at_place
from cli.output import Shown
from cli.places.deployment import Deployment
from cli.rendering.tables import table
from keepfit.api_routes import OPENAPI_PATH


@at_place
def api(
    deployment: Deployment,
    html: Annotated[Path | None, typer.Option(help="Write the documentation as one HTML page.")] = None,
) -> Shown:
    """Shows the routes of the prediction API, as OpenAPI describes them."""
    document = _document(deployment)
    hints = ("`keepfit api --html FILE` writes what each route takes and answers, with examples.",)
    if html is not None:
        from keepfit.serving.openapi.page import docs_page  # noqa: PLC0415  for who wants the page

        html.write_text(docs_page(document, deployment.api_url), encoding="utf-8")
        hints = (f"The documentation: {html}",)
    shown = table(f"The API at {deployment.api_url}", ["route", "what it does"], _routes(document))
    return Shown(document=document, parts=(shown,), hints=hints)


def _document(deployment: Deployment) -> dict[str, Any]:
    url = f"{deployment.api_url}{OPENAPI_PATH}"
    headers = {"authorization": f"Bearer {bearer_token(deployment)}"}
    answer = https.get(url, headers, ca_bundle=deployment.place.ca_bundle)
    if answer.status != 200:
        raise refused(url, answer, 0)
    return dict(json.loads(answer.body))


def _routes(document: dict[str, Any]) -> Iterator[tuple[str, str]]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield f"{method.upper()} {path}", operation["summary"]

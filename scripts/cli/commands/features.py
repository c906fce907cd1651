"""`keepfit features`: what the online store holds, and how it gets there."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Annotated, Any

import msgspec
import typer

from cli.clients import https
from cli.clients.json_requests import objects_of, refused
from cli.clients.token import writer_token
from cli.exits import Exit
from cli.framework.command import at_place
from cli.framework.groups import Group
from cli.output import Shown, working
from cli.places.deployment import Deployment
from cli.places.materializing import materialized
from cli.rendering.feature_tables import entity_tables, view_facts, views_table
from cli.rendering.tables import table
from keepfit.instants import from_iso, now, to_iso
from keepfit.serving.access.grant import WRITE_FEATURES
from keepfit.views.features import read_entity, read_view

_HELP = "Online features: what is kept for requests, how fresh it is, and how it gets there."
_ViewArgument = Annotated[str, typer.Argument(help="The name of an online view.")]

app = typer.Typer(cls=Group, help=_HELP)


@app.command("ls")
@app.command("list", hidden=True)
@at_place
def list_(deployment: Deployment) -> Shown:
    """Every online view, and the version of its dataset that it holds."""
    stores = deployment.online_stores()
    found = [read_view(stores, name) for name in sorted(stores.views)]
    return Shown(document=found, parts=(views_table(found),))


@app.command()
@at_place
def show(deployment: Deployment, view: _ViewArgument) -> Shown:
    """One online view: its entity and features, and how far it is materialised."""
    deployment.check_view(view)
    found = read_view(deployment.online_stores(), view)
    return Shown(document=found, parts=view_facts(found))


@app.command()
@at_place
def get(
    deployment: Deployment,
    view: _ViewArgument,
    keys: Annotated[list[str], typer.Argument(help="The values of the entity's keys, in their order.")],
    at: Annotated[
        str | None, typer.Option(help="The moment of the request, ISO 8601; now by default.")
    ] = None,
) -> Shown:
    """What a request would get of an entity, how old it is, and which upload it came with."""
    deployment.check_view(view)
    found = read_entity(deployment.online_stores(), view, keys, _moment(at))
    return Shown(document=found, parts=entity_tables(found))


@app.command()
@at_place
def materialize(deployment: Deployment, view: _ViewArgument) -> Shown:
    """Brings a view to the newest version of its dataset, from where it is."""
    return _materialized(deployment, view, {})


@app.command()
@at_place
def backfill(
    deployment: Deployment,
    view: _ViewArgument,
    as_of: Annotated[
        str | None,
        typer.Option(
            help="The earliest moment that windows are asked as of, ISO 8601, from now on; a day ago by default."
        ),
    ] = None,
) -> Shown:
    """Makes a view anew from every row of its dataset; what was interrupted goes on where it was."""
    earliest = to_iso(_moment(as_of, "--as-of")) if as_of else None
    return _materialized(deployment, view, {"anew": True, "as_of": earliest})


@app.command()
@at_place
def write(
    deployment: Deployment,
    view: _ViewArgument,
    file: Annotated[
        str | None,
        typer.Option("--file", "-f", help="JSON or JSON Lines: rows, or a list of them; - is stdin."),
    ] = None,
    row: Annotated[list[str] | None, typer.Option("--row", help="One row as JSON; repeatable.")] = None,
    event_id: Annotated[
        str | None,
        typer.Option(help="The name of the event: the same again counts once; by default the rows' content."),
    ] = None,
) -> Shown:
    """Writes rows of a view's dataset in real time: to the dataset, and to what requests look up."""
    url = deployment.write_url(view)
    body: dict[str, Any] = {"rows": objects_of(file, row or [], what="row", key="rows")}
    if event_id is not None:
        body["event_id"] = event_id
    token = writer_token(deployment, WRITE_FEATURES)
    headers = {"content-type": "application/json", "authorization": f"Bearer {token}"}
    answer = https.post(url, json.dumps(body).encode(), headers, ca_bundle=deployment.place.ca_bundle)
    if answer.status not in (200, 202):
        raise refused(url, answer, 0)
    written = json.loads(answer.body)
    count, bad = written["accepted"], written["refused"]
    when = "and requests see them" if written["online"] else "and requests see them with the next version"
    parts = (
        f"{count} rows are written, {when}.",
        *([table("Refused", ["row", "field", "why"], [tuple(one.values()) for one in bad])] if bad else []),
    )
    return Shown(document=written, parts=parts, exit_code=Exit.REFUSED if bad else Exit.OK)


def _moment(at: str | None, option: str = "--at") -> datetime:
    if at is None:
        return now()
    try:
        return from_iso(at)
    except ValueError as error:
        raise typer.BadParameter(f"{at!r} is no instant of ISO 8601", param_hint=option) from error


def _materialized(deployment: Deployment, view: str, how: dict[str, Any]) -> Shown:
    deployment.check_view(view)
    with working(f"materializing {view}") as tell:
        answer = materialized(deployment, view, how, tell)
    found = read_view(deployment.online_stores(), view)
    document = {**msgspec.to_builtins(found), "outcome": answer["outcome"]}
    return Shown(document=document, parts=view_facts(found))

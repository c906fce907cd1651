"""`keepfit clients`: who may ask for predictions."""

from __future__ import annotations

import json
from shlex import quote
from typing import Annotated

import msgspec
import typer

from cli.clients.user_pool import UserPool
from cli.exits import CommandError, Exit
from cli.framework.command import at_place
from cli.framework.groups import Group
from cli.output import Shown
from cli.places.deployment import Deployment
from cli.rendering.tables import table
from keepfit.api_routes import FEATURE_WRITERS, OUTCOME_WRITERS

app = typer.Typer(cls=Group, help="Clients of the prediction API: list, add, remove.")

_TARGET = "AWSCognitoIdentityProviderService.InitiateAuth"
_LETTERS = frozenset("abcdefghijklmnopqrstuvwxyz0123456789-_.")

Name = Annotated[str, typer.Argument(help="The name of a client.")]


@app.command("list")
@at_place
def list_(deployment: Deployment) -> Shown:
    """The clients of the prediction API, and who asked for a token with AWS rights."""
    clients = sorted(UserPool(deployment).all(), key=lambda client: client.client)
    rows = [(client.client, client.subject, client.enabled, client.made_at) for client in clients]
    return Shown(
        document=[msgspec.to_builtins(client) for client in clients],
        parts=(table("Clients", ["client", "subject in the access log", "enabled", "made"], rows),),
    )


@app.command()
@at_place
def add(
    deployment: Deployment,
    name: Name,
    renew: Annotated[bool, typer.Option(help="Give a client that exists a new password.")] = False,
    writes_features: Annotated[
        bool, typer.Option("--writes-features", help="Let it write rows of online views, too.")
    ] = False,
    writes_outcomes: Annotated[
        bool, typer.Option("--writes-outcomes", help="Let it report outcomes of predictions, too.")
    ] = False,
) -> Shown:
    """Lets a client ask for predictions, and prints its password, this once."""
    if not name or not _LETTERS.issuperset(name):
        raise CommandError(f"{name!r} is no name: use small letters, digits, - _ and .", Exit.USAGE)
    pool = UserPool(deployment)
    if not renew:
        pool.add(name)
    for group, wanted in ((FEATURE_WRITERS, writes_features), (OUTCOME_WRITERS, writes_outcomes)):
        if wanted:
            pool.let_write(name, group)
    password = pool.renew(name)
    request = pool.request(name, password)
    document = {"client": name, "password": password, "token_url": pool.url, "request": request}
    trusting = f" --cacert {quote(str(deployment.place.ca_bundle))}" if deployment.place.ca_bundle else ""
    how = (
        f"curl {pool.url}{trusting} -H 'content-type: application/x-amz-json-1.1' -H 'x-amz-target: {_TARGET}'"
        f" -d '{json.dumps(request)}'"
    )
    return Shown(
        document=document, parts=(password,), hints=(f"{name} asks for a token, good for an hour, by", how)
    )


@app.command()
@at_place
def remove(deployment: Deployment, name: Name) -> Shown:
    """Takes a client's access away; a token that it has is good until it expires, within the hour."""
    UserPool(deployment).remove(name)
    return Shown(document={"removed": name}, parts=(f"{name} can ask for no more tokens",))

"""`keepfit clients`: who may ask the API, and for what."""

from __future__ import annotations

import json
from shlex import quote
from typing import Annotated

import msgspec
import typer

from cli.clients.grants import LETTERS, Asked, asked_grant
from cli.clients.user_pool import UserPool
from cli.exits import CommandError, Exit
from cli.framework.command import at_place
from cli.framework.groups import Group
from cli.output import Shown
from cli.places.deployment import Deployment
from cli.rendering.tables import facts, table
from keepfit.serving.access.grant import SCOPES, Grant
from keepfit.serving.access.quota import Quota

app = typer.Typer(cls=Group, help="Clients of the prediction API: list, add, change, remove.")

_TARGET = "AWSCognitoIdentityProviderService.InitiateAuth"

Name = Annotated[str, typer.Argument(help="The name of a client.")]
Scopes = Annotated[
    list[str] | None,
    typer.Option("--scope", help=f"What it may do: {', '.join(SCOPES)}; repeatable. Usually infer and read."),
]
Models = Annotated[
    list[str] | None,
    typer.Option("--model", help="A model that it reaches; repeatable. Usually every one, which is '*'."),
]
Tenant = Annotated[
    str | None, typer.Option(help="For whom it asks: a name in the prediction log and in metrics.")
]
QuotaText = Annotated[
    str | None,
    typer.Option(
        "--quota",
        help="How often it may ask: requests a second for long, at once, and a day, rate=10,burst=20,per_day=5000 or "
        "some of these; none is no quota.",
    ),
]


@app.command("list")
@at_place
def list_(deployment: Deployment) -> Shown:
    """The clients of the prediction API, who asked for a token with AWS rights, and what each may do."""
    clients = sorted(UserPool(deployment).all(), key=lambda client: client.client)
    columns = [
        "client",
        "scopes",
        "models",
        "tenant",
        "quota",
        "subject in the access log",
        "enabled",
        "made",
    ]
    rows = [
        (c.client, c.scopes, c.models, c.tenant, _told(c.quota), c.subject, c.enabled, c.made_at)
        for c in clients
    ]
    return Shown(
        document=[msgspec.to_builtins(client) for client in clients],
        parts=(table("Clients", columns, rows),),
    )


@app.command()
@at_place
def add(
    deployment: Deployment,
    name: Name,
    scope: Scopes = None,
    model: Models = None,
    tenant: Tenant = None,
    quota: QuotaText = None,
    renew: Annotated[bool, typer.Option(help="Give a client that exists a new password.")] = False,
) -> Shown:
    """Lets a client ask the API, and prints its password, this once."""
    if not name or not LETTERS.issuperset(name):
        raise CommandError(f"{name!r} is no name: use small letters, digits, - _ and .", Exit.USAGE)
    pool, asked = UserPool(deployment), Asked(scopes=scope, models=model, tenant=tenant, quota=quota)
    if not renew:
        pool.add(name, asked_grant(deployment, Grant(), asked))
    elif asked != Asked():
        raise CommandError(
            "--renew gives a new password and changes nothing else; `keepfit clients change` does", Exit.USAGE
        )
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
def change(
    deployment: Deployment,
    name: Name,
    scope: Scopes = None,
    model: Models = None,
    tenant: Tenant = None,
    no_tenant: Annotated[bool, typer.Option("--no-tenant", help="It asks for no tenant any more.")] = False,
    quota: QuotaText = None,
) -> Shown:
    """Changes what a client may do, by its next token; what is not named stays, and so does its password."""
    asked = Asked(scopes=scope, models=model, tenant=tenant, quota=quota, no_tenant=no_tenant)
    pool = UserPool(deployment)
    grant = asked_grant(deployment, pool.grant(name), asked)
    pool.change(name, grant)
    document = {
        "client": name,
        "scopes": sorted(grant.scopes),
        "models": sorted(grant.models),
        "tenant": grant.tenant,
        "quota": msgspec.to_builtins(grant.quota),
    }
    shown = {**document, "quota": _told(grant.quota)}
    return Shown(document=document, parts=(facts("Client", shown.items()),))


@app.command()
@at_place
def remove(deployment: Deployment, name: Name) -> Shown:
    """Takes a client's access away; a token that it has is good until it expires, within the hour."""
    UserPool(deployment).remove(name)
    return Shown(document={"removed": name}, parts=(f"{name} can ask for no more tokens",))


def _told(quota: Quota | None) -> str | None:
    return None if quota is None else str(quota)

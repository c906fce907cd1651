"""`keepfit local`: the embedded cloud on this machine."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from cli.checkout import state_folder
from cli.exits import CommandError, Exit
from cli.framework.command import anywhere
from cli.output import Shown, working
from cli.places.bring_up import bring_up
from cli.places.place import clouds_here
from cli.rendering.tables import table
from localcloud.cloud import Cloud

app = typer.Typer(no_args_is_help=True, help="The embedded cloud on this machine: up, down, reset, status.")

DEFAULT_CLOUD = "default"

Name = Annotated[str, typer.Option(help="The name of the cloud; several run side by side.")]


@app.command()
@anywhere
def up(name: Name = DEFAULT_CLOUD) -> Shown:
    """Starts the cloud where it was left, and deploys this checkout to it."""
    cloud = Cloud(name=name, root=state_folder())
    with working(f"bringing up the embedded cloud {name}") as tell:
        deployment = bring_up(cloud, tell)
    document = {**_describe(cloud), "models": list(deployment.models), "api_url": deployment.api_url}
    text = f"The embedded cloud {name} is up at {document['url']}, with the models {', '.join(deployment.models)}."
    return Shown(
        document=document, parts=(text,), hints=(f"Look around: keepfit status --place local:{name}",)
    )


@app.command()
@anywhere
def down(name: Name = DEFAULT_CLOUD) -> Shown:
    """Stops the cloud; what it holds stays."""
    cloud = _known(name)
    with working(f"stopping the embedded cloud {name}"):
        cloud.down()
    return Shown(document=_describe(cloud), parts=(f"The embedded cloud {name} is down; its state stays.",))


@app.command()
@anywhere
def reset(
    name: Name = DEFAULT_CLOUD,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask for confirmation.")] = False,
) -> Shown:
    """Forgets everything that the cloud holds; one that runs comes up again, empty."""
    cloud = _known(name)
    if not yes:
        _confirm(name)
    with working(f"emptying the embedded cloud {name}"):
        cloud.reset()
    return Shown(
        document=_describe(cloud),
        parts=(f"The embedded cloud {name} holds nothing any more.",),
        hints=(f"Deploy again: keepfit local up --name {name}",),
    )


@app.command()
@anywhere
def status(
    name: Annotated[str | None, typer.Option(help="Show only this cloud; exit code 5 if it is down.")] = None,
) -> Shown:
    """Every embedded cloud that has state here, and where it answers."""
    document = [_describe(cloud) for cloud in ([_known(name)] if name else clouds_here())]
    rows = [
        (cloud["name"], cloud["running"], cloud["url"], str(cloud["pid"] or ""), cloud["state"])
        for cloud in document
    ]
    down = name is not None and not document[0]["running"]
    return Shown(
        document=document,
        parts=(table("Embedded clouds", ["name", "up", "url", "pid", "state"], rows),),
        exit_code=Exit.UNREACHABLE if down else Exit.OK,
    )


def _confirm(name: str) -> None:
    """Asks for confirmation. Raises CommandError for a no, and without a terminal."""
    try:
        typer.confirm(
            f"Forget all data, models and releases of the embedded cloud {name}?", abort=True, err=True
        )
    except typer.Abort as error:
        raise CommandError(
            f"the embedded cloud {name} was not changed, because it was not confirmed; --yes skips the question"
        ) from error


def _known(name: str) -> Cloud:
    """Raises CommandError for a cloud that was never started."""
    cloud = Cloud(name=name, root=state_folder())
    if not cloud.status().state.exists():
        names = ", ".join(each.name for each in clouds_here()) or "none"
        raise CommandError(f"there is no embedded cloud {name!r}; there are: {names}", Exit.NOT_FOUND)
    return cloud


def _describe(cloud: Cloud) -> dict[str, Any]:
    status = cloud.status()
    return {
        "name": status.name,
        "running": status.running,
        "url": status.url,
        "pid": status.pid,
        "state": str(status.state),
    }

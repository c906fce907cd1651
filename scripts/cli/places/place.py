"""Places where a command works: an embedded cloud on this machine, or AWS.

Nothing else in the command knows the difference.

keepfit's adapters make their clients from the environment, once per process, as they do inside a function. So the CLI
turns the place into environment variables before the first client is made; ``enter`` is the only code that does so:

* for an embedded cloud every inherited ``AWS_*`` variable goes and the cloud's own come in, so that nothing of the
  caller's AWS configuration is used or touched;
* for AWS the caller's configuration is what is wanted; ``--profile`` and ``--region`` overrule its variables.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import typer

from cli.checkout import state_folder
from cli.exits import CommandError, Exit
from keepfit.adapters.aws import clients
from localcloud.cloud import Cloud
from localcloud.endpoint import Endpoint

PANEL = "Where, and how to answer"
PLACE = typer.Option(
    "--place",
    envvar="KEEPFIT_PLACE",
    metavar="PLACE",
    rich_help_panel=PANEL,
    help="local, local:<name> or aws; the embedded cloud that is up by default.",
)
PROFILE = typer.Option("--profile", rich_help_panel=PANEL, help="AWS profile, with --place aws.")
REGION = typer.Option("--region", rich_help_panel=PANEL, help="AWS region, with --place aws.")

# Keys in the environment would win over the profile.
_KEYS = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A place, how clients reach it, and its own address of the API, if any.

    ``variables`` are set, after every variable was removed whose name begins with one of ``removed``.
    """

    name: str
    variables: dict[str, str] = field(default_factory=dict, repr=False)
    removed: tuple[str, ...] = ()
    api_base: str | None = None
    ca_bundle: Path | None = None

    def api_url(self, api_id: str, deployed_url: str) -> str:
        """The base URL of the HTTP API, without a trailing slash."""
        return self.api_base.format(api_id=api_id) if self.api_base else deployed_url.rstrip("/")

    def enter(self) -> None:
        """Leads every client that is made from now on to this place."""
        for name in [name for name in os.environ if name.startswith(self.removed)]:
            del os.environ[name]
        os.environ.update(self.variables)
        clients.forget()

    def client(self, service: str) -> Any:
        """A boto3 client; only after ``enter``."""
        return clients.client(service)


def find_place(place: str | None, profile: str | None = None, region: str | None = None) -> Place:
    """The place that ``--place`` names; by default the embedded cloud that is up.

    It is ``local``, ``local:<name>`` or ``aws``.

    AWS is never a default: nothing in an AWS account shall change because a cloud on the laptop was down.

    Raises:
        CommandError: there is no such place, or several are up.
        CloudDown: the embedded cloud is not up.
    """
    kind, colon, name = (place or "local").partition(":")
    if kind == "aws" and not colon:
        return _aws(profile, region)
    if kind != "local" or (colon and not name):
        raise CommandError(f"--place {place!r} is not a place: use local, local:<name> or aws", Exit.USAGE)
    if profile or region:
        raise CommandError("--profile and --region are for AWS; add --place aws", Exit.USAGE)
    cloud = Cloud(name=name or _the_one_that_is_up(), root=state_folder())
    return at_cloud(cloud.name, cloud.endpoint())


def at_cloud(name: str, endpoint: Endpoint) -> Place:
    """The place that an embedded cloud is."""
    return Place(
        name=f"local:{name}",
        variables={**endpoint.session_env(), "no_proxy": "localhost,127.0.0.1"},
        removed=("AWS_",),
        api_base=endpoint.api_url("{api_id}"),
        ca_bundle=endpoint.ca_bundle,
    )


def clouds_here() -> list[Cloud]:
    """Every embedded cloud that has state on this machine, running or not, by name."""
    root = state_folder()
    return [Cloud(name=path.parent.name, root=root) for path in sorted(root.glob("*/settings.json"))]


def _the_one_that_is_up() -> str:
    running = [cloud.name for cloud in clouds_here() if cloud.status().running]
    if len(running) == 1:
        return running[0]
    if running:
        raise CommandError(
            f"several embedded clouds are up ({', '.join(running)}): choose one with --place local:<name>",
            Exit.USAGE,
        )
    raise CommandError(
        "no embedded cloud is up; start one with `keepfit local up`, or work on AWS with --place aws",
        Exit.UNREACHABLE,
    )


def _aws(profile: str | None, region: str | None) -> Place:
    chosen = {"AWS_PROFILE": profile, "AWS_REGION": region, "AWS_DEFAULT_REGION": region}
    variables = {name: value for name, value in chosen.items() if value}
    return Place(name="aws", variables=variables, removed=_KEYS if profile else ())

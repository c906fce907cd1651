"""`keepfit serve`: a version behind HTTP on this machine, without any cloud where it is in a folder."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from cli.exits import CommandError, Exit
from cli.framework.command import at_any_place
from cli.output import Shown
from cli.places.chosen_place import Where
from cli.places.packages import package_folder


@at_any_place
def serve(
    where: Where,
    source: Annotated[
        str,
        typer.Argument(
            metavar="FOLDER|MODEL",
            help="The folder of a release package, or the name of a deployed model, of which nothing but its files is "
            "read.",
        ),
    ],
    version: Annotated[
        int | None, typer.Option(help="A registered version; the one that serves by default.", min=1)
    ] = None,
    host: Annotated[str, typer.Option(help="The address to listen on; others than this need a guard.")] = (
        "127.0.0.1"
    ),
    port: Annotated[int, typer.Option(help="The port; 0 takes a free one.", min=0, max=65535)] = 8080,
    log: Annotated[
        Path | None, typer.Option(help="The file that prediction log lines are added to; stdout by default.")
    ] = None,
) -> Shown:
    """Serves a version by the routes of the API, without tokens, until a signal ends it."""
    # Numeric libraries and a server, which no other command needs.
    from keepfit.runtime.packaged import packaged_model  # noqa: PLC0415
    from keepfit.runtime.serve import listen  # noqa: PLC0415
    from keepfit.runtime.serve import serve as run  # noqa: PLC0415

    with package_folder(where, source, version) as folder:
        model = packaged_model(folder)
        if version not in (None, model.version):
            raise CommandError(
                f"{source} holds version {model.version} of {model.name}, and not {version}", Exit.NOT_FOUND
            )
        try:
            listener = listen(host, port)
        except OSError as error:
            reason = error.strerror or error
            raise CommandError(
                f"port {port} of {host} cannot be listened on: {reason}; choose another with --port",
                Exit.UNREACHABLE,
            ) from error
        url = _url(host, listener.getsockname()[1])
        sys.stderr.write(f"{model.name}, version {model.version}, answers at {url}; see {url}/docs\n")
        sys.stderr.flush()
        try:
            answered = run(folder, listener=listener, log=log)
        finally:
            listener.close()
    document = {"model": model.name, "version": model.version, "url": url, "answered": answered}
    return Shown(document=document, hints=(f"It answered {answered} requests.",))


def _url(host: str, port: int) -> str:
    named = f"[{host}]" if ":" in host else host
    return f"http://{named}:{port}"

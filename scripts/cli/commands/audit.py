"""`keepfit audit`: what served when, and the evidence of a version for people who were not there."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from cli.exits import CommandError, Exit
from cli.framework.command import anywhere, at_place
from cli.framework.groups import Group, OneModel
from cli.output import Shown
from cli.places.deployment import Deployment
from cli.rendering.tables import facts, table
from keepfit.instants import from_iso
from keepfit.views.audit.served import Share, read_served

app = typer.Typer(
    cls=Group, help="Audits: what served on a day and why, a version's evidence in one file, its model card."
)

Version = Annotated[
    int | None, typer.Argument(help="A registered version; the one that serves by default.", min=1)
]


@app.command()
@at_place
def served(
    deployment: Deployment,
    model: OneModel,
    at: Annotated[str, typer.Argument(help="An instant, ISO 8601, such as 2013-06-01 or 2013-06-01T09:30Z.")],
) -> Shown:
    """What answered at an instant, on which data it was trained, and who let it serve."""
    try:
        instant = from_iso(at)
    except ValueError as error:
        raise CommandError(
            f"{at!r} is no instant: write one such as 2013-06-01T09:30Z", Exit.USAGE
        ) from error
    found = read_served(deployment.stores(model), instant)
    columns = ["at", "action", "share", "who", "why"]
    return Shown(
        document=found,
        parts=tuple(
            part
            for share in found.shares
            for part in (
                facts(f"{model}, version {share.version}: {share.share:.0%} of the requests", _share(share)),
                table(
                    f"Moves of version {share.version} until then",
                    columns,
                    [(e.at, e.action, f"{e.weight:.0%}", e.who, e.why) for e in share.moves],
                ),
            )
        ),
        hints=(
            *(() if found.shares else (f"Nothing of {model} was released by then.",)),
            *(() if found.intact else ("The ledger is not the chain that was written: see keepfit ledger.",)),
        ),
        exit_code=Exit.OK if found.intact else Exit.FAILED,
    )


def _share(share: Share) -> list[tuple[str, Any]]:
    trigger = share.trigger
    return [
        ("run", share.run_id),
        ("asked by", None if trigger is None else f"{trigger.kind}, {trigger.at:%Y-%m-%d %H:%M} UTC"),
        ("data versions", share.data),
    ]


@app.command()
@at_place
def card(deployment: Deployment, model: OneModel, version: Version = None) -> Shown:
    """The model card of a version, as Markdown: what is on record of it, and what is not."""
    from keepfit.views.audit.evidence import read_evidence  # noqa: PLC0415  reads much more than others need
    from keepfit.views.audit.model_card import model_card  # noqa: PLC0415

    number = _number(deployment, model, version)
    text = model_card(read_evidence(deployment.stores(model), number))
    return Shown(document={"model": model, "version": number, "card": text}, parts=(text,))


@app.command()
@at_place
def bundle(
    deployment: Deployment,
    model: OneModel,
    version: Version = None,
    into: Annotated[
        Path | None, typer.Option(metavar="FILE.zip", help="A new file; MODEL-VERSION.zip by default.")
    ] = None,
) -> Shown:
    """Writes all that is on record of a version into one archive, which proves itself."""
    from keepfit.views.audit.archive import write_archive  # noqa: PLC0415
    from keepfit.views.audit.bundle import bundle_files  # noqa: PLC0415
    from keepfit.views.audit.evidence import read_evidence, read_evidence_files  # noqa: PLC0415

    number = _number(deployment, model, version)
    path = into or Path(f"{model}-{number}.zip")
    if path.exists():
        raise CommandError(f"{path} exists: name a new file with --into", Exit.REFUSED)
    stores = deployment.stores(model)
    evidence = read_evidence(stores, number)
    files = bundle_files(evidence, read_evidence_files(stores, evidence))
    digest = write_archive(path, files)
    return Shown(
        document={"model": model, "version": number, "file": str(path), "digest": digest, "files": [*files]},
        parts=(f"{model}, version {number}: {len(files)} files are in {path}, and no rows",),
        hints=(
            f"Keep the digest of its list where the file is not: {digest}",
            f"Anybody verifies it: keepfit audit verify {path}, or unpacked by sha256sum --check SHA256SUMS",
        ),
        exit_code=Exit.OK if evidence.ledger.intact else Exit.FAILED,
    )


@app.command()
@anywhere
def verify(
    file: Annotated[Path, typer.Argument(help="An archive of `keepfit audit bundle`.")],
    digest: Annotated[
        str | None,
        typer.Option(help="The digest that was told when it was written; a changed list has another."),
    ] = None,
) -> Shown:
    """Compares every file of an archive with its digest; exit code 1 where one differs."""
    from keepfit.views.audit.archive import verify_archive  # noqa: PLC0415

    try:
        found = verify_archive(file)
    except ValueError as error:
        raise CommandError(str(error), Exit.REFUSED) from error
    same = digest in (None, found.digest)
    well = found.intact and same
    told = "every file is as it was written" if well else "this is not what was written"
    return Shown(
        document=found,
        parts=(
            f"{file}: {found.files} files; {told}",
            *([table("Wrong", ["file", "which"], found.wrong.items())] if found.wrong else []),
        ),
        hints=(f"The list has the digest {found.digest}" + ("" if same else f", and {digest} was named"),),
        exit_code=Exit.OK if well else Exit.FAILED,
    )


def _number(deployment: Deployment, model: str, version: int | None) -> int:
    return version if version is not None else deployment.serving(model).version

"""`keepfit models`: the registered versions, and what each is made of."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any

import msgspec
import typer

from cli.command import at_place
from cli.groups import Group, ModelArgument, OneModel
from cli.output import Shown
from cli.site import Site
from cli.tables import facts, table
from keepfit.registry.versions import Manifest, Release, read_files, read_manifest
from keepfit.training.definition import GatesDefinition

_METRIC = GatesDefinition().metric

app = typer.Typer(cls=Group, help="Model versions: which exist, which serves, what they are made of.")


@app.command("list")
@at_place
def list_(site: Site, model: ModelArgument = None) -> Shown:
    """Every registered version, the newest first; of all models, or of one."""
    document = [_versions(site, name) for name in ([model] if model else site.models)]
    columns = ["version", "state", "created", _METRIC, "run"]
    parts = (
        table(one["model"], columns, map(_row, one["versions"]), empty="no version yet") for one in document
    )
    return Shown(document=document, parts=tuple(parts))


@app.command()
@at_place
def show(
    site: Site,
    model: OneModel,
    version: Annotated[
        int | None, typer.Argument(help="A registered version; the one that serves by default.", min=1)
    ] = None,
) -> Shown:
    """What a version is made of; every file is proven by its digest."""
    number = version if version is not None else site.serving(model).version
    registered = site.versions(model).get(number)
    manifest = read_manifest(site.artifacts, registered)
    report = msgspec.json.decode(read_files(site.artifacts, registered, manifest.files)["report.json"])
    releases = [r for r in site.versions(model).releases() if r.version == number]
    document = {
        "state": _state(site, model)(number),
        "manifest": manifest,
        "report": report,
        "releases": releases,
        "moves": [e for e in site.ledger(model).entries() if e.version == number],
    }
    title = f"{model}, version {number}: {document['state']}"
    return Shown(
        document=document,
        parts=(
            facts(title, _made_of(manifest, report, releases)),
            facts("Files, proven by SHA-256", manifest.files.items()),
        ),
        hints=(f"Why it won: keepfit runs show {manifest.run_id}",),
    )


def _row(version: dict[str, Any]) -> list[Any]:
    known = [version[key] for key in ("version", "state", "created_at", "run_id")]
    return [*known[:3], version["metrics"].get(_METRIC), known[3]]


def _made_of(manifest: Manifest, report: dict[str, Any], releases: list[Release]) -> list[tuple[str, Any]]:
    return [
        ("created", manifest.created_at),
        ("algorithm", report.get("algorithm")),
        ("parameters", report.get("parameters")),
        ("metrics", manifest.metrics),
        ("data versions", manifest.data),
        ("Lambda versions", [_package(release) for release in releases]),
        ("run", manifest.run_id),
        *((f"digest of {name}", digest) for name, digest in manifest.digests.items()),
    ]


def _package(release: Release) -> str:
    gone = f" (pruned {release.pruned_at:%Y-%m-%d})" if release.pruned_at else ""
    return f"{release.lambda_version}{gone}"


def _versions(site: Site, model: str) -> dict[str, Any]:
    champion, state = site.champion(model), _state(site, model)
    return {
        "model": model,
        "champion": champion.version if champion else None,
        "versions": [
            {**msgspec.structs.asdict(one), "state": state(one.version)}
            for one in reversed(site.versions(model).all())
        ],
    }


def _state(site: Site, model: str) -> Callable[[int], str]:
    """A function that says what a version is now."""
    champion, canary, weight = site.champion(model), *site.canary(model)
    served = {entry.version for entry in site.ledger(model).entries() if entry.weight == 1}
    releases = site.versions(model).releases()
    packaged = {one.version for one in releases if one.pruned_at is None}
    pruned = {one.version for one in releases} - packaged

    def state(version: int) -> str:
        if champion and version == champion.version:
            return "champion"
        if version == canary:
            return f"canary, {weight:.0%} of the requests"
        return ("served before" if version in served else "never served") + (
            ", pruned" if version in pruned else ""
        )

    return state

"""`keepfit models`: the registered versions, and what each is made of."""

from __future__ import annotations

from typing import Annotated, Any

import typer
from rich.console import RenderableType

from cli.commands.export import export
from cli.framework.command import at_place
from cli.framework.groups import Group, ModelArgument, OneModel
from cli.output import Shown
from cli.places.deployment import Deployment
from cli.rendering.answers import answers_of
from cli.rendering.segment_tables import segments_told
from cli.rendering.tables import facts, table
from keepfit.registry.versions import Release
from keepfit.views.models import VersionDetail, VersionSummary, read_version, read_versions

app = typer.Typer(cls=Group, help="Model versions: which exist, which serves, what they are made of.")


app.command("export")(export)


@app.command("list")
@at_place
def list_(deployment: Deployment, model: ModelArgument = None) -> Shown:
    """Every registered version, the newest first; of all models, or of one."""
    models = [read_versions(deployment.stores(name)) for name in ([model] if model else deployment.models)]
    columns = ["version", "state", "created", "metric", "segments", "run"]
    parts = (table(each.model, columns, map(_row, each.versions), empty="no version yet") for each in models)
    return Shown(document=models, parts=tuple(parts))


@app.command()
@at_place
def show(
    deployment: Deployment,
    model: OneModel,
    version: Annotated[
        int | None, typer.Argument(help="A registered version; the one that serves by default.", min=1)
    ] = None,
) -> Shown:
    """What a version is made of; every file is proven by its digest."""
    number = version if version is not None else deployment.serving(model).version
    detail = read_version(deployment.stores(model), number)
    return Shown(
        document=detail,
        parts=(
            facts(f"{model}, version {number}: {detail.state}", _made_of(detail)),
            *_gates(detail),
            facts("Files, proven by SHA-256", detail.manifest.files.items()),
        ),
        hints=(f"Why it won: keepfit runs show {detail.manifest.run_id}",),
    )


def _row(version: VersionSummary) -> list[Any]:
    judged = version.metrics.get(version.metric)
    return [
        version.version,
        version.state,
        version.created_at,
        None if judged is None else f"{version.metric} {judged:.4f}",
        version.segments or None,
        version.run_id,
    ]


def _made_of(detail: VersionDetail) -> list[tuple[str, Any]]:
    manifest = detail.manifest
    return [
        ("created", manifest.created_at),
        ("algorithm", detail.report.get("algorithm")),
        ("parameters", detail.report.get("parameters")),
        ("answers", answers_of(detail.report) or None),
        *([("segments", told)] if (told := segments_told(detail.report)) else []),
        ("metrics", manifest.metrics),
        ("data versions", manifest.data),
        ("Lambda versions", [_package(release) for release in detail.releases]),
        ("run", manifest.run_id),
        *((f"digest of {name}", digest) for name, digest in manifest.digests.items()),
    ]


def _gates(detail: VersionDetail) -> list[RenderableType]:
    """The verdicts that it was registered with; versions of before have none."""
    rows = [
        (each.gate, "passed" if each.passed else "warned", each.reason) for each in detail.manifest.verdicts
    ]
    return [table("Gates", ["gate", "", "measured"], rows)] if rows else []


def _package(release: Release) -> str:
    gone = f" (pruned {release.pruned_at:%Y-%m-%d})" if release.pruned_at else ""
    return f"{release.lambda_version}{gone}"

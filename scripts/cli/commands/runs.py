"""`keepfit runs`: what was trained, what was not, and why."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer

from cli.commands.track import track
from cli.exits import CommandError, Exit
from cli.framework.command import at_place
from cli.framework.groups import Group, ModelArgument
from cli.output import Shown
from cli.places.deployment import Deployment
from cli.rendering.run_tables import document_tables
from cli.rendering.tables import facts, table
from cli.rendering.trigger_words import trigger_words
from keepfit.training.runs.run import TrainingRun
from keepfit.training.runs.run_files import RunFiles
from keepfit.views.dataset_versions import WithdrawnUpload, withdrawn_since
from keepfit.views.run_comparison import compare_runs
from keepfit.views.runs import RunDetail, read_run, read_runs, read_suppressions

app = typer.Typer(cls=Group, help="Training runs: what was trained, what was not, and why.")


app.command("track")(track)


@app.command("list")
@at_place
def list_(
    deployment: Deployment,
    model: ModelArgument = None,
    suppressed: Annotated[
        bool, typer.Option("--suppressed", help="Show the triggers that started no run, with the reason.")
    ] = False,
    limit: Annotated[
        int, typer.Option(help="The most runs of each model to show, the newest first.", min=1)
    ] = 20,
) -> Shown:
    """Training runs, the newest first."""
    models = [model] if model else list(deployment.models)
    return _suppressed(deployment, models, limit) if suppressed else _runs(deployment, models, limit)


@app.command()
@at_place
def show(
    deployment: Deployment,
    run: Annotated[str, typer.Argument(help="The id of a run.")],
    html: Annotated[Path | None, typer.Option(help="Write it as one HTML page with plots.")] = None,
) -> Shown:
    """Which data, code and parameters made this run's model, and why it won or did not."""
    detail = _find(deployment, run)
    read = [deployment.dataset_stores(name) for name in detail.run.data if name in deployment.dataset_names]
    withdrawn = withdrawn_since(read, detail.run.data)
    overview = _overview(detail.run, withdrawn)
    if html is not None:
        from cli.rendering.run_page import run_page  # noqa: PLC0415  a second, for who wants plots

        html.write_text(run_page(detail, overview), encoding="utf-8")
    return Shown(
        document={**msgspec.structs.asdict(detail), "withdrawn_since": withdrawn},
        parts=(facts(f"Run {detail.run.run_id}", overview), *document_tables(detail)),
        hints=(f"The run with plots: {html}",) if html else (),
    )


@app.command()
@at_place
def compare(
    deployment: Deployment,
    runs: Annotated[list[str], typer.Argument(help="The ids of two or more runs.", metavar="RUN RUN...")],
) -> Shown:
    """What differs between runs: data, definition, code, parameters, metrics and gates."""
    from cli.rendering.comparison_tables import comparison_tables  # noqa: PLC0415  computes
    from keepfit.application.common_rows import compare_on_common_rows  # noqa: PLC0415  computes

    if len(set(runs)) < 2:
        raise CommandError("runs are compared with each other: name two or more", Exit.USAGE)
    details = [_find(deployment, run) for run in dict.fromkeys(runs)]
    comparison = compare_runs(details)
    common = compare_on_common_rows(
        [RunFiles(deployment.stores(each.run.model).artifacts, each.run.folder) for each in details]
    )
    return Shown(
        document={**msgspec.structs.asdict(comparison), "common_rows": common},
        parts=tuple(comparison_tables(comparison, common)),
    )


def _runs(deployment: Deployment, models: list[str], limit: int) -> Shown:
    runs = read_runs(map(deployment.stores, models), limit)
    rows = [
        (
            r.model,
            r.run_id,
            trigger_words(r.trigger),
            r.started_at,
            r.data,
            r.outcome or "under way",
            r.version,
            r.reason,
        )
        for r in runs
    ]
    columns = ["model", "run", "trigger", "started", "data", "outcome", "version", "reason"]
    return Shown(document=runs, parts=(table("Training runs", columns, rows),))


def _suppressed(deployment: Deployment, models: list[str], limit: int) -> Shown:
    suppressions = read_suppressions(map(deployment.stores, models), limit)
    rows = [(each.model, each.at, trigger_words(each.trigger), each.reason) for each in suppressions]
    return Shown(
        document=suppressions,
        parts=(table("Suppressed triggers", ["model", "at", "trigger", "reason"], rows),),
    )


def _find(deployment: Deployment, run_id: str) -> RunDetail:
    """Raises CommandError where no model has such a run."""
    detail = read_run(map(deployment.stores, deployment.models), run_id)
    if detail is not None:
        return detail
    raise CommandError(
        f"there is no run {run_id!r} at {deployment.place.name}; `keepfit runs` lists them, and "
        "`keepfit runs --suppressed` the triggers that started none",
        Exit.NOT_FOUND,
    )


def _overview(run: TrainingRun, withdrawn: list[WithdrawnUpload]) -> list[tuple[str, Any]]:
    gone = [f"{upload.key} in version {upload.version} ({upload.why})" for upload in withdrawn]
    return [
        ("model", run.model),
        ("started", run.started_at),
        ("trigger", trigger_words(run.trigger)),
        ("ended", run.closed_at),
        ("outcome", run.outcome or "under way"),
        ("reason", run.reason),
        ("version", run.version),
        ("data versions", run.data),
        *([("withdrawn since", gone)] if gone else []),
        ("definition", run.definition_digest),
        ("code", run.code_digest),
        ("champion before", run.champion.version if run.champion else None),
        ("execution", run.execution_arn),
    ]

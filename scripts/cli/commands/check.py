"""`keepfit check`: what an upload of a file would become."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cli.checkout import models_folder
from cli.exits import CommandError, Exit
from cli.framework.command import anywhere
from cli.output import Shown, working
from cli.rendering.file_report import report_parts
from keepfit.definitions import compiling
from keepfit.definitions.own_extractors import extractor_files
from keepfit.features.extractors.files import at_hand
from keepfit.features.ingest.dry_run import report_on
from keepfit.instants import now


@anywhere
def check(
    dataset: Annotated[str, typer.Argument(help="The name of a dataset that a file in models/ defines.")],
    file: Annotated[Path, typer.Argument(help="What would be uploaded.")],
    folder: Annotated[
        Path | None, typer.Option(help="The folder of the definitions.", show_default="models")
    ] = None,
) -> Shown:
    """Reads a file here as its upload would be read, uploads nothing, and lists all that does not fit."""
    folder = folder or models_folder()
    datasets = compiling.compile_all(folder).datasets
    if dataset not in datasets:
        names = ", ".join(sorted(datasets)) or "none"
        raise CommandError(
            f"no file in {folder} defines the dataset {dataset!r}; the datasets are: {names}", Exit.NOT_FOUND
        )
    if not file.exists():
        raise CommandError(f"there is no file {file}", Exit.NOT_FOUND)
    definition = datasets[dataset].definition
    with working(f"reading {file}"), at_hand(extractor_files(folder, [definition])):
        report = report_on(file, definition, at=now())
    return Shown(
        document={"dataset": dataset, "file": str(file), "taken": report.refused is None, "report": report},
        parts=tuple(report_parts(f"{file} as data of {dataset}", dataset, report)),
        hints=() if report.refused else (f"Next: keepfit upload {dataset} {file} --wait",),
        exit_code=Exit.FAILED if report.refused else Exit.OK,
    )

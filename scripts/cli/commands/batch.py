"""`keepfit batch`: scores the rows of a file by a version, as requests with them would be answered."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from cli.exits import CommandError, Exit
from cli.framework.command import at_any_place
from cli.output import Shown, working
from cli.places.packages import package_folder
from cli.places.where import Where
from cli.rendering.batch_tables import summary_parts


class Format(StrEnum):
    """The formats of results."""

    PARQUET = "parquet"
    CSV = "csv"


@at_any_place
def batch(
    where: Where,
    source: Annotated[
        str,
        typer.Argument(
            metavar="FOLDER|MODEL",
            help="The folder of a release package, or the name of a deployed model, of which nothing but its files is "
            "read.",
        ),
    ],
    file: Annotated[Path, typer.Argument(help="CSV, JSON Lines, Parquet or an Excel workbook.")],
    into: Annotated[Path, typer.Option(help="A new folder for the results, or an empty one.")],
    version: Annotated[
        int | None, typer.Option(help="A registered version; the one that serves by default.", min=1)
    ] = None,
    form: Annotated[
        Format | None,
        typer.Option("--format", help="How results are written; by default as the file, or as CSV."),
    ] = None,
    carry: Annotated[
        list[str] | None,
        typer.Option(
            "--carry", help="A column that results carry along; repeatable, - for none. By default all."
        ),
    ] = None,
) -> Shown:
    """Scores the rows of a file on this machine, and writes answers beside what was refused."""
    # Numeric libraries, which no other command needs.
    from keepfit.runtime.batch import loaded_model  # noqa: PLC0415
    from keepfit.serving.batch.score_file import FileScorer  # noqa: PLC0415
    from keepfit.serving.batch.score_part import PartResult  # noqa: PLC0415

    if not file.is_file():
        raise CommandError(f"{file} is no file", Exit.NOT_FOUND)
    if into.is_file() or (into.is_dir() and any(into.iterdir())):
        raise CommandError(f"{into} is not empty: name a new folder", Exit.REFUSED)
    with package_folder(where, source, version) as folder:
        model = loaded_model(folder)
        if version not in (None, model.version):
            raise CommandError(
                f"{source} holds version {model.version} of {model.name}, and not {version}", Exit.NOT_FOUND
            )
        into.mkdir(parents=True, exist_ok=True)
        scoring = FileScorer(
            model=model, form=None if form is None else form.value, carry=[] if carry == ["-"] else carry
        )
        done = 0

        def told(part: PartResult) -> None:
            nonlocal done
            done += part.rows
            tell(f"{file.name}: {done:,} rows scored")

        with working(f"{file.name}: read") as tell:
            summary = scoring.score(file, into, told)
    return Shown(
        document=summary,
        parts=summary_parts(summary),
        hints=(f"The results are in {into}",),
        exit_code=Exit.OK if summary.whole else Exit.REFUSED,
    )

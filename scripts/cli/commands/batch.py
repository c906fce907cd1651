"""`keepfit batch`: scores the rows of a file by a version, as requests with them would be answered."""

from __future__ import annotations

import time
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer

from cli.exits import CommandError, Exit
from cli.framework.command import at_any_place
from cli.output import Shown, working
from cli.places.batch_jobs import Job, job_of, jobs_of, resume, submit
from cli.places.chosen_place import Where
from cli.places.deployment import Deployment
from cli.places.packages import package_folder
from cli.rendering.batch_tables import job_parts, jobs_table, summary_parts

_POLL_S = 1.0
_OUTCOMES = {"refused": Exit.REFUSED, "incomplete": Exit.REFUSED, "failed": Exit.FAILED}


class Format(StrEnum):
    """The formats of results."""

    PARQUET = "parquet"
    CSV = "csv"


@at_any_place
def batch(  # noqa: PLR0913, PLR0917  the options of a command
    where: Where,
    source: Annotated[
        str,
        typer.Argument(
            metavar="MODEL|FOLDER",
            help="The name of a deployed model, or the folder of a release package.",
        ),
    ],
    file: Annotated[
        str | None,
        typer.Argument(
            metavar="[FILE|S3-URI]",
            help="CSV, JSON Lines, Parquet or an Excel workbook; without one the jobs of the model are listed.",
        ),
    ] = None,
    into: Annotated[
        Path | None, typer.Option(help="Score on this machine, into this new folder; no job is made.")
    ] = None,
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
    job: Annotated[str | None, typer.Option(help="Show this job, by its id.")] = None,
    again: Annotated[bool, typer.Option("--resume", help="With --job: score what is missing of it.")] = False,
    wait: Annotated[bool, typer.Option("--wait", help="Wait until the job is over.")] = False,
    timeout: Annotated[float, typer.Option(help="The most seconds to wait.", min=0)] = 3600.0,
) -> Shown:
    """Scores the rows of a file, and writes answers beside what was refused."""
    wishes = {
        "version": version,
        "form": None if form is None else form.value,
        "carry": [] if carry == ["-"] else carry,
    }
    if into is not None:
        return _here(where, source, file, into, wishes)
    if Path(source).is_dir():
        raise CommandError(f"{source} is a folder: name a new folder for the results with --into", Exit.USAGE)
    deployment = where.deployment()
    if file is not None:
        job = submit(
            deployment, source, file, {name: wish for name, wish in wishes.items() if wish is not None}
        )
    elif job is None:
        found = jobs_of(deployment, source)
        return Shown(document=found, parts=(jobs_table(source, msgspec.to_builtins(found)),))
    if again:
        resume(deployment, source, job)
    return _shown(deployment, source, job, patience_s=timeout if wait else None)


def _shown(deployment: Deployment, model: str, job: str, *, patience_s: float | None) -> Shown:
    """How far a job is, or was when there was no more patience."""
    found = (
        job_of(deployment, model, job) if patience_s is None else _waited(deployment, model, job, patience_s)
    )
    unfinished = Exit.OK if patience_s is None or found.is_over else Exit.UNFINISHED
    return Shown(
        document=found,
        parts=job_parts(msgspec.to_builtins(found)),
        hints=() if found.is_over else (f"See how far it is: keepfit batch {model} --job {job}",),
        exit_code=_OUTCOMES.get(found.state, unfinished),
    )


def _waited(deployment: Deployment, model: str, job: str, timeout: float) -> Job:
    """How far a job is once it is over, or there is no more patience."""
    end = time.monotonic() + timeout
    with working(f"the job {job} is planned") as tell:
        while True:
            shown = job_of(deployment, model, job)
            if shown.is_over or time.monotonic() > end:
                return shown
            if shown.parts is not None:
                tell(f"the job {job}: {shown.done} of {shown.parts} parts are scored")
            time.sleep(_POLL_S)


def _here(where: Where, source: str, name: str | None, into: Path, wishes: dict[str, Any]) -> Shown:
    """Scores on this machine."""
    # Numeric libraries, which no other command needs.
    from keepfit.runtime.batch import loaded_model  # noqa: PLC0415
    from keepfit.serving.batch.part_files import PartResult  # noqa: PLC0415
    from keepfit.serving.batch.score_file import FileScorer  # noqa: PLC0415

    file, version = Path(name or ""), wishes["version"]
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
        scoring = FileScorer(model=model, form=wishes["form"], carry=wishes["carry"])
        done = 0

        def told(part: PartResult) -> None:
            nonlocal done
            done += part.rows
            tell(f"{file.name}: {done:,} rows scored")

        with working(f"{file.name}: read") as tell:
            summary = scoring.score(file, into, told)
    return Shown(
        document=summary,
        parts=summary_parts(msgspec.to_builtins(summary)),
        hints=(f"The results are in {into}",),
        exit_code=Exit.OK if summary.whole else Exit.REFUSED,
    )

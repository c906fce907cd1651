"""`keepfit init`: makes a repository of one's own."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cli.exits import CommandError, Exit
from cli.framework.command import anywhere
from cli.output import Shown, working
from cli.project.changes import SAMPLES
from cli.project.repository import Ci, example_files, repository_files
from cli.rendering.tables import table


@anywhere
def init(  # noqa: PLR0913, PLR0917  the options of a command
    folder: Annotated[Path, typer.Argument(help="A new folder, or an empty one; `.git` may be in it.")],
    table_file: Annotated[
        Path | None, typer.Option("--from", help="A table to draft the first definition from.")
    ] = None,
    label: Annotated[str | None, typer.Option(help="The column of the table to predict.")] = None,
    name: Annotated[
        str | None, typer.Option(help="The name of that model and dataset; by default the table's.")
    ] = None,
    sample: Annotated[
        Path | None, typer.Option(help="A file of rows of the table to put into the repository, for reviews.")
    ] = None,
    ci: Annotated[Ci, typer.Option(help="Whose workflows it gets.")] = Ci.GITHUB,
    wheel: Annotated[
        Path | None,
        typer.Option(help="keepfit's wheel, to put into the repository; else an index must have it."),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what would be written, and write nothing.")
    ] = False,
) -> Shown:
    """Makes a repository: definitions, tests, a CDK app, pinned requirements, and workflows of CI."""
    _refuse(folder, table_file, label, sample=sample, wheel=wheel)
    files = repository_files(ci, wheel)
    if table_file and label:
        with working(f"reading {table_file}"):
            files |= _drafted(table_file, label, name or table_file.name.partition(".")[0], sample)
    else:
        files |= example_files()
    for inside, body in {} if dry_run else files.items():
        path = folder / inside
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(body)
    sizes = {inside: len(body) for inside, body in sorted(files.items())}
    hints = (
        ("Nothing was written: --dry-run.",)
        if dry_run
        else (
            f"Next: cd {folder} && git init && pip install -r requirements.txt && keepfit definitions check",
        )
    )
    rows = [(inside, f"{size:,}") for inside, size in sizes.items()]
    return Shown(
        document={"folder": str(folder), "written": not dry_run, "files": sizes},
        parts=(table(f"{folder}", ["file", "bytes"], rows),),
        hints=hints,
    )


def _refuse(
    folder: Path, table_file: Path | None, label: str | None, *, sample: Path | None, wheel: Path | None
) -> None:
    """Raises CommandError where something is in the way, or does not go together."""
    if folder.is_file():
        raise CommandError(f"{folder} is a file; name a new folder", Exit.REFUSED)
    there = sorted(path.name for path in folder.iterdir() if path.name != ".git") if folder.is_dir() else []
    if there:
        raise CommandError(
            f"{folder} is not empty, it has {', '.join(there[:3])}: nothing was written, so that nothing is lost. "
            "Name a new folder",
            Exit.REFUSED,
        )
    if (table_file is None) != (label is None):
        raise CommandError("--from and --label go together: a table, and its column to predict", Exit.USAGE)
    if sample and table_file is None:
        raise CommandError("--sample is of the table that --from names; name both", Exit.USAGE)
    for path in (table_file, sample, wheel):
        if path and not path.is_file():
            raise CommandError(f"there is no file {path}", Exit.NOT_FOUND)


def _drafted(table_file: Path, label: str, name: str, sample: Path | None) -> dict[str, bytes]:
    """The definition of the table's model, and the sample under the name of its dataset."""
    from cli.commands.new import drafted_toml  # noqa: PLC0415  scikit-learn takes a second to import

    made = {f"models/{name}.toml": drafted_toml(table_file, name, label).encode()}
    if sample:
        made[f"{SAMPLES}/{name}{''.join(sample.suffixes)}"] = sample.read_bytes()
    return made

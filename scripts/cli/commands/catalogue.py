"""`keepfit catalogue`: data, features and models, their owners, and what was made of what."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cli.checkout import models_folder
from cli.exits import CommandError, Exit
from cli.framework.command import at_any_place, at_place
from cli.framework.groups import Group
from cli.output import Shown, working
from cli.places.chosen_place import Where
from cli.places.deployment import Deployment
from cli.places.functions import invoke
from cli.rendering.catalogue_tables import catalogue_table, detail_parts, found_table, lineage_tables
from cli.rendering.tables import table
from keepfit.definitions import compiling
from keepfit.instants import now
from keepfit.views import catalogue_search
from keepfit.views.catalogue import Known, read_catalogue
from keepfit.views.catalogue_entry import read_detail
from keepfit.views.lineage import read_lineage

_HELP = "The catalogue: which datasets, feature views and models there are, whose, how fresh, and what reads them."
_Folder = Annotated[Path | None, typer.Option(help="The folder of the definitions.", show_default="models")]
_NameArgument = Annotated[str, typer.Argument(help="The name of a dataset, a feature view or a model.")]

app = typer.Typer(cls=Group, help=_HELP)


@app.command("list")
@at_any_place
def list_(where: Where, folder: _Folder = None) -> Shown:
    """Every dataset, feature view and model."""
    known, hints = _known(where, folder)
    entries = read_catalogue(known)
    return Shown(document=entries, parts=(catalogue_table(entries),), hints=hints)


@app.command()
@at_any_place
def search(
    where: Where,
    words: Annotated[list[str], typer.Argument(help="Words that an entry has to have, all of them.")],
    folder: _Folder = None,
) -> Shown:
    """Entries with all the words in names, tags, owners, descriptions, fields or units, the best first."""
    known, hints = _known(where, folder)
    found = catalogue_search.search(known, words)
    instead = (f"Did you mean {' or '.join(found.instead)}?",) if found.instead else ()
    return Shown(document=found, parts=(found_table(found),), hints=(*instead, *hints))


@app.command()
@at_any_place
def show(
    where: Where,
    name: _NameArgument,
    folder: _Folder = None,
    limit: Annotated[int, typer.Option(help="The most versions to tell the cause of.", min=1)] = 10,
) -> Shown:
    """Fields, versions, freshness and uploads of an entry, and the views and models that read it."""
    known, hints = _known(where, folder)
    detail = read_detail(known, name, limit=limit, at=now())
    more = f"What was made of it: keepfit catalogue lineage {name}"
    return Shown(document=detail, parts=detail_parts(detail), hints=(more, *hints))


@app.command()
@at_any_place
def lineage(
    where: Where,
    name: _NameArgument,
    folder: _Folder = None,
    limit: Annotated[int, typer.Option(help="The most versions and runs, the newest.", min=1)] = 10,
    html: Annotated[Path | None, typer.Option(help="Write it as one HTML page with a picture.")] = None,
) -> Shown:
    """From uploaded files over versions of datasets, training runs and model versions to releases."""
    known, hints = _known(where, folder)
    found = read_lineage(known, name, limit)
    if html is not None:
        from cli.rendering.lineage_page import lineage_page  # noqa: PLC0415  a second, for who wants a picture

        html.write_text(lineage_page(found), encoding="utf-8")
        hints = (f"As a picture: {html}", *hints)
    return Shown(document=found, parts=lineage_tables(found), hints=hints)


@app.command()
@at_place
def register(
    deployment: Deployment,
    dataset: Annotated[
        str | None, typer.Argument(help="The name of a dataset; all that have a version by default.")
    ] = None,
) -> Shown:
    """Makes the tables of the data catalogue show the newest versions; each new version does so by itself."""
    names = [deployment.check_dataset(dataset)] if dataset else deployment.dataset_names
    answers = []
    for name in names:
        if dataset or deployment.datasets.newest(name) is not None:
            with working(f"registering {name}"):
                answers.append(invoke(deployment.platform("RegisterTableFunction"), {"dataset": name}))
    columns = ["dataset", "version", "partitions", "put", "removed", "left_out"]
    rows = [[len(a[c]) if c == "left_out" else a[c] for c in columns] for a in answers]
    hints = tuple(
        f"Rows of before there were tables are shown once they are read again: keepfit datasets again {sha256[:12]}"
        for answer in answers
        for sha256 in answer["left_out"]
    )
    return Shown(
        document=answers,
        parts=(
            table("Tables", [c.replace("_", " ") for c in columns], rows, empty="no dataset has a version"),
        ),
        hints=hints,
    )


def _known(where: Where, folder: Path | None) -> tuple[Known, tuple[str, ...]]:
    """The definitions here, the stores of a place that was named or is up, and hints at what is missing."""
    folder = folder or models_folder()
    if not folder.is_dir():
        raise CommandError(f"there is no folder {folder}", Exit.NOT_FOUND)
    examined = compiling.examine(folder)
    wrong = len(examined.mistakes)
    hints = (
        (f"{wrong} mistakes in {folder} hide what they are in: keepfit definitions check",) if wrong else ()
    )
    definitions = examined.compiled
    try:
        deployment = where.deployment()
        datasets = {name: deployment.dataset_stores(name) for name in deployment.dataset_names}
        models = {name: deployment.stores(name) for name in deployment.models}
    except CommandError as error:
        if where.place is not None or error.exit_code not in (Exit.UNREACHABLE, Exit.NOT_FOUND):
            raise
        return Known(definitions=definitions), (f"The definitions alone: {error}", *hints)
    return Known(definitions=definitions, datasets=datasets, models=models), hints

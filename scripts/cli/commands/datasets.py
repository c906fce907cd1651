"""`keepfit datasets`: how much there is, of which uploads it is made, what is taken back or forgotten."""

from __future__ import annotations

from typing import Annotated

import typer

from cli.checkout import models_folder
from cli.commands.forget_requests import field_and_value
from cli.commands.forget_requests import forget as forget_entity
from cli.commands.run_requests import Timeout, Why
from cli.exits import Exit
from cli.framework.command import at_place
from cli.framework.groups import Group
from cli.output import Shown, working
from cli.places.deployment import Deployment
from cli.places.functions import invoke
from cli.places.upload_names import object_named, record_named
from cli.rendering.dataset_tables import datasets_table, version_tables
from cli.rendering.forgotten import forgotten_tables, records_table
from cli.rendering.uploads import read_again
from cli.upload_ids import short_id
from keepfit.definitions import compiling
from keepfit.views.audit.croissant import croissant as describe
from keepfit.views.dataset_versions import read_version
from keepfit.views.datasets import read_dataset
from keepfit.views.document import to_json

_HELP = "Datasets: how much there is, of which uploads it is made, and what is taken back or forgotten."
_DatasetArgument = Annotated[str, typer.Argument(help="The name of a dataset.")]
_UploadArgument = Annotated[
    str,
    typer.Argument(help="An upload: its id, or the name of the file where no other upload had the same."),
]
_Version = Annotated[int | None, typer.Option(help="One of its versions; the newest by default.", min=1)]

_COLUMNS = [
    "dataset", "version", "rows", "stored_rows", "files", "bad_rows", "first_event", "last_event", "last_change",
]  # fmt: skip

app = typer.Typer(cls=Group, help=_HELP)


@app.command("list")
@at_place
def list_(deployment: Deployment) -> Shown:
    """The newest version of every dataset."""
    summaries = [read_dataset(deployment.dataset_stores(name)) for name in deployment.dataset_names]
    return Shown(document=summaries, parts=(datasets_table(summaries, _COLUMNS),))


@app.command()
@at_place
def show(
    deployment: Deployment,
    dataset: _DatasetArgument,
    version: _Version = None,
    limit: Annotated[int, typer.Option(help="The most versions to tell the cause of.", min=1)] = 10,
) -> Shown:
    """The uploads that a version is made of, those that were withdrawn, and why each version was made."""
    found = read_version(deployment.dataset_stores(dataset), version, limit)
    return Shown(document=found, parts=version_tables(found))


@app.command()
@at_place
def withdraw(
    deployment: Deployment,
    dataset: _DatasetArgument,
    upload: _UploadArgument,
    why: Annotated[str, typer.Option(help="The reason, for the record.")],
    no_train: Annotated[
        bool,
        typer.Option("--no-train", help="Start no training because of it; the next upload takes it along."),
    ] = False,
) -> Shown:
    """Takes an upload out of a dataset again; versions of before keep it, for the runs that read them."""
    deployment.check_dataset(dataset)
    record = record_named(deployment, dataset, upload)
    order = {"dataset": dataset, "sha256": record.source.sha256, "who": deployment.caller, "why": why}
    with working(f"withdrawing {record.source.key}"):
        answer = invoke(deployment.platform("WithdrawFunction"), {**order, "train": not no_train})
    already = answer["outcome"] != "withdrawn"
    back = short_id(record.source.sha256)
    since = (
        f"{dataset} is without {answer['key']}, {answer['rows']:,} rows, since version {answer['version']}"
    )
    return Shown(
        document=answer,
        parts=(f"{since}{': it was withdrawn before' if already else ''}.",),
        hints=(
            f"On record: keepfit datasets show {dataset}",
            f"It comes in again by an upload of the file, or by keepfit datasets again {back}",
        ),
    )


@app.command()
@at_place
def again(deployment: Deployment, upload: _UploadArgument, why: Why = "") -> Shown:
    """Reads an upload anew by the definition as it is deployed now; nothing of it is in the dataset twice."""
    dataset, found = object_named(deployment, upload)
    order = {"action": "again", "dataset": dataset, "key": found.key, "version_id": found.version_id}
    with working(f"reading {found.key} again"):
        answer = invoke(
            deployment.platform("IngestFunction"), {**order, "who": deployment.caller, "why": why}
        )
    bad = bool(answer["bad_rows"])
    return Shown(
        document=answer,
        parts=(read_again(answer),),
        hints=(f"Each with its reason: keepfit quarantine {dataset} {found.key}",) if bad else (),
        exit_code=Exit.REFUSED if answer["outcome"] == "refused" else Exit.OK,
    )


@app.command()
@at_place
def forget(
    deployment: Deployment,
    dataset: _DatasetArgument,
    entity: Annotated[
        str, typer.Argument(metavar="FIELD=VALUE", help="The rows to forget: those with this value.")
    ],
    why: Why = "",
    no_train: Annotated[
        bool, typer.Option("--no-train", help="Start no training because of it; what serves stays as it is.")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only look what holds them, and which runs read them.")
    ] = False,
    timeout: Timeout = 300,
) -> Shown:
    """Forgets an entity: rewrites or removes every file that holds its rows; a record stays without them."""
    field, value = field_and_value(entity)
    order = {
        "dataset": deployment.check_dataset(dataset),
        "field": field,
        "value": value,
        "why": why,
        "train": not no_train,
        "dry_run": dry_run,
    }
    record = forget_entity(deployment, order, patience_s=timeout)
    finished = record.finished_at is not None
    return Shown(
        document=record,
        parts=forgotten_tables(record, looked=dry_run),
        hints=(
            *(() if dry_run or finished else ("It is not finished: give the same command again later.",)),
            *(("On record: keepfit datasets forgotten " + dataset,) if not dry_run else ()),
        ),
        exit_code=Exit.OK if finished or dry_run else Exit.UNFINISHED,
    )


@app.command()
@at_place
def forgotten(deployment: Deployment, dataset: _DatasetArgument) -> Shown:
    """The records of what a dataset forgot: when, who wanted it and why, and nothing of the rows."""
    deployment.check_dataset(dataset)
    records = deployment.forgotten.all(dataset)
    return Shown(document=records, parts=(records_table(records),))


@app.command()
@at_place
def croissant(deployment: Deployment, dataset: _DatasetArgument, version: _Version = None) -> Shown:
    """A version as Croissant, for tools that load datasets: files with digests, fields with types."""
    stores = deployment.dataset_stores(dataset)
    number = read_version(stores, version, 1).version
    folder = models_folder()
    defined = compiling.examine(folder).compiled.datasets.get(dataset) if folder.is_dir() else None
    with working(f"reading the files of {dataset}"):
        document = describe(
            stores.manifests,
            stores.manifests.manifest(dataset, number),
            bucket=deployment.platform("LakeBucket"),
            definition=defined.definition if defined else None,
        )
    return Shown(document=document, parts=(to_json(document),))

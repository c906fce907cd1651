"""`keepfit upload`: files become data."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer

from cli.exits import CommandError, Exit
from cli.framework.command import at_place
from cli.output import Shown, working
from cli.places.deployment import Deployment
from cli.rendering.tables import table
from cli.rendering.uploads import hints, left_out, problems_of, repeated
from keepfit.adapters.aws.clients import translated
from keepfit.errors import RefusedUpload
from keepfit.features.datasets.records import FileRecord, Refusal
from keepfit.features.ingest.report import Report
from keepfit.features.io.folders import file_digest, folder_sha256, local_folder
from keepfit.features.io.formats import MAX_UPLOAD_BYTES, content_sha256, file_sha256, format_of
from keepfit.views.quarantine import read_report

_POLL_S = 0.5
_AT_ONCE = 10
_MAX_REFUSALS = 100

Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Uploaded:
    path: Path
    key: str
    sha256: str
    file_sha256: str
    version_id: str

    def document(self, outcome: str, **more: Any) -> dict[str, Any]:
        nothing = dict.fromkeys(
            (
                "version", "rows", "bad_rows", "duplicate_rows", "known_rows",
                "ignored_columns", "reason", "quarantine", "report",
            )
        )  # fmt: skip
        identity = {
            "file": str(self.path),
            "key": self.key,
            "version_id": self.version_id,
            "sha256": self.sha256,
            "file_sha256": self.file_sha256,
        }
        return {**identity, "outcome": outcome, **nothing, **more}


@at_place
def upload(
    deployment: Deployment,
    dataset: Annotated[str, typer.Argument(help="The name of a dataset.")],
    files: Annotated[
        list[Path],
        typer.Argument(
            help="CSV, TSV or JSON, with .gz or without, Parquet, Excel, or a folder of a table and its pictures."
        ),
    ],
    wait: Annotated[
        bool,
        typer.Option("--wait", help="Wait until each is data or refused; exit code 4 if one was refused."),
    ] = False,
    timeout: Annotated[float, typer.Option(help="The most seconds to wait for each file.", min=0)] = 900.0,
) -> Shown:
    """Puts files into the intake; each becomes a version of the dataset, or is refused with a reason."""
    deployment.check_dataset(dataset)
    for path in files:
        _check(path)
    _refuse_same_names(files)
    with working(f"uploading to {dataset}") as tell:
        uploaded = [_put(deployment, dataset, path, tell) for path in files]
        ended = [
            _outcome(deployment, dataset, upload, timeout, tell) if wait else upload.document("uploaded")
            for upload in uploaded
        ]
    columns = ["file", "outcome", "version", "rows", "bad rows", "duplicate rows", "known rows", "reason"]
    rows = [[document[name.replace(" ", "_")] for name in columns] for document in ended]
    return Shown(
        document=ended,
        parts=(
            table(f"Uploads to {dataset}", columns, rows),
            *filter(None, map(left_out, ended)),
            *filter(None, map(repeated, ended)),
            *(part for one in ended for part in problems_of(dataset, one)),
        ),
        hints=hints(dataset, ended, waited=wait),
        exit_code=_exit({one["outcome"] for one in ended}),
    )


def take(deployment: Deployment, dataset: str, path: Path, *, timeout: float, tell: Tell) -> dict[str, Any]:
    """Uploads one file, waits, and returns its outcome as ``upload --wait --json`` prints it."""
    deployment.check_dataset(dataset)
    _check(path)
    return _outcome(deployment, dataset, _put(deployment, dataset, path, tell), timeout, tell)


def _exit(outcomes: set[str]) -> Exit:
    if "refused" in outcomes:
        return Exit.REFUSED
    return Exit.UNFINISHED if "under way" in outcomes else Exit.OK


def _check(path: Path) -> None:
    """Checks a file before anything is sent."""
    if path.is_dir():
        path, _ = local_folder(path)
    if not path.is_file():
        raise CommandError(f"there is no file {path}", Exit.NOT_FOUND)
    format_of(path.name)
    if path.stat().st_size > MAX_UPLOAD_BYTES:
        limit = MAX_UPLOAD_BYTES / 2**30
        raise RefusedUpload(f"{path} is larger than {limit:g} GiB; split it into several files")


def _refuse_same_names(files: Sequence[Path]) -> None:
    """Two files of one name would be two versions of one object, whose outcomes could not be told apart."""
    first: dict[str, Path] = {}
    for path in files:
        other = first.setdefault(path.name, path)
        if other is not path:
            raise CommandError(
                f"{other} and {path} have one name, and would lie in one place: rename one of them, or upload them one "
                "after the other",
                Exit.USAGE,
            )


def _put(deployment: Deployment, dataset: str, path: Path, tell: Tell) -> _Uploaded:
    """Uploads a file, or the files of a folder and then the table that names them."""
    below, beside, table = f"{dataset}/", {}, path
    if path.is_dir():
        below = f"{dataset}/{path.resolve().name}/"
        table, files = local_folder(path)
        tell(f"uploading {len(files)} files of {path}")
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            list(pool.map(lambda name: _put_object(deployment, f"{below}{name}", files[name]), files))
        beside = {name: file_digest(file) for name, file in files.items()}
    tell(f"uploading {table}")
    key = f"{below}{table.name}"
    return _Uploaded(
        path=path,
        key=key,
        version_id=_put_object(deployment, key, table),
        sha256=folder_sha256(content_sha256(table), beside),
        file_sha256=file_sha256(table),
    )


def _put_object(deployment: Deployment, key: str, path: Path) -> str:
    """One PUT, not parts: only then does the answer name the version that was written."""
    bucket = deployment.platform("IntakeBucket")
    with translated(f"s3://{bucket}/{key}"), path.open("rb") as body:
        answer = deployment.place.client("s3").put_object(Bucket=bucket, Key=key, Body=body)
    return str(answer.get("VersionId", "null"))


def _outcome(
    deployment: Deployment, dataset: str, upload: _Uploaded, timeout: float, tell: Tell
) -> dict[str, Any]:
    tell(f"waiting for the ingest of {upload.path}")
    end = time.monotonic() + timeout
    while True:
        outcome = _find(deployment, dataset, upload)
        if outcome is not None:
            return outcome
        if time.monotonic() > end:
            return upload.document("under way", reason=f"it was not ingested within {timeout:g} s")
        time.sleep(_POLL_S)


def _find(deployment: Deployment, dataset: str, upload: _Uploaded) -> dict[str, Any] | None:
    record = deployment.datasets.file(dataset, upload.sha256)
    if record is not None and record.source.version_id == upload.version_id and record.status == "announced":
        return _taken(upload, record, read_report(deployment.dataset_stores(dataset), record.report))
    for refusal in deployment.datasets.refusals(dataset, _MAX_REFUSALS):
        if (refusal.source.key, refusal.source.version_id) == (upload.key, upload.version_id):
            return _refused(upload, refusal, read_report(deployment.dataset_stores(dataset), refusal.report))
    return None


def _taken(upload: _Uploaded, record: FileRecord, report: Report | None) -> dict[str, Any]:
    return upload.document(
        "taken",
        version=record.version,
        rows=record.rows,
        bad_rows=record.bad_rows,
        duplicate_rows=record.duplicate_rows,
        known_rows=record.known_rows,
        ignored_columns=record.ignored_columns,
        contracts=record.contracts,
        report=report,
    )


def _refused(upload: _Uploaded, refusal: Refusal, report: Report | None) -> dict[str, Any]:
    return upload.document(
        "refused",
        rows=refusal.rows,
        bad_rows=refusal.bad_rows,
        reason=refusal.reason,
        quarantine=refusal.quarantine,
        contracts=refusal.contracts,
        report=report,
    )

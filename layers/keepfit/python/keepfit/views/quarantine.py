"""The view of the quarantine: refused files and bad rows, with the reasons, page by page."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import suppress
from datetime import datetime
from itertools import islice
from typing import Any

import msgspec

from keepfit.errors import NotFound
from keepfit.features.datasets.contract_results import ContractResult
from keepfit.features.datasets.manifest import Part, Upload, same_object
from keepfit.features.datasets.records import Discarded, FileRecord, Refusal
from keepfit.features.ingest.report import Report
from keepfit.layout import DatasetScope
from keepfit.views.datasets import newest_manifest
from keepfit.views.stores import DatasetStores

# Uploads that stand out are few, and are decided on one by one.
_LOOKED_BACK = 100


class Page(msgspec.Struct, frozen=True, kw_only=True):
    """The ``number``-th piece, from 1, of what is ``size`` long at most; everything where that is None."""

    number: int = 1
    size: int | None = None

    @property
    def start(self) -> int:
        """How much comes before it."""
        return 0 if self.size is None else (self.number - 1) * self.size

    @property
    def stop(self) -> int | None:
        """Where it ends, counted from the beginning; None for the end of everything."""
        return None if self.size is None else self.start + self.size


class RefusedFile(msgspec.Struct, frozen=True, kw_only=True):
    """A file that was refused whole; ``version`` is the one that took it later, by another definition.

    One that is ``held`` stands out of those before it; it waits for a person unless it was taken or ``discarded``.
    """

    at: datetime
    reason: str
    source: Upload
    rows: int | None
    bad_rows: int | None
    quarantine: str | None
    version: int | None
    held: bool = False
    discarded: Discarded | None = None

    @property
    def waits(self) -> bool:
        """Whether a person has to decide on it."""
        return self.held and self.version is None and self.discarded is None


class BrokenContract(msgspec.Struct, frozen=True, kw_only=True):
    """A contract that a file broke, or that was not checked; ``taken`` where the file is data anyway."""

    file: str
    taken: bool
    result: ContractResult


class Quarantine(msgspec.Struct, frozen=True, kw_only=True):
    """One page of refused files, the newest first, and of problems of bad rows, the last file first.

    A bad row has its ``file``, its ``row`` in it, and the ``field``, ``reason`` and ``value`` of one problem. They are
    ``complete`` where there is nothing more of either kind, on this or on another page; ``more`` says that a page
    follows. With ``upload``, all is about that one, and so is the ``report`` while it is kept. ``contracts`` are those
    that these files did not keep, or that were not checked.
    """

    dataset: str
    upload: str | None
    page: int
    more: bool
    refused: list[RefusedFile]
    refused_in_all: int
    bad_rows: list[dict[str, Any]]
    bad_rows_in_all: int
    complete: bool
    report: Report | None = None
    contracts: list[BrokenContract] = []

    @property
    def rows_shown(self) -> int:
        """The number of bad rows shown; one row may have several problems."""
        return len({(problem["file"], problem["row"]) for problem in self.bad_rows})


class HeldUpload(msgspec.Struct, frozen=True, kw_only=True):
    """An upload that stands out of those before it and waits for a person."""

    dataset: str
    key: str
    at: datetime
    reason: str


def held_uploads(stores: DatasetStores) -> list[HeldUpload]:
    """What waits for a person, the newest first, of the newest refusals."""
    held = [one for one in stores.records.refusals(stores.dataset, _LOOKED_BACK) if one.held]
    records = stores.records.files(stores.dataset) if held else []
    return [
        HeldUpload(dataset=stores.dataset, key=one.source.key, at=one.at, reason=one.reason)
        for one in held
        if _refused_file(one, records).waits
    ]


def read_quarantine(stores: DatasetStores, page: Page, upload: Upload | None = None) -> Quarantine:
    """Reads one page of a dataset's quarantine; of one upload, where given: taken, withdrawn or refused."""
    records = stores.records.files(stores.dataset)
    refused, refused_in_all = _refused(stores, page, upload)
    left_out = _of_upload(stores, records, upload) if upload else _of_newest(stores)
    problems = list(
        islice(_problems(stores, left_out), page.start, None if page.stop is None else page.stop + 1)
    )
    shown, bad_rows_in_all = problems[: page.size], sum(each.bad_rows for each in left_out)
    more = len(problems) > len(shown) or refused_in_all > page.start + len(refused)
    found = Quarantine(
        dataset=stores.dataset,
        upload=upload.key if upload else None,
        page=page.number,
        more=more,
        refused=[_refused_file(refusal, records) for refusal in refused],
        refused_in_all=refused_in_all,
        bad_rows=shown,
        bad_rows_in_all=bad_rows_in_all,
        complete=False,
        report=next((report for each in left_out if (report := read_report(stores, each.report))), None)
        if upload
        else None,
        contracts=[
            BrokenContract(file=file, taken=taken, result=result)
            for file, taken, results in (
                *((each.file, True, each.contracts) for each in left_out if each.taken),
                *((each.source.key, False, each.contracts) for each in refused),
            )
            for result in results
        ],
    )
    all_here = not more and page.number == 1 and found.rows_shown == bad_rows_in_all
    return msgspec.structs.replace(found, complete=all_here)


class _LeftOut(msgspec.Struct, frozen=True):
    """The bad rows of one upload: how many, and the keys of their problems and of the report."""

    file: str
    bad_rows: int
    key: str | None
    report: str | None
    contracts: list[ContractResult] = []
    taken: bool = True


def _refused(stores: DatasetStores, page: Page, upload: Upload | None) -> tuple[list[Refusal], int]:
    """The refusals of a page, and how many there are; of ``upload`` there is one at most."""
    in_all = stores.records.count_refusals(stores.dataset)
    if upload is not None:
        ours = [
            one
            for one in stores.records.refusals(stores.dataset, max(in_all, 1))
            if same_object(one.source, upload)
        ]
        return ours[page.start : page.stop], len(ours)
    wanted = in_all if page.stop is None else min(page.stop, in_all)
    return stores.records.refusals(stores.dataset, max(wanted, 1))[page.start : page.stop], in_all


def _refused_file(refusal: Refusal, records: Iterable[FileRecord]) -> RefusedFile:
    taken = [one for one in records if same_object(one.source, refusal.source) and not one.withdrawn]
    return RefusedFile(
        at=refusal.at,
        reason=refusal.reason,
        source=refusal.source,
        rows=refusal.rows,
        bad_rows=refusal.bad_rows,
        quarantine=refusal.quarantine,
        version=taken[0].version if taken else None,
        held=refusal.held,
        discarded=refusal.discarded,
    )


def _of_newest(stores: DatasetStores) -> list[_LeftOut]:
    """What was left out of the uploads of the newest version, the last first."""
    manifest = newest_manifest(stores)
    return [_of_part(stores, part) for part in reversed(manifest.parts if manifest else [])]


def _of_upload(stores: DatasetStores, records: Iterable[FileRecord], upload: Upload) -> list[_LeftOut]:
    """What was left out of one upload as it was read last."""
    for record in records:
        if same_object(record.source, upload):
            manifest = stores.manifests.manifest(stores.dataset, record.version)
            part = manifest.withdrawn or manifest.holding(record.source.sha256)
            return [_of_part(stores, part)] if part else []
    refusals = stores.records.refusals(stores.dataset, max(stores.records.count_refusals(stores.dataset), 1))
    return [
        _LeftOut(refusal.source.key, refusal.bad_rows or 0, refusal.quarantine, refusal.report, taken=False)
        for refusal in refusals
        if same_object(refusal.source, upload)
    ]


def _of_part(stores: DatasetStores, part: Part) -> _LeftOut:
    key = part.quarantine or DatasetScope(stores.dataset).quarantined(part.sha256)
    return _LeftOut(part.source.key, part.bad_rows, key, part.report, part.contracts)


def read_report(stores: DatasetStores, key: str | None) -> Report | None:
    """The report under a key of the lake; None where there is none, or no longer."""
    with suppress(NotFound):
        for line in stores.lake.lines(key) if key else ():
            return msgspec.json.decode(line, type=Report)
    return None


def _problems(stores: DatasetStores, left_out: Iterable[_LeftOut]) -> Iterator[dict[str, Any]]:
    """Problems of the rows that were left out, as long as they are kept."""
    for each in left_out:
        if each.bad_rows and each.key:
            with suppress(NotFound):  # they expire, and the part that they were left out of does not
                for line in stores.lake.lines(each.key):
                    yield {"file": each.file, **msgspec.json.decode(line)}

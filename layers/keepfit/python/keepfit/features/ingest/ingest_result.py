"""The answer of ingest: the fate of an upload."""

from __future__ import annotations

from typing import Literal

import msgspec

from keepfit.features.datasets.contract_results import ContractResult

Outcomes = Literal["taken", "already taken", "withdrawn", "refused", "discarded", "ignored"]


class Ingested(msgspec.Struct, frozen=True, kw_only=True):
    """The fate of an upload: ``version`` and rows where it is data, ``reason`` where not.

    One that is withdrawn was data before ``version``. One that is ignored lies in no dataset's folder, so that there is
    no dataset to keep the reason either, or is a file that a table names. ``contracts`` are those that were broken or
    could not be checked.
    """

    outcome: Outcomes
    dataset: str
    key: str
    version: int | None = None
    rows: int | None = None
    bad_rows: int | None = None
    duplicate_rows: int | None = None
    known_rows: int | None = None
    reason: str | None = None
    contracts: list[ContractResult] = []

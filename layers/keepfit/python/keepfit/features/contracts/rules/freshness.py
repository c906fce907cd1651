"""Freshness: the newest row of an upload happened not long before it was uploaded."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import ClassVar

from keepfit.features.contracts.rules.base import FileRule, Upload
from keepfit.features.schema.contract import ContractDefinition
from keepfit.features.schema.definition import DatasetDefinition
from keepfit.instants import Duration


class Freshness(FileRule):
    """See the module."""

    needs: ClassVar = frozenset({"within"})

    def mistakes(
        self,
        contract: ContractDefinition,
        dataset: DatasetDefinition,
        others: Mapping[str, DatasetDefinition],
    ) -> Iterator[str]:
        if not dataset.event_time:
            yield "rule: freshness is the age of the newest row, and the dataset has no event_time; name it"
        if contract.within and not contract.within.seconds:
            yield "within must be longer than nothing"

    def broken(self, contract: ContractDefinition, upload: Upload) -> str | None:
        limit = contract.within or Duration(0)
        if upload.newest is None or upload.at - upload.newest <= limit.delta:
            return None
        return (
            f"the newest row happened {_days(upload)} before the upload, at {upload.newest:%Y-%m-%d %H:%M:%S}Z, and "
            f"may be {limit} old"
        )


def _days(upload: Upload) -> str:
    assert upload.newest is not None  # noqa: S101  asked for after it was found
    seconds = int((upload.at - upload.newest).total_seconds())
    return (
        f"{seconds // 86_400} d" if seconds >= 86_400 else f"{seconds // 3600} h {seconds % 3600 // 60} min"
    )


RULE = Freshness()

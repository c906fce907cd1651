"""Row count: an upload has neither too few rows nor too many, by itself or beside what is usual."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from statistics import median
from typing import ClassVar, Final

from msgspec import UNSET

from keepfit.features.contracts.rules.base import FileRule, NotChecked, Upload
from keepfit.features.schema.contract import ContractDefinition
from keepfit.features.schema.definition import DatasetDefinition

# So many uploads show what is usual.
_ENOUGH: Final = 3


class RowCount(FileRule):
    """See the module; usual is the median of the uploads before, of which there have to be three."""

    takes: ClassVar = frozenset({"min", "max", "min_share", "max_share"})

    def mistakes(
        self,
        contract: ContractDefinition,
        dataset: DatasetDefinition,
        others: Mapping[str, DatasetDefinition],
    ) -> Iterator[str]:
        ends = (contract.min, contract.max, contract.min_share, contract.max_share)
        if all(end is UNSET for end in ends):
            yield "min: write min, max, min_share or max_share"
        for low, high, name in ((ends[0], ends[1], "min"), (ends[2], ends[3], "min_share")):
            if low is not UNSET and high is not UNSET and low > high:
                yield f"{name} = {low:g} is above {name.replace('min', 'max')} = {high:g}"

    def broken(self, contract: ContractDefinition, upload: Upload) -> str | None:
        rows = upload.profile.rows
        if contract.min is not UNSET and rows < contract.min:
            return f"it has {rows:,} rows, and needs {contract.min:,.0f}"
        if contract.max is not UNSET and rows > contract.max:
            return f"it has {rows:,} rows, and may have {contract.max:,.0f}"
        if contract.min_share is UNSET and contract.max_share is UNSET:
            return None
        return _beside_usual(contract, rows, upload)


def _beside_usual(contract: ContractDefinition, rows: int, upload: Upload) -> str | None:
    before = upload.history.profiles()
    if before is None:
        raise NotChecked("the uploads before it cannot be seen from here")
    if len(before) < _ENOUGH:
        raise NotChecked(f"{len(before)} uploads before it have a profile, and {_ENOUGH} show what is usual")
    usual = median(profile.rows for profile in before)
    share = rows / usual if usual else float("inf")
    low = 0.0 if contract.min_share is UNSET else contract.min_share
    high = float("inf") if contract.max_share is UNSET else contract.max_share
    if low <= share <= high:
        return None
    beside = f"{share:.3g} times as many as is usual ({usual:,.0f}), and may have {low:g} to {high:g}"
    return f"it has {rows:,} rows, {beside}"


RULE = RowCount()

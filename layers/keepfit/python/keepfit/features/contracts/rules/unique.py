"""Unique: no two rows of an upload have the same values in some fields; the first of them is good."""

from __future__ import annotations

from typing import ClassVar

from keepfit.features.contracts.rules.base import RowRule, Test, Upload
from keepfit.features.datasets.part_rows import LINE
from keepfit.features.schema.contract import ContractDefinition
from keepfit.features.sql_literals import quoted


class Unique(RowRule):
    """See the module; what is missing in any of the fields equals nothing."""

    needs: ClassVar = frozenset({"fields"})

    def tests(self, contract: ContractDefinition, upload: Upload) -> list[Test]:
        names = contract.fields or []
        columns = ", ".join(map(quoted, names))
        there = " AND ".join(f"{quoted(name)} IS NOT NULL" for name in names)
        repeated = f"row_number() OVER (PARTITION BY {columns} ORDER BY {LINE}) > 1"
        values = f"concat_ws(', ', {', '.join(f'CAST({quoted(name)} AS VARCHAR)' for name in names)})"
        return [
            Test(f"{there} AND {repeated}", ", ".join(names), values, "repeats an earlier row of the file")
        ]


RULE = Unique()

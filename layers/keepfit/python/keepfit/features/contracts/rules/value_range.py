"""Range: numbers lie between two ends, which are good themselves."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import ClassVar

from msgspec import UNSET

from keepfit.features.contracts.rules.base import RowRule, Test, Upload
from keepfit.features.schema.contract import ContractDefinition
from keepfit.features.schema.definition import DatasetDefinition
from keepfit.features.schema.types.base import type_of
from keepfit.features.sql_literals import quoted


class ValueRange(RowRule):
    """See the module; what is missing breaks nothing."""

    needs: ClassVar = frozenset({"fields"})
    takes: ClassVar = frozenset({"min", "max"})

    def mistakes(
        self,
        contract: ContractDefinition,
        dataset: DatasetDefinition,
        others: Mapping[str, DatasetDefinition],
    ) -> Iterator[str]:
        if contract.min is UNSET and contract.max is UNSET:
            yield "min: write min, max or both"
        elif contract.min is not UNSET and contract.max is not UNSET and contract.min > contract.max:
            yield f"min = {contract.min:g} is above max = {contract.max:g}"
        for name in contract.fields or []:
            if name in dataset.fields and not type_of(dataset.fields[name].type).is_number:
                yield f"fields: {name!r} is of type {dataset.fields[name].type}, and a range is of numbers"

    def tests(self, contract: ContractDefinition, upload: Upload) -> list[Test]:
        ends = [
            *([] if contract.min is UNSET else [("<", contract.min, "is below")]),
            *([] if contract.max is UNSET else [(">", contract.max, "is above")]),
        ]
        return [
            Test(f"{quoted(name)} {sign} {end!r}", name, quoted(name), f"{says} {end:g}")
            for name in contract.fields or []
            for sign, end, says in ends
        ]


RULE = ValueRange()

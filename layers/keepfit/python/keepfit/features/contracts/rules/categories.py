"""Categories: a field has no other values than those that are listed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import ClassVar

from keepfit.features.contracts.rules.base import RowRule, Test, Upload
from keepfit.features.schema.categories import category
from keepfit.features.schema.contract import ContractDefinition
from keepfit.features.schema.definition import DatasetDefinition
from keepfit.features.schema.types.base import type_of
from keepfit.features.schema.words import listed_sql
from keepfit.features.sql_literals import quoted


class Categories(RowRule):
    """See the module; what is missing breaks nothing, and equal categories may be written otherwise."""

    needs: ClassVar = frozenset({"fields", "values"})

    def mistakes(
        self,
        contract: ContractDefinition,
        dataset: DatasetDefinition,
        others: Mapping[str, DatasetDefinition],
    ) -> Iterator[str]:
        if not contract.values or len(set(contract.values)) < len(contract.values):
            yield "values: name at least one, and each only once"
        for name in contract.fields or []:
            if name in dataset.fields and type_of(dataset.fields[name].type).profile != "categories":
                yield f"fields: {name!r} is of type {dataset.fields[name].type}, and values are of categories"

    def tests(self, contract: ContractDefinition, upload: Upload) -> list[Test]:
        known = listed_sql(map(category, contract.values or []))
        return [
            Test(f"{quoted(name)} NOT IN {known}", name, quoted(name), "is not one of the values that may be")
            for name in contract.fields or []
        ]


RULE = Categories()

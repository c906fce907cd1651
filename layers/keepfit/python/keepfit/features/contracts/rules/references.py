"""References: the values of some fields are there in another dataset, a foreign key."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import ClassVar

from keepfit.features.contracts.ports import TooLarge
from keepfit.features.contracts.rules.base import NotChecked, RowRule, Test, Upload
from keepfit.features.schema.contract import ContractDefinition
from keepfit.features.schema.definition import DatasetDefinition
from keepfit.features.sql_literals import quoted


class References(RowRule):
    """See the module: in the newest version of the other dataset. What is missing refers to nothing."""

    needs: ClassVar = frozenset({"fields", "dataset"})
    takes: ClassVar = frozenset({"to"})

    def mistakes(
        self,
        contract: ContractDefinition,
        dataset: DatasetDefinition,
        others: Mapping[str, DatasetDefinition],
    ) -> Iterator[str]:
        other, names = others.get(contract.dataset or ""), contract.fields or []
        if other is None:
            yield f"dataset: there is no [dataset.{contract.dataset}]; the datasets are {', '.join(sorted(others))}"
            return
        to = contract.to or names
        if len(to) != len(names):
            yield f"to: names {len(to)} fields, and fields names {len(names)}"
            return
        for name, key in zip(names, to, strict=True):
            if key not in other.fields:
                yield f"to: {key!r} is not a field of [dataset.{contract.dataset}]"
            elif name in dataset.fields and dataset.fields[name].type != other.fields[key].type:
                yield (
                    f"fields: {name!r} is of type {dataset.fields[name].type}, and {key!r} of "
                    f"[dataset.{contract.dataset}] of type {other.fields[key].type}"
                )

    def tests(self, contract: ContractDefinition, upload: Upload) -> list[Test]:
        names, other = contract.fields or [], contract.dataset or ""
        to = contract.to or names
        try:
            held = upload.neighbours.rows(other, to)
        except TooLarge as error:
            raise NotChecked(f"{other} is too large to compare with: {error}") from error
        if held is None:
            raise NotChecked(f"the rows of {other} cannot be seen from here")
        there = " AND ".join(f"{quoted(name)} IS NOT NULL" for name in names)
        columns = ", ".join(map(quoted, names))
        values = f"concat_ws(', ', {', '.join(f'CAST({quoted(name)} AS VARCHAR)' for name in names)})"
        bad = f"{there} AND ({columns}) NOT IN (SELECT ({', '.join(map(quoted, to))}) FROM ({held}))"
        if len(names) == 1:
            bad = f"{there} AND {columns} NOT IN (SELECT {quoted(to[0])} FROM ({held}))"
        return [Test(bad, ", ".join(names), values, f"is not among {', '.join(to)} of {other}")]


RULE = References()

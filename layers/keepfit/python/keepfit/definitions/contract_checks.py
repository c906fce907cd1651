"""Contract checks: each contract has what its rule needs, and names fields that there are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Final

from msgspec import UNSET, structs

from keepfit.definitions.mistakes import alike, shortened
from keepfit.features.contracts.rules.base import rule_of
from keepfit.features.schema.contract import ContractDefinition
from keepfit.features.schema.definition import DatasetDefinition

_ALWAYS: Final = frozenset({"rule", "name", "severity"})


def contract_mistakes(
    name: str, dataset: DatasetDefinition, others: Mapping[str, DatasetDefinition]
) -> Iterator[str]:
    """The mistakes in the contracts of a dataset beside all datasets, ``others``."""
    table, contracts = f"[dataset.{name}.contracts]", dataset.contracts or []
    for title, times in Counter(contract.title for contract in contracts).items():
        if times > 1:
            yield f"{table} name: {times} contracts are called {shortened(title)!r}; give each a name of its own"
    for contract in contracts:
        for says in _mistakes(contract, dataset, others):
            yield f"{table} {shortened(contract.title)!r}: {says}"


def _mistakes(
    contract: ContractDefinition, dataset: DatasetDefinition, others: Mapping[str, DatasetDefinition]
) -> Iterator[str]:
    rule = rule_of(contract.rule)
    written = {key for key, value in structs.asdict(contract).items() if value is not UNSET} - _ALWAYS
    for key in sorted(written - rule.needs - rule.takes):
        known = ", ".join(sorted(rule.needs | rule.takes))
        yield f"{key} means nothing in a contract of the rule {contract.rule}, which takes {known}; leave it out"
    missing = sorted(rule.needs - written)
    for key in missing:
        yield f"{key} is missing; a contract of the rule {contract.rule} needs it"
    yield from _field_mistakes(contract, dataset)
    if not missing:
        yield from rule.mistakes(contract, dataset, others)


def _field_mistakes(contract: ContractDefinition, dataset: DatasetDefinition) -> Iterator[str]:
    if contract.fields is UNSET:
        return
    if not contract.fields or len(set(contract.fields)) < len(contract.fields):
        yield "fields: name at least one, and each only once"
    for field in contract.fields:
        if field not in dataset.fields:
            yield f"fields: {shortened(field)!r} is not a field of the dataset; {alike(field, dataset.fields)}"

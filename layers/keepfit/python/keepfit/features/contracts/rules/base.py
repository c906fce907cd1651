"""The interface of contract rules: of rows by conditions in SQL, of files by profile and history."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from importlib import import_module
from typing import ClassVar, NamedTuple

from keepfit.features.contracts.ports import History, Neighbours
from keepfit.features.profiles.profile import Profile
from keepfit.features.schema.contract import ContractDefinition
from keepfit.features.schema.contract_rules import MODULES
from keepfit.features.schema.definition import DatasetDefinition


class NotChecked(Exception):
    """A contract that cannot be checked here; the message says why."""


class Test(NamedTuple):
    """A test of a row: SQL for whether it is ``bad`` and for its ``value``, a ``field`` and a ``reason``."""

    bad: str
    field: str
    value: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """The good rows of an upload, as far as they are read, and what they are compared with.

    Args:
        dataset: its definition.
        at: when it was uploaded.
        newest: when its newest row happened, None without an event time or rows.
        profile: of its rows.
        history: of the uploads before it.
        neighbours: other datasets.
    """

    dataset: DatasetDefinition
    at: datetime
    newest: datetime | None
    profile: Profile
    history: History
    neighbours: Neighbours


class Rule:
    """One rule; ``needs`` and ``takes`` are the keys that a contract of it has to have, and may have."""

    needs: ClassVar[frozenset[str]] = frozenset()
    takes: ClassVar[frozenset[str]] = frozenset()

    def mistakes(
        self,
        contract: ContractDefinition,
        dataset: DatasetDefinition,
        others: Mapping[str, DatasetDefinition],
    ) -> Iterator[str]:
        """What is wrong with a contract beside its dataset and all datasets, each beginning with its key."""
        yield from ()


class RowRule(Rule, ABC):
    """A rule that each row keeps or breaks."""

    @abstractmethod
    def tests(self, contract: ContractDefinition, upload: Upload) -> list[Test]:
        """The tests of a row, which breaks the contract where any is bad.

        Raises:
            NotChecked: what it is compared with cannot be had.
        """


class FileRule(Rule, ABC):
    """A rule that an upload keeps or breaks as a whole."""

    @abstractmethod
    def broken(self, contract: ContractDefinition, upload: Upload) -> str | None:
        """How an upload breaks it, None where it keeps to it.

        Raises:
            NotChecked: what it is compared with cannot be had.
        """


@cache
def rule_of(name: str) -> RowRule | FileRule:
    """The rule listed under ``name``. Raises KeyError for an unknown name."""
    found: RowRule | FileRule = import_module(MODULES[name]).RULE
    return found

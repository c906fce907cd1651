"""The report on a file: its columns, the cells that do not fit, and the keys that would take them."""

from __future__ import annotations

from typing import Any

import msgspec

from keepfit.features.datasets.contract_results import ContractResult

MAX_EXAMPLES = 3
MAX_FLAWS = 100


class Example(msgspec.Struct, frozen=True, kw_only=True):
    """A row of the file, and what is in it that does not fit."""

    row: int
    value: str | None


class Flaw(msgspec.Struct, frozen=True, kw_only=True):
    """One reason why rows are left out, with their number and the first few.

    ``field`` is None for whole records.
    """

    field: str | None
    reason: str
    rows: int
    examples: list[Example]


class Suggestion(msgspec.Struct, frozen=True, kw_only=True):
    """Keys of the definition that would take cells which do not fit: of ``field``, or of the dataset.

    ``cells`` is how many they would take, None for a column that is named otherwise. ``otherwise`` are keys that would
    take as many for other values, so that a person has to choose.
    """

    field: str | None
    keys: dict[str, Any]
    cells: int | None = None
    otherwise: list[dict[str, Any]] = []


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """A file beside its definition.

    ``columns`` says what is wrong with its header, and ``ignored_columns`` are those that no field reads. ``refused``
    is why it is no data as a whole; else the rows that are not bad are data. ``contracts`` says what each came to.
    """

    rows: int
    bad_rows: int
    columns: list[str]
    ignored_columns: list[str]
    flaws: list[Flaw]
    suggestions: list[Suggestion]
    refused: str | None
    contracts: list[ContractResult] = []

    @classmethod
    def of_nothing(cls, refused: str, *suggestions: Suggestion) -> Report:
        """The report on a file of which no row could be read."""
        return cls(
            rows=0,
            bad_rows=0,
            columns=[],
            ignored_columns=[],
            flaws=[],
            suggestions=[*suggestions],
            refused=refused,
        )

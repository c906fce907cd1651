"""The roles of columns in a draft: input until something else is decided, once and for one reason."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from keepfit.definitions.drafting import column_names
from keepfit.definitions.drafting.draft import DraftedColumn, Use
from keepfit.definitions.drafting.table import Column, Table
from keepfit.definitions.drafting.target import Target
from keepfit.features.schema.definition import Field

_CODES = frozenset({"zip", "zipcode", "postal", "postcode", "code", "fips"})


class Roles:
    """The columns of a table, of which all are inputs until something else is decided."""

    def __init__(self, table: Table, target: Target, *, keep: Iterable[str]) -> None:
        self._table = table
        self._target = target
        self._uses: dict[str, tuple[Use, str]] = dict.fromkeys(table.columns, ("input", ""))
        self._uses[target.column.name] = ("label", target.field[1])
        self._kept = frozenset(keep)

    @property
    def inputs(self) -> list[str]:
        """The columns that are inputs as things stand."""
        return [name for name, (use, _) in self._uses.items() if use == "input"]

    def leave_out(self, reasons: Iterable[tuple[str, str]]) -> None:
        """Takes columns out of the inputs, but for those that a person keeps or that are out already."""
        for name, reason in list(reasons):
            if self._uses[name][0] == "input" and name not in self._kept:
                self._uses[name] = ("left out", reason)

    def need(self, name: str) -> None:
        """Reads and keeps a column that is left out otherwise."""
        use, reason = self._uses[name]
        if use == "left out":
            self._uses[name] = ("field", reason)

    def drafted(self) -> list[DraftedColumn]:
        """Every column of the file, in its order."""
        columns = [
            self._column(self._table.columns[name], use, reason) for name, (use, reason) in self._uses.items()
        ]
        unusable = self._table.unusable.items()
        return columns + [
            DraftedColumn(name=name, use="left out", field=None, reason=reason) for name, reason in unusable
        ]

    def _column(self, column: Column, use: Use, reason: str) -> DraftedColumn:
        note = "" if use == "left out" else column.note
        whole = "; ".join(filter(None, (reason, note)))
        return DraftedColumn(name=column.name, use=use, reason=whole, field=self._field(column))

    def _field(self, column: Column) -> Field:
        if column.name == self._target.column.name:
            return self._target.field[0]
        if column.field.type == "int" and _is_code(column.name):
            return msgspec.structs.replace(column.field, type="category")
        return column.field


def _is_code(name: str) -> bool:
    """Whether whole numbers of this name are no amounts."""
    return column_names.is_identifier(name) or bool(_CODES & set(column_names.parts(name)))

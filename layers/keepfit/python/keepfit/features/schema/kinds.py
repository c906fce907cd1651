"""What each type of a field is: in SQL, in expressions, to a model, and to a monitor. One line a type."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

from keepfit.features.schema.definition import FieldType


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """Facts of one type.

    Args:
        sql: the type of a column in DuckDB.
        expression: how it is typed in expressions, in which all numbers are one type.
        encoding: what a value becomes in a model's row; None for what only feeds derived columns.
        profile: the bins that its drift is measured in; None for what is not watched.
    """

    sql: str
    expression: Literal["number", "bool", "text", "timestamp"]
    encoding: Literal["number", "code"] | None
    profile: Literal["numbers", "truths", "categories"] | None

    @property
    def is_number(self) -> bool:
        """Whether values have an order, bounds and a distance."""
        return self.expression == "number"


KINDS: Final[Mapping[FieldType, Kind]] = {
    "float": Kind(sql="DOUBLE", expression="number", encoding="number", profile="numbers"),
    "int": Kind(sql="BIGINT", expression="number", encoding="number", profile="numbers"),
    "bool": Kind(sql="BOOLEAN", expression="bool", encoding="number", profile="truths"),
    "category": Kind(sql="VARCHAR", expression="text", encoding="code", profile="categories"),
    "timestamp": Kind(sql="TIMESTAMPTZ", expression="timestamp", encoding=None, profile=None),
}

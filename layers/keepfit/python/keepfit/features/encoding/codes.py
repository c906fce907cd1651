"""Codes of categories: 0 is missing, 1 any value outside the vocabulary, and from 2 on the known ones.

The known values stand in the order of what their training rows say of the label, so that a tree splits them well and a
linear model sees a trend.
"""

from __future__ import annotations

from typing import Any

from keepfit.features.schema.categories import category
from keepfit.features.schema.signature import Column
from keepfit.features.schema.types.base import type_of

MISSING, OTHER, FIRST_KNOWN = 0.0, 1.0, 2.0


class Codes(dict[Any, float]):
    """The code of each category; other values are converted by ``category`` and looked up again."""

    def __missing__(self, value: Any) -> float:
        return self.get(category(value), OTHER)


def codes_of(column: Column) -> Codes | None:
    """The codes of a category's values; None for numbers."""
    if type_of(column.type).encoding != "code":
        return None
    known = enumerate(column.vocabulary or [], start=int(FIRST_KNOWN))
    codes: dict[Any, float] = {value: float(code) for code, value in known}
    plain = {category(value): code for value, code in codes.items()}
    return Codes({None: MISSING, "": MISSING, **plain, **codes})

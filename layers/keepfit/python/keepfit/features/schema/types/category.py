"""Categories: texts of at most 1,000 characters, or values that a file would hold as such."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

from msgspec import Meta

from keepfit.features.schema.categories import category_of, category_sql
from keepfit.features.schema.definition import Field
from keepfit.features.schema.types.base import ValueType, present

MAX_CATEGORY_LENGTH = 1000

NOT_TEXT = "is not text"
TOO_LONG = f"is longer than {MAX_CATEGORY_LENGTH} characters"


class Category(ValueType):
    """See ``base.ValueType``."""

    storage = "VARCHAR"
    expression = "text"
    encoding = "code"
    profile = "categories"

    def flaw(self, field: Field, value: Any) -> str | None:
        if not isinstance(value, (str, int, float)):
            return NOT_TEXT
        return None if len(category_of(value)) <= MAX_CATEGORY_LENGTH else TOO_LONG

    def plainly_good(self, field: Field, values: Sequence[Any], kinds: set[type]) -> bool:
        return kinds <= {str} and all(0 < len(value) <= MAX_CATEGORY_LENGTH for value in present(values))

    def read(self, value: Any) -> Any:
        return category_of(value)

    def request_type(self, field: Field) -> Any:
        return Annotated[str, Meta(min_length=1, max_length=MAX_CATEGORY_LENGTH)]

    def value_sql(self, text: str) -> str:
        return category_sql(text)

    def flaws_sql(self, field: Field, text: str, value: str) -> list[tuple[str, str]]:
        return [(f"length({text}) > {MAX_CATEGORY_LENGTH}", TOO_LONG)]

    def kept_sql(self, value: str) -> str:
        return category_sql(value)


TYPE = Category()

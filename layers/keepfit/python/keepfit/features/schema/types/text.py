"""Texts: what people write, of at most 100,000 characters, kept as it is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

from msgspec import Meta

from keepfit.features.schema.categories import category_of
from keepfit.features.schema.definition import Field
from keepfit.features.schema.types.base import ValueType, present
from keepfit.features.schema.types.category import NOT_TEXT

MAX_TEXT_LENGTH = 100_000

TOO_LONG = f"is longer than {MAX_TEXT_LENGTH:,} characters"


class Text(ValueType):
    """See ``base.ValueType``."""

    storage = "VARCHAR"
    expression = "text"
    encoding = "text"
    profile = None

    def flaw(self, field: Field, value: Any) -> str | None:
        if not isinstance(value, (str, int, float)):
            return NOT_TEXT
        return None if len(self.read(value)) <= MAX_TEXT_LENGTH else TOO_LONG

    def plainly_good(self, field: Field, values: Sequence[Any], kinds: set[type]) -> bool:
        return kinds <= {str} and all(0 < len(value) <= MAX_TEXT_LENGTH for value in present(values))

    def read(self, value: Any) -> Any:
        return value if isinstance(value, str) else category_of(value)

    def request_type(self, field: Field) -> Any:
        return Annotated[str, Meta(min_length=1, max_length=MAX_TEXT_LENGTH)]

    def value_sql(self, text: str) -> str:
        return text

    def flaws_sql(self, field: Field, text: str, value: str) -> list[tuple[str, str]]:
        return [(f"length({text}) > {MAX_TEXT_LENGTH}", TOO_LONG)]


TYPE = Text()

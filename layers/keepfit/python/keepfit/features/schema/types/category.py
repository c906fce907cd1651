"""Categories: texts of at most 1,000 characters, or values that a file would hold as such."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any

from msgspec import Meta

from keepfit.features.schema.categories import category, category_of, category_sql
from keepfit.features.schema.cell_form import CellForm
from keepfit.features.schema.missing_values import MISSING_CATEGORIES
from keepfit.features.schema.types.base import BadCell, ReadCell, ReadText, ValueType
from keepfit.features.schema.words import listed_sql, words

MAX_CATEGORY_LENGTH = 1000

NOT_TEXT = "is not text"
TOO_LONG = f"is longer than {MAX_CATEGORY_LENGTH} characters"


class Category(ValueType):
    """See ``base.ValueType``."""

    storage = "VARCHAR"
    expression = "text"
    encoding = "code"
    profile = "categories"
    usual_missing = MISSING_CATEGORIES

    def text_reader(self, form: CellForm) -> ReadText:
        def read(text: str) -> str:
            value = category(text)
            if len(value) > MAX_CATEGORY_LENGTH:
                raise BadCell(TOO_LONG)
            return value

        return read

    def value_reader(self, form: CellForm) -> ReadCell:
        read_text = self.text_reader(form)

        def read(value: Any) -> str:
            if not isinstance(value, (int, float)):
                raise BadCell(NOT_TEXT)
            return str(read_text(category_of(value)))

        return read

    def missing_test(self, form: CellForm) -> Callable[[str], bool]:
        held = _held(form)
        return lambda text: category(text) in held

    def request_type(self, form: CellForm) -> Any:
        return Annotated[str, Meta(min_length=1, max_length=MAX_CATEGORY_LENGTH)]

    def parsed_sql(self, form: CellForm, text: str) -> str:
        return category_sql(text)

    def value_sql(self, form: CellForm, parsed: str) -> str:
        return f"CASE WHEN {parsed} NOT IN {listed_sql(['', *sorted(_held(form))])} THEN {parsed} END"

    def missing_sql(self, form: CellForm, text: str, parsed: str) -> str:
        return "true"

    def good_sql(self, form: CellForm, value: str) -> str:
        return f"length({value}) <= {MAX_CATEGORY_LENGTH}"

    def flaws_sql(self, form: CellForm, text: str, value: str) -> list[tuple[str, str]]:
        return [(f"length({value}) > {MAX_CATEGORY_LENGTH}", TOO_LONG)]

    def kept_sql(self, form: CellForm, value: str) -> str:
        return self.value_sql(form, category_sql(value))


def _held(form: CellForm) -> frozenset[str]:
    """The words that hold no value, as categories."""
    return frozenset(map(category, words(form.missing)))


TYPE = Category()

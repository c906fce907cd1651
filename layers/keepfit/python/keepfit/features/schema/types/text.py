"""Texts: what people write, of at most 100,000 characters, kept as it is."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Any

from msgspec import Meta

from keepfit.features.schema.blanks import BLANKS, stripped_sql
from keepfit.features.schema.cell_form import CellForm
from keepfit.features.schema.missing_values import MISSING_CATEGORIES
from keepfit.features.schema.types.base import NULL, BadCell, Finish, ReadCell, ReadText, ValueType
from keepfit.features.schema.types.category import NOT_TEXT
from keepfit.features.schema.words import listed_sql, words

MAX_TEXT_LENGTH = 100_000

TOO_LONG = f"is longer than {MAX_TEXT_LENGTH:,} characters"


class Text(ValueType):
    """See ``base.ValueType``."""

    storage = "VARCHAR"
    expression = "text"
    encoding = "text"
    profile = None
    usual_missing = MISSING_CATEGORIES

    def reader(self, form: CellForm) -> ReadCell:
        """Blanks around a text are part of it, as anything else that people write."""
        held, nullable = {"", *words(form.missing)}, form.nullable

        def read(cell: Any) -> str | None:
            text = self.spelled(form, cell) if isinstance(cell, (int, float)) else cell
            if text is not None and not isinstance(text, str):
                raise BadCell(NOT_TEXT)
            if text is None or text.strip(BLANKS) in held:
                if nullable:
                    return None
                raise BadCell(NULL)
            if len(text) > MAX_TEXT_LENGTH:
                raise BadCell(TOO_LONG)
            return text

        return read

    def text_reader(self, form: CellForm) -> ReadText:
        return self.reader(form)

    def request_type(self, form: CellForm) -> Any:
        return Annotated[str, Meta(min_length=1, max_length=MAX_TEXT_LENGTH)]

    def is_kept_as_sent(self, form: CellForm) -> bool:
        return True

    def finisher(self, form: CellForm) -> Finish:
        held = frozenset({"", *words(form.missing)})

        def finish(instances: Iterable[Any], name: str) -> bool:
            for instance in instances:
                text = getattr(instance, name)
                if text is not None and text.strip(BLANKS) in held:
                    return False
            return True

        return finish

    def value_sql(self, form: CellForm, parsed: str) -> str:
        missing = listed_sql(["", *sorted(words(form.missing))])
        return f"CASE WHEN {stripped_sql(parsed)} NOT IN {missing} THEN {parsed} END"

    def missing_sql(self, form: CellForm, text: str, parsed: str) -> str:
        return "true"

    def good_sql(self, form: CellForm, value: str) -> str:
        return f"length({value}) <= {MAX_TEXT_LENGTH}"

    def flaws_sql(self, form: CellForm, text: str, value: str) -> list[tuple[str, str]]:
        return [(f"length({value}) > {MAX_TEXT_LENGTH}", TOO_LONG)]

    def kept_sql(self, form: CellForm, value: str) -> str:
        return self.value_sql(form, value)


TYPE = Text()

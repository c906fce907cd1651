"""Vectors: lists of as many numbers as the field declares, such as embeddings."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from typing import Annotated, Any

from msgspec import Meta

from keepfit.features.schema.blanks import stripped_sql
from keepfit.features.schema.cell_form import CellForm
from keepfit.features.schema.types.base import BadCell, Finish, ReadCell, ReadText, ValueType
from keepfit.features.schema.types.number import MAX_NUMBER, NOT_FINITE

MAX_LENGTH = 4096
NOT_A_VECTOR = "is not a list of numbers such as [0.5, -1, 2e-3]"

_NUMBER = r"[+-]?[0-9]{1,400}([.][0-9]{1,400})?([eE][+-]?[0-9]{1,5})?"
_FORM = rf"\[[ \t\r\n]*{_NUMBER}([ \t\r\n]*,[ \t\r\n]*{_NUMBER})*[ \t\r\n]*\]"
_is_vector = re.compile(_FORM, re.ASCII).fullmatch


class Vector(ValueType):
    """See ``base.ValueType``. A value is a list of ``length`` floats, each in a number of the model's row."""

    storage = "DOUBLE[]"
    expression = "vector"
    encoding = "vector"
    profile = None
    keys = frozenset({"length"})
    not_read = NOT_A_VECTOR

    def width(self, form: CellForm) -> int:
        """How many numbers a value has."""
        return form.length or 0

    def mistakes(self, form: CellForm) -> Iterator[str]:
        if not form.length:
            yield "a vector needs length, how many numbers it has"

    def text_reader(self, form: CellForm) -> ReadText:
        read_value = self.value_reader(form)

        def read(text: str) -> list[float]:
            if not _is_vector(text):
                raise BadCell(self.not_read)
            return list(read_value([float(number) for number in text[1:-1].split(",")]))

        return read

    def value_reader(self, form: CellForm) -> ReadCell:
        width = self.width(form)

        def read(value: Any) -> list[float]:
            if not isinstance(value, (list, tuple)) or any(type(each) not in (int, float) for each in value):
                raise BadCell(self.not_read)
            if len(value) != width:
                raise BadCell(_wrong_length(width))
            if not all(-MAX_NUMBER <= each <= MAX_NUMBER for each in value):
                raise BadCell(NOT_FINITE)
            return [float(each) for each in value]

        return read

    def spelled(self, form: CellForm, value: Any) -> str:
        return json.dumps(value) if isinstance(value, (list, tuple)) else super().spelled(form, value)

    def spelled_sql(self, form: CellForm, column: str, kind: str) -> str:
        return f"CAST({column} AS VARCHAR)"

    def request_type(self, form: CellForm) -> Any:
        width = self.width(form)
        return Annotated[list[float], Meta(min_length=width, max_length=width)]

    def is_kept_as_sent(self, form: CellForm) -> bool:
        return True

    def finisher(self, form: CellForm) -> Finish:
        def finish(instances: Iterable[Any], name: str) -> bool:
            for instance in instances:
                value = getattr(instance, name)
                if value is not None and not (min(value) >= -MAX_NUMBER and max(value) <= MAX_NUMBER):
                    return False
            return True

        return finish

    def parsed_sql(self, form: CellForm, text: str) -> str:
        listed = stripped_sql(text)
        return f"CASE WHEN regexp_full_match({listed}, '{_FORM}') THEN TRY_CAST({listed} AS DOUBLE[]) END"

    def value_sql(self, form: CellForm, parsed: str) -> str:
        return parsed

    def flaws_sql(self, form: CellForm, text: str, value: str) -> list[tuple[str, str]]:
        least, most = (f"{bound}({value})" for bound in ("list_min", "list_max"))
        limit = f"CAST({MAX_NUMBER!r} AS DOUBLE)"
        return [
            (f"{value} IS NULL", self.not_read),
            (f"len({value}) <> {self.width(form)}", _wrong_length(self.width(form))),
            (f"NOT ({least} >= -{limit} AND {most} <= {limit})", NOT_FINITE),
        ]


def _wrong_length(width: int) -> str:
    return f"has not {width} numbers"


TYPE = Vector()

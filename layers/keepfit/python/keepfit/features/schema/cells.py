"""Reads cells: one reader for uploads, requests, files to predict and golden requests.

A cell is a text of a file or a JSON value. It is missing where it is empty, or holds one of the words that say so.
"""

from __future__ import annotations

from keepfit.features.schema.cell_form import CellForm
from keepfit.features.schema.types.base import NULL, ReadCell, type_of
from keepfit.features.sql_literals import text as literal


def cell_reader(form: CellForm) -> ReadCell:
    """A function of a cell to its value, None where it is missing. It raises BadCell.

    >>> read = cell_reader(CellForm(type="float", decimal=",", nullable=True))
    >>> [read(cell) for cell in ("1,5", " 5 % ", "NA", 1.5)]
    [1.5, 0.05, None, 1.5]
    """
    return type_of(form.type).reader(form)


def flaw_sql(form: CellForm, *, text: str, parsed: str, value: str) -> str:
    """Why a text is not good, as an SQL expression that is NULL where it is.

    Args:
        form: what a good cell is.
        text: the SQL name of the text.
        parsed: the name of its ``parsed_sql``.
        value: the name of its ``value_sql``.
    """
    kind = type_of(form.type)
    missing = "NULL" if form.nullable else literal(NULL)
    cases = [
        f"WHEN {value} IS NULL AND ({text} IS NULL OR {kind.missing_sql(form, text, parsed)}) THEN {missing}"
    ]
    cases += [f"WHEN {bad} THEN {literal(message)}" for bad, message in kind.flaws_sql(form, text, value)]
    return f"CASE {' '.join(cases)} END"


def judged_sql(form: CellForm, texts: str, column: str) -> str:
    """A relation of each text ``t`` of a column: the value ``v``, and the reason ``r`` why it is bad.

    Args:
        form: what a good cell is.
        texts: the relation that holds the column.
        column: its SQL name.
    """
    kind = type_of(form.type)
    parsed = f"SELECT {column} AS t, {kind.parsed_sql(form, column)} AS p FROM {texts}"  # noqa: S608
    values = f"SELECT t, p, {kind.value_sql(form, 'p')} AS v FROM ({parsed})"  # noqa: S608
    flaw = flaw_sql(form, text="t", parsed="p", value="v")
    return f"(SELECT t, v, {flaw} AS r FROM ({values}))"  # noqa: S608

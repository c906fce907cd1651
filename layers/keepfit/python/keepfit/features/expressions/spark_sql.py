"""Spark's SQL: names and texts in it, and what of DuckDB's SQL can be said in it to the same effect.

The text of a filter or a view is one, DuckDB's; SQLGlot says it in Spark's dialect.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

_SAME: Final = frozenset(
    {
        *("column", "number", "text", "verbatim", "bool", "null", "negative", "+", "-", "*"),
        *("=", "<>", "!=", "<", "<=", ">", ">=", "and", "or", "not", "is null", "in", "case", "coalesce"),
        *("greatest", "least", "abs", "like"),
    }
)
"""Operations of expressions that give the same in both, to the bit."""


def name(column: str) -> str:
    """The name of a column or table as an identifier.

    >>> name("the `late` ones")
    '`the ``late`` ones`'
    """
    return "`" + column.replace("`", "``") + "`"


def literal(value: str) -> str:
    r"""A string as a literal, in which a backslash would begin an escape.

    >>> print(literal("it's a \\"))
    'it\'s a \\'
    """
    return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"


def to_spark(sql: str) -> str:
    """A query or an expression of DuckDB in Spark's dialect.

    Raises:
        ValueError: it cannot be said there.

    >>> to_spark('SELECT "late" FROM trips WHERE CAST("n" AS DOUBLE) > 2')
    'SELECT `late` FROM trips WHERE CAST(`n` AS DOUBLE) > 2'
    """
    import sqlglot  # noqa: PLC0415  where a plan is carried out, all was translated before
    from sqlglot.errors import ErrorLevel, SqlglotError  # noqa: PLC0415

    try:
        [said] = sqlglot.transpile(sql, read="duckdb", write="spark", unsupported_level=ErrorLevel.RAISE)
    except (SqlglotError, ValueError) as error:
        raise ValueError(str(error).splitlines()[0]) from error
    return said


def differing(tree: list[Any]) -> Iterator[str]:
    """The operations of an expression tree that Spark may compute otherwise.

    >>> list(differing(["<", ["floor", ["column", "n", "float"]], ["number", 3]]))
    ['floor']
    """
    operation, *operands = tree
    if operation not in _SAME or (operation == "like" and "\\" in operands[0]):
        yield operation
    for operand in _trees(operands):
        yield from differing(operand)


def _trees(operands: list[Any]) -> Iterator[list[Any]]:
    for operand in operands:
        if isinstance(operand, list) and operand:
            if isinstance(operand[0], str):
                yield operand
            else:
                yield from _trees(operand)

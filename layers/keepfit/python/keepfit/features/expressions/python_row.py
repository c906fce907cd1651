"""Compiles expression trees to Python statements that evaluate them for one row of a request.

A tree is what ``parse.compile_expression`` makes of SQL and ``duckdb_sql.to_sql`` turns back into it. Every
number is a float64, NULL is None, and the answers are DuckDB's, bit for bit. No statement raises on any input.

Statements, because they are inlined where rows are looped over: closures would cost a call per operation and row. They
hold names and operators only; whatever a signature says, text and numbers alike, is bound to a name.

Time zones are those of the package tzdata; see ``instants.time_zone``.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any

from keepfit.features.expressions import letters, sql_values, times
from keepfit.features.expressions.functions import OPERATIONS
from keepfit.features.schema.categories import category
from keepfit.features.schema.cell_form import FieldType
from keepfit.features.schema.types.base import type_of
from keepfit.features.schema.types.number import MAX_NUMBER
from keepfit.instants import time_zone

Columns = Mapping[str, Sequence[Any]]
Evaluate = Callable[[Columns, int], Sequence[Any]]

_MAX_CACHED_INSTANTS = 4096

_SOURCE = """
def evaluate(columns, rows):
    values = []
    for {cells} in zip(range(rows), {lists}):
{statements}
        values.append({value})
    return values
"""


def compile_tree(expression: list[Any], kind: FieldType) -> Evaluate:
    """Compiles a function of (columns, number of rows) to one value of the expression per row.

    Numbers that are not finite float32 values (0/0, an overflow) are missing: None.

    Columns hold None, bool, int, float, str, or aware UTC datetimes, as ``schema.read_column`` gives them.

    >>> compile_tree(["+", ["column", "a", "int"], ["number", 0.5]], "float")({"a": [1, None]}, 2)
    [1.5, None]
    """
    code = RowCode()
    cells = {name: f"c{position}" for position, name in enumerate(sorted(columns_of(expression)))}
    value = code.add(expression, kind, cells)
    lists = [f"columns[{code.bind(name)}]" for name in cells]
    source = _SOURCE.format(
        cells=", ".join(["_", *cells.values()]),
        lists=", ".join(lists),
        statements="\n".join(f"        {statement}" for statement in code.statements),
        value=value,
    )
    evaluate: Evaluate = code.function(source, "evaluate")
    return evaluate


def columns_of(expression: Any) -> set[str]:
    """The columns that an expression reads."""
    if not isinstance(expression, list) or not expression:
        return set()
    if expression[0] == "column":
        return {expression[1]}
    return set().union(*map(columns_of, expression))


def accesses_of(expression: Any) -> Iterator[tuple[str, str]]:
    """The columns whose texts an expression reads as JSON, each with a path in it."""
    if isinstance(expression, list) and expression:
        if expression[0] == "->>":
            _, path, operand = expression
            yield from ((column, path) for column in columns_of(operand))
        for operand in expression:
            yield from accesses_of(operand)


class RowCode:
    """Statements that evaluate expressions for one row, each operation once.

    ``names`` holds the objects that the statements refer to.
    """

    def __init__(self) -> None:
        self.statements: list[str] = []
        self.names: dict[str, Any] = {}
        self._made: dict[str, str] = {}

    def add(self, expression: list[Any], kind: FieldType, cells: Mapping[str, str]) -> str:
        """Adds an expression; returns the variable that holds its value after the statements.

        ``cells`` has the Python expression by which each column's value is read.
        """
        value = self._add(expression, cells)
        if kind != "float" or expression[0] == "extract":
            return value
        low, high = self.bind(-MAX_NUMBER), self.bind(MAX_NUMBER)
        return self._keep(f"{value} if {value} is not None and {low} <= {value} <= {high} else None")

    def bind(self, value: Any) -> str:
        """Binds a value to a name; the same function gets the same name each time."""
        name = f"k{len(self.names)}"
        self.names[name] = value
        return name

    def function(self, source: str, name: str) -> Any:
        """Executes ``source`` and returns what it defines as ``name``."""
        exec(compile(source, f"<{name}>", "exec"), self.names)  # noqa: S102  names and operators, never a signature's text
        return self.names[name]

    def _add(self, tree: list[Any], cells: Mapping[str, str]) -> str:
        operation, *operands = tree
        if operation in _INFIX:
            return self._null_in_null_out(_INFIX[operation], operands, cells)
        if operation in OPERATIONS or operation in _FUNCTIONS or operation in _OF_A_TEXT:
            return self._call(*_called(operation, operands), cells)
        if operation in _OF_ALL:
            parts = "".join(f"{self._add(operand, cells)}, " for operand in operands)
            return self._keep(f"{self._function(_OF_ALL[operation])}(({parts}))")
        value: str = getattr(self, _METHODS[operation])(cells, *operands)
        return value

    def _column(self, cells: Mapping[str, str], name: str, kind: FieldType) -> str:
        value = self._keep(cells[name])
        if type_of(kind).encoding == "code":  # a whole number may be written with a fraction of zeros
            spelt = f"{self._function(category)}({value})"
            return self._keep(f"{value} if {value} is None or {value}[-1:] != {self._zero()} else {spelt}")
        return (
            self._keep(f"None if {value} is None else float({value})") if type_of(kind).is_number else value
        )

    def _text(self, _cells: Mapping[str, str], value: str) -> str:
        return self.bind(category(value))

    def _constant(self, _cells: Mapping[str, str], value: Any = None) -> str:
        return self.bind(value)

    def _pi(self, _cells: Mapping[str, str]) -> str:
        return self.bind(math.pi)

    def _zero(self) -> str:
        return next((name for name, value in self.names.items() if value == "0"), None) or self.bind("0")

    def _is_null(self, cells: Mapping[str, str], operand: list[Any]) -> str:
        return self._keep(f"{self._add(operand, cells)} is None")

    def _in(self, cells: Mapping[str, str], operand: list[Any], choices: list[list[Any]]) -> str:
        return self._add(["or", *(["=", operand, choice] for choice in choices)], cells)

    def _case(self, cells: Mapping[str, str], branches: list[list[Any]], otherwise: list[Any]) -> str:
        """Adds a CASE; computing every branch is safe, because no operation raises."""
        value = self._add(otherwise, cells)
        for condition, result in reversed(branches):
            holds, chosen = self._add(condition, cells), self._add(result, cells)
            value = self._keep(f"{chosen} if {holds} else {value}")
        return value

    def _json(self, cells: Mapping[str, str], path: str, operand: list[Any]) -> str:
        """Adds an access to JSON; paths into the same text share what it was decoded to."""
        from keepfit.features.expressions import json_access  # noqa: PLC0415  most models read no JSON

        document = self._call(json_access.document, [operand], cells)
        read = self._function(json_access.reader(path))
        return self._keep(f"None if {document} is None else {read}({document})")

    def _null_in_null_out(self, pattern: str, operands: list[list[Any]], cells: Mapping[str, str]) -> str:
        values = [self._add(operand, cells) for operand in operands]
        unknown = " or ".join(f"{value} is None" for value in values)
        return self._keep(f"None if {unknown} else {pattern.format(*values)}")

    def _call(self, function: Callable[..., Any], operands: list[list[Any]], cells: Mapping[str, str]) -> str:
        places = ", ".join("{}" for _ in operands)
        return self._null_in_null_out(f"{self._function(function)}({places})", operands, cells)

    def _function(self, function: Callable[..., Any]) -> str:
        known = next((name for name, value in self.names.items() if value is function), None)
        return known or self.bind(function)

    def _keep(self, source: str) -> str:
        if source not in self._made:
            self._made[source] = f"v{len(self._made)}"
            self.statements.append(f"{self._made[source]} = {source}")
        return self._made[source]


def _called(operation: str, operands: list[Any]) -> tuple[Callable[..., Any], list[Any]]:
    """The function that an operation calls, and the operands it is called with."""
    known = OPERATIONS.get(operation)
    value = known.value if known else _FUNCTIONS.get(operation) or _OF_A_TEXT[operation]
    if operation in _OF_A_TEXT or (known and known.words):
        return value(operands[0]), operands[1:]
    return value, operands


@lru_cache
def _clock(zone: str) -> Callable[[datetime], datetime]:
    """A cached conversion of instants to a zone's wall clock; derived columns repeat instants."""
    place = time_zone(zone)

    @lru_cache(maxsize=_MAX_CACHED_INSTANTS)
    def read(instant: datetime) -> datetime:
        return instant.astimezone(place).replace(tzinfo=None)

    return read


def _not_equal(x: Any, y: Any) -> bool:
    return not sql_values.equal(x, y)


_INFIX = {"+": "{} + {}", "-": "{} - {}", "*": "{} * {}", "negative": "-{}", "not": "not {}"}
_OF_A_TEXT: dict[str, Callable[[str], Callable[[Any], Any]]] = {
    "extract": times.PARTS.__getitem__,
    "at time zone": _clock,
    "like": letters.like,
}
_OF_ALL: dict[str, Callable[[Sequence[Any]], Any]] = {
    "and": sql_values.all_true,
    "or": sql_values.any_true,
    "coalesce": sql_values.coalesce,
    "greatest": sql_values.greatest,
    "least": sql_values.least,
}
_FUNCTIONS: dict[str, Callable[..., Any]] = {
    "/": sql_values.divide,
    "%": sql_values.remainder,
    "=": sql_values.equal,
    "<>": _not_equal,
    "<": sql_values.less,
    "<=": sql_values.at_most,
    ">": lambda x, y: sql_values.less(y, x),
    ">=": lambda x, y: sql_values.at_most(y, x),
}
_METHODS = {
    "column": "_column",
    "number": "_constant",
    "text": "_text",
    "verbatim": "_constant",
    "bool": "_constant",
    "null": "_constant",
    "pi": "_pi",
    "is null": "_is_null",
    "in": "_in",
    "case": "_case",
    "->>": "_json",
}

"""Athena's SQL for DuckDB: what may be asked, by which tables, and how errors and types are called."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

_WRITES = (exp.DDL, exp.DML, exp.Into)
_TYPES = {
    "BOOLEAN": "boolean",
    "TINYINT": "tinyint",
    "SMALLINT": "smallint",
    "INTEGER": "integer",
    "BIGINT": "bigint",
    "UBIGINT": "bigint",
    "UINTEGER": "bigint",
    "HUGEINT": "bigint",
    "FLOAT": "float",
    "DOUBLE": "double",
    "DATE": "date",
    "TIMESTAMP": "timestamp",
    "TIMESTAMP WITH TIME ZONE": "timestamp with time zone",
    "VARCHAR": "varchar",
}
_COLUMN = re.compile(r'(?:column (?:named )?|column: )"([^"]+)"', re.IGNORECASE)


class Refused(Exception):
    """A query that is not answered, with Athena's reason."""


class Reference:
    """A table that a statement names."""

    def __init__(self, table: exp.Table) -> None:
        self._table = table
        self.db: str = table.db
        self.name: str = table.name

    def set_name(self, name: str) -> None:
        """Lets it name a view instead, under the alias that it has."""
        if not self._table.alias:
            self._table.set("alias", exp.TableAlias(this=exp.to_identifier(self.name)))
        self._table.set("this", exp.to_identifier(name, quoted=True))
        self._table.set("db", None)
        self._table.set("catalog", None)


def prepare(sql: str) -> exp.Query:
    """The statement. Raises Refused for anything but one SELECT: this Athena changes nothing."""
    try:
        statements = [one for one in sqlglot.parse(sql, dialect="athena") if one is not None]
    except (SqlglotError, RecursionError) as error:
        raise Refused(f"line 1:1: {_first_line(error)}") from error
    if len(statements) != 1:
        raise Refused("Only one sql statement is allowed. Got: " + sql)
    [statement] = statements
    written = None if isinstance(statement, exp.Query) else statement
    for found in statement.find_all(*_WRITES):
        written = written or (None if isinstance(found, exp.Query) else found)
    if written is not None or not isinstance(statement, exp.Query):
        raise Refused("line 1:1: the embedded Athena answers SELECT only")
    _drop_database_of_columns(statement)
    return statement


def catalogue_tables(statement: exp.Query) -> Iterator[Reference]:
    """Every table of the catalogue that it reads, not what it names by WITH."""
    named = {cte.alias_or_name.lower() for cte in statement.find_all(exp.CTE)}
    for table in [*statement.find_all(exp.Table)]:
        if not isinstance(table.this, exp.Identifier):
            raise Refused(
                f"FUNCTION_NOT_FOUND: line 1:1: Table function '{table.sql('athena')}' not registered"
            )
        if table.db or table.name.lower() not in named:
            yield Reference(table)


def refusal(error: Exception) -> str:
    """DuckDB's error in Athena's words."""
    said = _first_line(error)
    if isinstance(error, Refused):
        return said
    if "Binder Error" in said and (found := _COLUMN.search(said)):
        return (
            f"COLUMN_NOT_FOUND: line 1:1: Column '{found[1].lower()}' cannot be resolved or requester is not "
            "authorized to access requested resources"
        )
    kind = (
        "SYNTAX_ERROR: line 1:1: "
        if re.match(r"(Binder|Catalog|Parser) Error", said)
        else "GENERIC_USER_ERROR: "
    )
    return kind + re.sub(r"^\w+ Error: ", "", said)


def to_athena(kind: str) -> str:
    """The name of a DuckDB type in Athena."""
    if kind.endswith("[]"):
        return "array"
    return _TYPES.get(kind, "decimal" if kind.startswith("DECIMAL") else "varchar")


def _drop_database_of_columns(statement: exp.Query) -> None:
    """``keepfit.trips.distance`` is ``trips.distance``."""
    for column in statement.find_all(exp.Column):
        if column.args.get("db"):
            column.set("db", None)
            column.set("catalog", None)


def _first_line(error: Any) -> str:
    return re.sub(r"\x1b\[[0-9;]*m", "", str(error).splitlines()[0]) if str(error) else type(error).__name__

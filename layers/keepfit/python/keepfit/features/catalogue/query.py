"""Queries of the catalogue's tables in SQL: which statements may be asked, and what they answer."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final, Protocol

import msgspec
import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from keepfit.errors import InvalidRequest

DIALECT: Final = "athena"
_MAX_LENGTH: Final = 262_144  # bytes; as long as Athena takes it
_WRITES: Final = (exp.DDL, exp.DML, exp.Into)
_ASKING: Final = (
    "`keepfit sql` reads and changes nothing: ask one SELECT (or WITH … SELECT); "
    "`keepfit catalogue` lists the tables, `keepfit catalogue show NAME` their columns"
)


class Column(msgspec.Struct, frozen=True, kw_only=True):
    """A column of an answer; ``type`` as Athena calls it."""

    name: str
    type: str


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """The answer to a query.

    ``rows`` are the first ones, None where a value is missing; ``more`` says that there are others. ``scanned_bytes``
    are what is paid for.
    """

    query_id: str
    columns: list[Column]
    rows: list[list[Any]]
    more: bool
    scanned_bytes: int
    seconds: float
    results: str


class Queries(Protocol):
    """Asks queries over the tables of the catalogue."""

    def ask(self, sql: str, *, limit: int, tell: Callable[[str], None]) -> Answer:
        """Waits for the answer to a query, and stops one that is not waited for to its end.

        ``tell`` gets its state meanwhile.

        Raises:
            InvalidRequest: the query cannot be answered; the message says why, and what to do next.
        """
        ...


def refuse_writes(sql: str) -> None:
    """Raises InvalidRequest for anything but one SELECT.

    >>> refuse_writes("SELECT count(*) FROM trips")
    >>> refuse_writes("DROP TABLE trips")
    Traceback (most recent call last):
    ...
    keepfit.errors.InvalidRequest: it is a DROP, ...
    """
    if len(sql.encode()) > _MAX_LENGTH:
        raise _refused(f"it is longer than {_MAX_LENGTH:,} bytes")
    try:
        with _quiet():
            statements = [one for one in sqlglot.parse(sql, dialect=DIALECT) if one is not None]
    except (SqlglotError, RecursionError) as error:
        raise _refused(f"it is not SQL: {_first_line(error)}") from error
    if not statements:
        raise _refused("it says nothing")
    if len(statements) > 1:
        raise _refused(f"it is {len(statements)} statements")
    [statement] = statements
    if not isinstance(statement, exp.Query):
        raise _refused(f"it is a {_verb(statement)}")
    written = next(iter(statement.find_all(*_WRITES)), None)
    if written is not None and not isinstance(written, exp.Query):
        raise _refused(f"it contains a {_verb(written)}")


def _refused(why: str) -> InvalidRequest:
    return InvalidRequest(f"{why}, and was not sent; {_ASKING}", code="not_a_read")


def _verb(statement: exp.Expr) -> str:
    """What a statement does, in the word that it begins with."""
    if isinstance(statement, exp.Command):
        return str(statement.this).upper()
    return statement.key.upper()


def _first_line(error: Exception) -> str:
    return str(error).splitlines()[0].rstrip(".") if str(error) else type(error).__name__


@contextmanager
def _quiet() -> Iterator[None]:
    """Keeps sqlglot's warnings of what it does not know out of a command's output."""
    logger = logging.getLogger("sqlglot")
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        yield
    finally:
        logger.setLevel(level)

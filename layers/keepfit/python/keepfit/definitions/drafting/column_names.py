"""Reads the names of columns: identifiers, times, births."""

from __future__ import annotations

import re

_PARTS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")
_IDS = frozenset(
    {"id", "ids", "uuid", "guid", "pk", "identifier", "rownames", "rowname", "rowid", "rownum", "idx"}
)
_ROW_WORDS = frozenset({"index", "row", "obs", "x", "unnamed"})
_TIMES = frozenset({"day", "ts", "epoch", "at", "when", "created", "updated", "unix", "yyyymmdd"})
_ENDS_OF_TIMES = ("date", "time", "timestamp")
_BIRTHS = frozenset({"birth", "dob", "born", "birthday", "birthdate"})


def parts(name: str) -> list[str]:
    """The words of a name, in small letters.

    >>> parts("CustomerID"), parts("id_str"), parts("Sample Number")
    (['customer', 'id'], ['id', 'str'], ['sample', 'number'])
    """
    return [part.lower() for part in _PARTS.findall(name)]


def is_identifier(name: str) -> bool:
    """Whether a name says that it names something: a customer, a row.

    >>> [name for name in ("customer_id", "id", "PassengerId", "paid", "valid", "grid") if is_identifier(name)]
    ['customer_id', 'id', 'PassengerId']
    """
    return bool(_IDS & set(parts(name)))


def is_time(name: str) -> bool:
    """Whether a name says that it holds when something was.

    >>> [name for name in ("saledate", "created_at", "unixtime", "amount", "update_count") if is_time(name)]
    ['saledate', 'created_at', 'unixtime']
    """
    return any(part in _TIMES or part.endswith(_ENDS_OF_TIMES) for part in parts(name) if part != "update")


def is_birth(name: str) -> bool:
    """Whether a name says that it holds when somebody was born."""
    return bool(_BIRTHS & set(parts(name)))

"""Compiles access to JSON, ``->>`` and ``json_extract_string``, to expression trees."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar, Final

from sqlglot import exp
from sqlglot.dialects.duckdb import DuckDB
from sqlglot.parsers.duckdb import DuckDBParser

from keepfit.errors import InvalidDefinition
from keepfit.features.expressions.json_access import joined, path_of

ACCESS: Final = "->>"


def _of_two(name: str) -> Callable[..., exp.Expr]:
    """A builder of calls of a text and a path by ``name``; of more operands, SQLGlot would drop the third."""
    build = DuckDBParser.FUNCTIONS[name]

    def built(args: list[exp.Expr], **dialect: Any) -> exp.Expr:
        known = len(args) == 2
        return build(args, **dialect) if known else exp.Anonymous(this=name.lower(), expressions=args)

    return built


class _Parser(DuckDBParser):
    FUNCTIONS: ClassVar = {
        **DuckDBParser.FUNCTIONS,
        **{name: _of_two(name) for name in DuckDBParser.FUNCTIONS if name.startswith("JSON_EXTRACT")},
    }


class WrittenPaths(DuckDB):
    """DuckDB's dialect, with paths as they are written: SQLGlot would read the key 'a.b' as two."""

    Parser = _Parser

    def to_json_path(self, path: exp.Expr | None) -> exp.Expr | None:
        """The path itself."""
        return path


def accessed(node: exp.Expr) -> tuple[exp.Expr, str]:
    """The operand of an access to JSON, and its whole path.

    ``payload -> 'a' ->> 'b'`` has the path of both.

    Raises:
        InvalidDefinition: a path that is no constant, or none at all.
    """
    paths, operand = [_path(node)], node.this
    while isinstance(inner := operand.unnest(), exp.JSONExtract) and type(inner) is exp.JSONExtract:
        paths.append(_path(inner))
        operand = inner.this
    return operand, joined(paths[::-1])


def _path(node: exp.Expr) -> str:
    path = node.expression
    negative = isinstance(path, exp.Neg)
    literal = path.this if negative else path
    sql = node.sql("duckdb")
    if not isinstance(literal, exp.Literal) or node.args.get("expressions"):
        hint = "; put (... ->> 'path') in parentheses before a cast" if isinstance(path, exp.Cast) else ""
        raise InvalidDefinition(f"{sql} needs one path that is written as a 'text'{hint}")
    try:
        if literal.is_string and not negative:
            return path_of(literal.name)
        return path_of(-int(literal.name) if negative else int(literal.name))
    except ValueError as error:
        raise InvalidDefinition(f"{sql}: the path {error}") from error

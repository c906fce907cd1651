"""Compiles calls of functions, casts and LIKE to expression trees, by the registry."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any, Final, NoReturn

from sqlglot import exp

from keepfit.errors import InvalidDefinition
from keepfit.features.expressions.functions import CASTS, FUNCTIONS, Function, Kind, cast_name
from keepfit.features.expressions.json_calls import ACCESS, accessed
from keepfit.features.expressions.letters import like_pattern, lower
from keepfit.features.expressions.times import DIFF, PARTS, TRUNC

Tree = list[Any]

# What sqlglot calls the types that a cast may give, and what a cast that changes nothing is made of.
_TARGETS: Final = {
    "DOUBLE": "DOUBLE",
    "BIGINT": "BIGINT",
    "TEXT": "VARCHAR",
    "BOOLEAN": "BOOLEAN",
    "TIMESTAMPNTZ": "TIMESTAMP",
    "TIMESTAMP": "TIMESTAMP",
    "DATE": "DATE",
}
_UNCHANGED: Final = {
    ("number", "DOUBLE"),
    ("text", "VARCHAR"),
    ("bool", "BOOLEAN"),
    ("wall clock", "TIMESTAMP"),
}
_SOURCES: Final = {"whole number": "an int, or what is cast to BIGINT,", "wall clock": "time"}
_MAX_BUCKETS: Final = 2**31
SUPPORTED: Final = (
    "columns, numbers, 'text', TRUE, FALSE, NULL, + - * / %, = <> < <= > >=, AND OR NOT, CASE, COALESCE, IS NULL, "
    f"BETWEEN, IN, LIKE and ILIKE 'pattern' ESCAPE 'c', text ->> '$.path', EXTRACT({'|'.join(PARTS)} FROM time), "
    f"time AT TIME ZONE 'Area/City', CAST(value AS {'|'.join(dict.fromkeys(_TARGETS.values()))}), "
    f"date_diff('{'|'.join(DIFF)}',time,time), date_trunc('{'|'.join(TRUNC)}',time), "
    f"{' '.join(name for name, function in FUNCTIONS.items() if not function.words)} pi greatest least"
)


class Calls(ABC):
    """The part of the compiler that reads what a registry holds."""

    @abstractmethod
    def compile(self, node: exp.Expr) -> tuple[Tree, Kind]:
        """The tree of a parsed part, and its type."""

    def _function(self, node: exp.Expr) -> tuple[Tree, Kind]:
        name, operands = _called(node)
        function = FUNCTIONS.get(name)
        if function is None or len(operands) != len(function.takes) + bool(function.words):
            unsupported(node)
        words = [_word(operands.pop(0), name, function)] if function.words else []
        trees = [self._typed(part, kind, node) for part, kind in zip(operands, function.takes, strict=True)]
        if function.repeats and any(map(_repeats, trees)):
            raise InvalidDefinition(
                f"{node.sql('duckdb')} holds a {name} in its operands, which is not supported"
            )
        return [name, *words, *trees], function.gives

    def _widthbucket(self, node: exp.Expr) -> tuple[Tree, Kind]:
        tree, kind = self._function(node)
        buckets = tree[-1]
        if buckets[0] != "number" or not (1 <= buckets[1] <= _MAX_BUCKETS and buckets[1].is_integer()):
            raise InvalidDefinition(
                f"{node.sql('duckdb')} needs a whole number of buckets, written as such, from 1 to {_MAX_BUCKETS}"
            )
        return tree, kind

    def _trycast(self, node: exp.Expr) -> tuple[Tree, Kind]:
        return self._cast(node)

    def _cast(self, node: exp.Expr) -> tuple[Tree, Kind]:
        to = node.args["to"]
        target = _TARGETS.get(to.this.name if isinstance(to, exp.DataType) and not to.expressions else "")
        tree, kind = self.compile(node.this)
        if target in ("TIMESTAMP", "DATE"):
            tree, kind = in_utc(tree, kind)
        kind = "whole number" if target == "VARCHAR" and _is_whole(tree) else kind
        if kind == "null":
            kind = next((source for source, known in CASTS if known == target), kind)
        if (kind, target) in _UNCHANGED:
            return tree, kind
        cast = CASTS.get((kind, target or ""))
        if cast is None:
            raise InvalidDefinition(
                f"{node.sql('duckdb')} casts a {kind} to {target or to.sql('duckdb')}; {_casts()}"
            )
        return [cast_name(kind, str(target)), tree], cast.gives

    def _like(self, node: exp.Expr) -> tuple[Tree, Kind]:
        return self._matching(node, "")

    def _ilike(self, node: exp.Expr) -> tuple[Tree, Kind]:
        return self._matching(node, "")

    def _escape(self, node: exp.Expr) -> tuple[Tree, Kind]:
        escape = node.expression
        if type(node.this) not in (exp.Like, exp.ILike) or not _is_text(escape) or len(escape.name) != 1:
            unsupported(node)
        return self._matching(node.this, escape.name)

    def _matching(self, node: exp.Expr, escape: str) -> tuple[Tree, Kind]:
        operand, kind = self._typed(node.this, "text", node), type(node)
        if not _is_text(node.expression):
            raise InvalidDefinition(f"{node.sql('duckdb')} needs a pattern that is written as a 'text'")
        try:
            pattern = like_pattern(node.expression.name, escape)
        except ValueError as error:
            raise InvalidDefinition(f"{node.sql('duckdb')}: the pattern {error}") from error
        tree = (
            ["like", lower(pattern), ["lower", operand]] if kind is exp.ILike else ["like", pattern, operand]
        )
        return (["not", tree] if node.args.get("negate") else tree), "bool"

    def _jsonextractscalar(self, node: exp.Expr) -> tuple[Tree, Kind]:
        operand, path = accessed(node)
        return [ACCESS, path, self._typed(operand, "text", node)], "text"

    def _jsonextract(self, node: exp.Expr) -> tuple[Tree, Kind]:
        raise InvalidDefinition(f"{node.sql('duckdb')} gives JSON; write ->> for the text of a value")

    def _lambda(self, node: exp.Expr) -> tuple[Tree, Kind]:
        raise InvalidDefinition(
            f"{node.sql('duckdb')}: -> among operands of a function is not supported; put what it belongs to in "
            "parentheses, or write one path: ->> '$.a.b'"
        )

    def _typed(self, node: exp.Expr, wanted: Kind, inside: exp.Expr) -> Tree:
        tree, kind = self.compile(node)
        if wanted == "wall clock":
            tree, kind = in_utc(tree, kind)
        if kind not in (wanted, "null"):
            needed = "timestamp" if wanted == "wall clock" else wanted
            raise InvalidDefinition(
                f"{inside.sql('duckdb')} needs a {needed}, and {node.sql('duckdb')} is a {kind}"
            )
        return tree


def is_time(kind: Kind) -> bool:
    """Whether parts can be extracted of it."""
    return kind in ("timestamp", "wall clock")


def in_utc(tree: Tree, kind: Kind) -> tuple[Tree, Kind]:
    """A timestamp as what a clock in UTC shows; anything else as it is."""
    return (["at time zone", "UTC", tree], "wall clock") if kind == "timestamp" else (tree, kind)


def as_compared(trees: list[Tree]) -> list[Tree]:
    """Operands whose constants are as they are written, beside texts, or as categories are written."""
    kinds = set().union(*map(_column_types, trees))
    if "text" not in kinds or "category" in kinds:
        return trees
    return [["verbatim", *tree[1:]] if tree[0] == "text" else tree for tree in trees]


def unsupported(node: exp.Expr) -> NoReturn:
    """Refuses what the language does not have, and says what it has."""
    what = f"{node.sql('duckdb')} ({type(node).__name__})"
    raise InvalidDefinition(f"{what} is not supported; supported are {SUPPORTED}")


def _called(node: exp.Expr) -> tuple[str, list[exp.Expr]]:
    """The name that a call has in DuckDB, and its operands in the order in which they were written."""
    if isinstance(node, exp.DateDiff):
        return "date_diff", [node.args.get("unit") or exp.Null(), node.expression, node.this]
    if isinstance(node, (exp.TimestampTrunc, exp.DateTrunc)):
        return "date_trunc", [node.args.get("unit") or exp.Null(), node.this]
    if isinstance(node, exp.Log):
        if node.expression is None:
            return "log10", [node.this]
        known = {"10": "log10", "2": "log2"}.get(node.this.name if isinstance(node.this, exp.Literal) else "")
        return (known, [node.expression]) if known else ("log", [node.this, node.expression])
    if isinstance(node, exp.Func) and not isinstance(node, exp.Anonymous):
        given = [node.args.get(name) for name in node.arg_types]
        return node.sql_names()[0].lower(), [part for part in given if isinstance(part, exp.Expr)]
    return "", []


def _word(node: exp.Expr, name: str, function: Function) -> str:
    word = node.name.lower()
    if word not in function.words:
        raise InvalidDefinition(
            f"{name}({node.sql('duckdb')}, ...) is not supported; the parts are {', '.join(function.words)}"
        )
    return word


def _is_text(node: exp.Expr) -> bool:
    return isinstance(node, exp.Literal) and node.is_string


def _is_whole(tree: Tree) -> bool:
    """Whether a number can have no fraction."""
    return (tree[0] == "column" and tree[2] == "int") or str(tree[0]).endswith(" as BIGINT")


def _repeats(tree: Any) -> bool:
    if not isinstance(tree, list):
        return False
    function = FUNCTIONS.get(tree[0]) if tree and isinstance(tree[0], str) else None
    return (function is not None and function.repeats) or any(map(_repeats, tree))


def _column_types(tree: Any) -> set[str]:
    if not isinstance(tree, list):
        return set()
    if tree and tree[0] == "column":
        return {tree[2]}
    if tree and tree[0] == ACCESS:  # whatever column it is, JSON holds texts as they are
        return {"text"}
    return set().union(*map(_column_types, tree))


def _casts() -> str:
    """What can be cast to what."""
    targets: dict[str, list[str]] = {}
    for source, target in CASTS:
        targets.setdefault(source, []).append(target)
    listed = "; ".join(
        f"{_SOURCES.get(source, source)} to {', '.join(names)}" for source, names in targets.items()
    )
    return f"casts are {listed}"

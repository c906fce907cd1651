"""Functions of rows, generated once per graph: conditions, scores, and what a model reads."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from keepfit.errors import InvalidRequest
from keepfit.features.expressions.python_row import RowCode
from keepfit.features.schema.signature import Column
from keepfit.serving.graph.compiled import CompiledExpression, CompiledGraph, given_by

Instances = Sequence[Any]

_CHOOSE = """
def choose(instances):
    ways = []
    for instance in instances:
{statements}
        ways.append({way})
    return ways
"""
_RESCORE = """
def rescore(instances, scores):
    values = []
    for instance, score in zip(instances, scores):
{statements}
        values.append({value})
    return values
"""
_PROJECT = """
def project({arguments}):
    rows = []
    for {variables} in {source}:
{statements}
        rows.append(Row({values}))
    return rows
"""
SCORE = "score"
"""What an expression calls the score of the node that it is of."""


@dataclass(frozen=True, slots=True)
class RowFunctions:
    """Makes functions of decoded instances; ``attributes`` are those of the fields of requests."""

    graph: CompiledGraph
    attributes: Mapping[str, str]

    def choice(
        self, conditions: Sequence[CompiledExpression], columns_from: Sequence[str]
    ) -> Callable[[Instances], list[int]]:
        """A function of instances to the place of the first condition that is true, or the number of them."""
        code = RowCode()
        cells = self._cells(code, columns_from)
        ways = [code.add(condition.tree, condition.type, cells) for condition in conditions]
        way = "".join(f"{place} if {holds} is True else " for place, holds in enumerate(ways))
        source = _CHOOSE.format(statements=_indented(code), way=f"{way}{len(ways)}")
        choose: Callable[[Instances], list[int]] = code.function(source, "choose")
        return choose

    def rescoring(
        self, expression: CompiledExpression, columns_from: Sequence[str]
    ) -> Callable[[Instances, list[float]], list[float | None]]:
        """A function of instances and their scores to other scores."""
        code = RowCode()
        value = code.add(expression.tree, expression.type, {**self._cells(code, columns_from), SCORE: SCORE})
        source = _RESCORE.format(statements=_indented(code), value=value)
        rescore: Callable[[Instances, list[float]], list[float | None]] = code.function(source, "rescore")
        return rescore

    def projection(
        self,
        columns: Sequence[Column],
        columns_from: Sequence[str],
        scores: Sequence[str],
        *,
        always: bool = False,
    ) -> Callable[..., list[Any]] | None:
        """A function of instances, and a list for each of ``scores``, to instances with these ``columns``.

        None where instances are those already, unless it is wanted ``always``: copies are made then.
        """
        given = given_by(self.graph, columns_from)
        sent = [column.name for column in columns if column.name not in given and column.name not in scores]
        places = [f"f{place}" for place in range(len(columns))]
        if not always and [self.attributes[name] for name in sent] == places:
            return None
        code = RowCode()
        cells = self._cells(code, columns_from)
        variables = ["instance", *(f"s{place}" for place in range(len(scores)))]
        cells |= {name: f"s{place}" for place, name in enumerate(scores)}
        values = [cells[column.name] for column in columns]
        for column, value in zip(columns, values, strict=True):
            if column.name in given and not column.nullable:
                wrong = code.bind(_refusal(column.name, given[column.name]))
                code.statements.append(f"if {value} is None: {wrong}(len(rows))")
        code.names["Row"] = msgspec.defstruct("Row", [(name, Any) for name in places], gc=False)
        arguments = ["instances", *variables[1:]]
        source = _PROJECT.format(
            arguments=", ".join(arguments),
            variables=", ".join(variables),
            source=f"zip({', '.join(arguments)})" if scores else "instances",
            statements=_indented(code),
            values=", ".join(values),
        )
        project: Callable[..., list[Any]] = code.function(source, "project")
        return project

    def _cells(self, code: RowCode, columns_from: Sequence[str]) -> dict[str, str]:
        """The Python expression of every column that may be read."""
        cells = {name: f"instance.{attribute}" for name, attribute in self.attributes.items()}
        given = dict[str, str]()
        for name in columns_from:
            node = self.graph.nodes[name]
            own = self._cells(code, node.definition.columns_from)
            given |= {
                column: code.add(each.tree, each.type, own) for column, each in node.expressions.items()
            }
        return {**cells, **given}


def _indented(code: RowCode) -> str:
    return "\n".join(f"        {statement}" for statement in ["pass", *code.statements])


def _refusal(column: str, node: str) -> Callable[[int], None]:
    def refuse(row: int) -> None:
        raise InvalidRequest(
            "instances are not what this model was trained on: see the errors",
            code="invalid_instances",
            details=[
                (row, column, f"is missing: the node {node!r} makes it of the instance, and finds none")
            ],
        )

    return refuse

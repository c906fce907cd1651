"""Drawn graphs answer as a naive interpreter that follows each row by itself, to the bit."""

from __future__ import annotations

import math
from typing import Any

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from keepfit.errors import InvalidOutput
from keepfit.features.expressions.python_row import compile_tree
from keepfit.serving.graph.compiled import CompiledGraph
from keepfit.serving.graph.sticky_shares import StickyShares
from tests.unit.serving.graph.small_graph import (
    FIELDS,
    MemoryModel,
    asked,
    broken,
    graph_of,
    instance,
    scorer_of,
)

_CONDITIONS = (
    "amount > 1200",
    "new",
    "age / amount > 0.02",
    "country in ('de', 'fr') and age < 50",
    "age > 1000",
)
_SCORES = ("score / 2", "least(score + age / 900, 1)", "case when new then score else 1 - score end")
_TRANSFORMS = ("amount / 2", "amount + age", "case when new then 1 else amount end")


def models(draw: Any) -> list[MemoryModel]:
    """The own model and others, some of which fail, some with their fields in another order."""
    made = []
    for number, name in enumerate(("own", "forest", "linear")):
        fields = draw(st.permutations(sorted(FIELDS)))
        fails = draw(st.integers(0, 5)) == 0

        def score(row: dict[str, Any], *, more: int = number + 2) -> float:
            total = row["amount"] * more + row["age"] * 7 + row["new"] + len(row["country"]) * more
            return math.fmod(total, 101) / 101

        made.append(MemoryModel(name, broken if fails else score, fields))
    return made


@st.composite
def graphs(draw: Any) -> tuple[CompiledGraph, list[MemoryModel]]:
    """A graph without circles: a node names those that were drawn before it."""
    nodes: dict[str, Any] = {
        "euros": {"transform": {"amount": draw(st.sampled_from(_TRANSFORMS))}},
        "n0": {"model": "own"},
    }
    answers = ["n0"]
    for number in range(1, draw(st.integers(1, 9))):
        some = st.lists(st.sampled_from(answers), min_size=1, max_size=3, unique=True)
        node = draw(st.sampled_from([_model, _mean, _conditions, _shares, _segment, _score]))(draw, some)
        if draw(st.booleans()):
            node["fallback"] = draw(st.sampled_from(answers))
        nodes[f"n{number}"] = node
        answers.append(f"n{number}")
    return graph_of(answers[-1], **nodes), models(draw)


def _model(draw: Any, _some: Any) -> dict[str, Any]:
    node: dict[str, Any] = {"model": draw(st.sampled_from(["own", "forest", "linear"]))}
    if draw(st.booleans()):
        node["columns_from"] = ["euros"]
    if draw(st.integers(0, 4)) == 0:
        node["deadline_ms"] = 25_000
    return node


def _mean(draw: Any, some: Any) -> dict[str, Any]:
    of = draw(some)
    weights = draw(st.lists(st.sampled_from([0.1, 1.0, 2.5]), min_size=len(of), max_size=len(of)))
    return {"ensemble": draw(st.sampled_from(["mean", "vote"])), "of": of, "weights": weights}


def _conditions(draw: Any, some: Any) -> dict[str, Any]:
    *others, last = draw(some)
    ways = [{"when": draw(st.sampled_from(_CONDITIONS)), "to": name} for name in others]
    node: dict[str, Any] = {"route": [*ways, {"to": last}]}
    return {**node, "columns_from": ["euros"]} if draw(st.booleans()) else node


def _shares(draw: Any, some: Any) -> dict[str, Any]:
    of = draw(some)
    return {"route": [{"share": 1 / len(of), "to": name} for name in of], "by": ["age", "country"]}


def _segment(draw: Any, some: Any) -> dict[str, Any]:
    *others, last = draw(some)
    choices = dict(zip(("de", "jp"), others, strict=False)) or {"fr": last}
    return {"ensemble": "segment", "by": ["country"], "choices": choices, "otherwise": last}


def _score(draw: Any, some: Any) -> dict[str, Any]:
    return {"score": draw(st.sampled_from(_SCORES)), "of": draw(some)[:1]}


class Interpreter:
    """Follows one row, recursively, with nothing kept between nodes."""

    def __init__(self, graph: CompiledGraph, models: list[MemoryModel], row: dict[str, Any]) -> None:
        self.graph, self.row = graph, row
        self.models = {model.signature.model: model for model in models}

    def answer(self, name: str) -> tuple[float, set[str]]:
        """The node's answer, and which nodes made it."""
        node = self.graph.nodes[name]
        try:
            return getattr(self, f"_{node.kind}")(name, node.definition)
        except InvalidOutput:
            if node.definition.fallback is None:
                raise
            return self.answer(node.definition.fallback)

    def columns(self, columns_from: list[str]) -> dict[str, Any]:
        given = dict(self.row)
        for name in columns_from:
            for column, each in self.graph.nodes[name].expressions.items():
                given[column] = self.value(each, self.row)
        return given

    @staticmethod
    def value(expression: Any, row: dict[str, Any]) -> Any:
        [value] = compile_tree(expression.tree, expression.type)({k: [v] for k, v in row.items()}, 1)
        return value

    def _model(self, name: str, node: Any) -> tuple[float, set[str]]:
        return self.models[node.model]._function(self.columns(node.columns_from)), {name}

    def _mean(self, name: str, node: Any) -> tuple[float, set[str]]:
        return self.weighed(name, node, lambda score: score)

    def _vote(self, name: str, node: Any) -> tuple[float, set[str]]:
        return self.weighed(name, node, lambda score: 1.0 if score >= 0.5 else 0.0)

    def weighed(self, name: str, node: Any, counted: Any) -> tuple[float, set[str]]:
        total, by = None, {name}
        for weight, child in zip(node.weights, node.of, strict=True):
            score, made_by = self.answer(child)
            each = weight * counted(score)
            total, by = each if total is None else total + each, by | made_by
        assert total is not None
        return total / math.fsum(node.weights), by

    def _segment(self, name: str, node: Any) -> tuple[float, set[str]]:
        score, by = self.answer(node.choices.get(self.row["country"], node.otherwise))
        return score, by | {name}

    def _route(self, name: str, node: Any) -> tuple[float, set[str]]:
        score, by = self.answer(self._way(name, node))
        return score, by | {name}

    def _way(self, name: str, node: Any) -> str:
        if node.by:
            row = msgspec.defstruct("Row", [("age", Any), ("country", Any)])(
                self.row["age"], self.row["country"]
            )
            [way] = StickyShares(name, ["age", "country"], [way.share for way in node.route])([row])
            return str(node.route[way].to)
        given = self.columns(node.columns_from)
        conditions = self.graph.nodes[name].expressions
        for way in node.route:
            if way.when is None or self.value(conditions[way.when], given) is True:
                return str(way.to)
        raise AssertionError

    def _score(self, name: str, node: Any) -> tuple[float, set[str]]:
        score, by = self.answer(node.of[0])
        value = self.value(self.graph.nodes[name].expressions["score"], {**self.row, "score": score})
        if value is None or not -1e-6 <= value <= 1 + 1e-6:
            raise InvalidOutput("no probability")
        return min(max(value, 0.0), 1.0), by | {name}


@given(graphs(), st.integers(0, 500), st.integers(1, 6))
def test_a_graph_answers_each_row_as_if_it_were_alone(
    drawn: tuple[CompiledGraph, list[MemoryModel]], first: int, rows: int
) -> None:
    graph, made = drawn
    used = [model for model in made if model.signature.model in graph.models]
    scorer = scorer_of(graph, *used)
    instances = [instance(first + row) for row in range(rows)]
    request = asked(scorer, *instances)
    try:
        expected = [Interpreter(graph, made, row).answer(graph.answer) for row in instances]
    except InvalidOutput:
        with pytest.raises(InvalidOutput):
            scorer.score(request)
        return
    scored = scorer.score(request)
    assert scored.dtype == np.float64
    assert scored.tolist() == [score for score, _ in expected]
    assert [set(graph.answered_by(bits)) for bits in request.nodes] == [by for _, by in expected]
    assert all(len(model.calls) <= _uses(graph, model) for model in used), "a node runs once for its rows"


def _uses(graph: CompiledGraph, model: MemoryModel) -> int:
    """The nodes that are this model, each asked once more at most where it is a fallback."""
    fallbacks = {node.definition.fallback for node in graph.nodes.values()}
    own = [name for name, node in graph.nodes.items() if node.definition.model == model.signature.model]
    return len(own) + sum(name in fallbacks for name in own) * len(graph.nodes)

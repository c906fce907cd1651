"""A graph answers as its nodes say, row by row: routed, weighed, in time, or by a fallback."""

from __future__ import annotations

import json
from threading import Barrier, Event
from typing import Any

import msgspec
import numpy as np
import pytest

from keepfit.errors import InvalidModel, InvalidOutput, InvalidRequest
from keepfit.features.schema.signature import Column, Lookup, sensitive_inputs
from keepfit.serving.graph.deadlines import MAX_THREADS
from keepfit.tasks.spec import IntervalSpec, TaskSpec
from tests.unit.serving.graph.small_graph import (
    MemoryModel,
    Observed,
    asked,
    broken,
    graph_of,
    instance,
    scorer_of,
)

OWN, FOREST = {"model": "own"}, {"model": "forest"}


def own(score: float = 0.25, **more: Any) -> MemoryModel:
    return MemoryModel("own", lambda _: score, **more)


def forest(score: float = 0.75, **more: Any) -> MemoryModel:
    return MemoryModel("forest", lambda _: score, **more)


def answers(graph: Any, *models: MemoryModel, rows: int = 4, **more: Any) -> list[Any]:
    scorer = scorer_of(graph, *models, **more)
    return scorer.score(asked(scorer, *map(instance, range(rows)))).tolist()


def test_a_mean_is_weighed_as_the_definition_says() -> None:
    blend = {"ensemble": "mean", "of": ["own", "forest"], "weights": [3, 1]}
    graph = graph_of("blend", own=OWN, forest=FOREST, blend=blend)
    assert answers(graph, own(), forest()) == [0.375] * 4


def test_votes_are_counted_by_the_threshold_of_each_model() -> None:
    strict = forest(0.6, spec=TaskSpec(kind="binary", threshold=0.7))
    lax = own(0.2, spec=TaskSpec(kind="binary", threshold=0.1))
    vote = {"ensemble": "vote", "of": ["own", "forest", "other"], "weights": [2, 1, 1]}
    graph = graph_of("vote", own=OWN, forest=FOREST, other=OWN, vote=vote)
    scorer = scorer_of(graph, lax, strict)
    scored = scorer.score(asked(scorer, instance(0)))
    assert scored.tolist() == [0.75]
    assert scorer.task.decide(scored) == [True]
    assert scorer.task.spec.threshold is None, "a share of votes has no threshold but half"


def test_a_stack_reads_the_scores_of_nodes_as_columns() -> None:
    above = MemoryModel("above", lambda row: row["own"] * row["forest"], ["forest", "own"])
    stack = {"ensemble": "stack", "of": ["own", "forest"], "model": "above"}
    graph = graph_of("stack", own=OWN, forest=FOREST, stack=stack)
    scorer = scorer_of(graph, own(0.5), forest(0.75), above)
    assert scorer.score(asked(scorer, instance(1))).tolist() == [0.375]
    assert [column.name for column in scorer.signature.instance_columns] == [
        "amount",
        "age",
        "country",
        "new",
    ]


def test_a_segment_is_answered_by_the_node_that_its_value_chooses() -> None:
    choice = {"ensemble": "segment", "by": ["country"], "choices": {"de": "forest"}, "otherwise": "own"}
    graph = graph_of("choice", own=OWN, forest=FOREST, choice=choice)
    countries = [instance(row)["country"] for row in range(6)]
    assert answers(graph, own(), forest(), rows=6) == [0.75 if c == "de" else 0.25 for c in countries]


def test_a_category_is_routed_as_it_is_kept_however_it_is_written() -> None:
    choice = {"ensemble": "segment", "by": ["country"], "choices": {"de": "forest"}, "otherwise": "own"}
    scorer = scorer_of(graph_of("choice", own=OWN, forest=FOREST, choice=choice), own(), forest())
    request = asked(scorer, {**instance(0), "country": " de "})
    assert scorer.score(request).tolist() == [0.75]
    assert request.body is None, "what is logged is what was read"


def test_a_router_takes_the_first_condition_that_is_true() -> None:
    route = [{"when": "amount > 1000", "to": "forest"}, {"when": "amount > 0", "to": "own"}, {"to": "forest"}]
    graph = graph_of("route", own=OWN, forest=FOREST, route={"route": route})
    amounts = [instance(row)["amount"] for row in range(8)]
    models = own(), forest()
    assert answers(graph, *models, rows=8) == [0.75 if a > 1000 or a == 0 else 0.25 for a in amounts]
    assert models[0].calls == [sum(0 < amount <= 1000 for amount in amounts)]
    assert models[1].calls == [8 - models[0].calls[0]], "two ways to one node are one call"


def test_a_condition_of_what_is_missing_is_not_true() -> None:
    route = {"route": [{"when": "age < 10", "to": "forest"}, {"to": "own"}]}
    graph = graph_of("route", own=OWN, forest=FOREST, route=route)
    scorer = scorer_of(graph, own(nullable=True), forest(nullable=True))
    rows = [{**instance(0), "age": age} for age in (5, None, 15)]
    assert scorer.score(asked(scorer, *rows)).tolist() == [0.75, 0.25, 0.25]


def test_a_share_of_entities_keeps_its_way() -> None:
    route = {"route": [{"share": 0.2, "to": "forest"}, {"share": 0.8, "to": "own"}], "by": ["age"]}
    scorer = scorer_of(graph_of("split", own=OWN, forest=FOREST, split=route), own(), forest())
    request = asked(scorer, *({**instance(row), "age": row // 2} for row in range(4000)))
    scored = scorer.score(request)
    assert (scored[::2] == scored[1::2]).all(), "an age keeps its way whatever else is sent"
    assert abs((scored == 0.75).mean() - 0.2) < 0.03


def test_a_larger_share_takes_no_row_away_from_it() -> None:
    def routed(share: float) -> np.ndarray[Any, Any]:
        route = [{"share": share, "to": "forest"}, {"share": 1 - share, "to": "own"}]
        graph = graph_of("split", own=OWN, forest=FOREST, split={"route": route, "by": ["age"]})
        scorer = scorer_of(graph, own(), forest())
        return scorer.score(asked(scorer, *({**instance(1), "age": age} for age in range(500)))) == 0.75

    fewer, more = routed(0.1), routed(0.3)
    assert (more | ~fewer).all()
    assert more.sum() > fewer.sum()


def test_a_transform_gives_a_model_columns_in_place_of_fields() -> None:
    graph = graph_of(
        "own",
        own={"model": "own", "columns_from": ["euros"]},
        euros={"transform": {"amount": "amount / 4"}},
    )
    assert answers(graph, MemoryModel("own", lambda row: row["amount"] / 1000), rows=3) == [
        instance(row)["amount"] / 4000 for row in range(3)
    ]


def test_a_transform_reads_columns_of_another() -> None:
    graph = graph_of(
        "own",
        own={"model": "own", "columns_from": ["second"]},
        first={"transform": {"half": "amount / 2"}},
        second={"transform": {"amount": "half + 1"}, "columns_from": ["first"]},
    )
    model = MemoryModel("own", lambda row: row["amount"] / 10000)
    assert answers(graph, model, rows=3) == [(instance(r)["amount"] / 2 + 1) / 10000 for r in range(3)]


def test_a_value_that_a_transform_does_not_find_is_told_with_the_row_of_the_request() -> None:
    graph = graph_of(
        "route",
        own={"model": "own", "columns_from": ["ratio"]},
        ratio={"transform": {"amount": "amount / age"}},
        forest=FOREST,
        route={"route": [{"when": "new", "to": "forest"}, {"to": "own"}]},
    )
    scorer = scorer_of(graph, own(), forest())
    rows = [{**instance(0), "new": True}, {**instance(1), "new": False, "age": 0}]
    with pytest.raises(InvalidRequest) as refused:
        scorer.score(asked(scorer, *rows))
    [(row, name, message)] = refused.value.details
    assert (row, name) == (1, "amount")
    assert "'ratio'" in message


def test_a_score_is_changed_by_an_expression_over_the_request() -> None:
    spec = TaskSpec(kind="regression", interval=IntervalSpec(level=0.9, low=-1, high=1))
    priced = {"score": "greatest(score * 2, age)", "of": ["own"]}
    graph = graph_of("priced", own=OWN, priced=priced)
    scorer = scorer_of(graph, own(10.0, spec=spec))
    scored = scorer.score(asked(scorer, *map(instance, range(3))))
    assert scored.tolist() == [max(20.0, instance(row)["age"]) for row in range(3)]
    assert scorer.signature.task.interval is None, "an interval was measured of the model alone"


def test_a_score_beyond_its_task_is_the_failure_of_its_node() -> None:
    graph = graph_of("twice", own=OWN, twice={"score": "score * 5", "of": ["own"]})
    with pytest.raises(InvalidOutput, match=r"the node 'twice' failed: it makes 1\.25 .* not a probability"):
        answers(graph, own())


def test_a_node_that_fails_is_replaced_by_its_fallback_and_told() -> None:
    observer = Observed()
    blend = {"ensemble": "mean", "of": ["own", "forest"]}
    graph = graph_of("blend", own=OWN, forest={**FOREST, "fallback": "own"}, blend=blend)
    scorer = scorer_of(graph, own(), MemoryModel("forest", broken), observer=observer)
    request = asked(scorer, *map(instance, range(3)))
    assert scorer.score(request).tolist() == [0.25] * 3
    assert observer.failures == [("forest", "the model answered nan")]
    assert observer.replacements == ["forest"]
    assert graph.answered_by(request.nodes[0]) == ["blend", "own"]


def test_a_node_without_a_fallback_fails_the_request_by_its_name() -> None:
    graph = graph_of("blend", own=OWN, forest=FOREST, blend={"ensemble": "mean", "of": ["own", "forest"]})
    observer = Observed()
    with pytest.raises(InvalidOutput, match="the node 'forest' failed: the model answered nan"):
        answers(graph, own(), MemoryModel("forest", broken), observer=observer)
    assert observer.failures == [("forest", "the model answered nan")], "told where it failed alone"
    assert observer.requests == 1


def test_what_asks_a_failed_node_may_have_a_fallback_too() -> None:
    blend = {"ensemble": "mean", "of": ["forest", "own"], "fallback": "own"}
    graph = graph_of("blend", own=OWN, forest=FOREST, blend=blend)
    assert answers(graph, own(), MemoryModel("forest", broken)) == [0.25] * 4


def test_a_fallback_that_fails_too_is_told_with_both_reasons() -> None:
    graph = graph_of("forest", own=OWN, forest={**FOREST, "fallback": "own"})
    with pytest.raises(InvalidOutput, match=r"'forest' failed: .*; and its fallback: the node 'own' failed"):
        answers(graph, MemoryModel("own", broken), MemoryModel("forest", broken))


def test_a_late_node_is_replaced_in_time_and_its_answer_changes_nothing() -> None:
    observer, held, ended = Observed(), Event(), Event()
    slow = forest(wait=lambda: (held.wait(30), ended.set()))
    graph = graph_of("forest", own=OWN, forest={**FOREST, "deadline_ms": 5, "fallback": "own"})
    scorer = scorer_of(graph, own(), slow, observer=observer)
    request = asked(scorer, instance(0))
    scored = scorer.score(request)
    assert scored.tolist() == [0.25]
    held.set()
    assert ended.wait(30)
    assert scored.tolist() == [0.25]
    assert observer.failures == [("forest", "it did not answer within 5 ms")]
    assert graph.answered_by(request.nodes[0]) == ["own"]


def test_a_node_in_time_answers_itself() -> None:
    graph = graph_of("forest", own=OWN, forest={**FOREST, "deadline_ms": 5000, "fallback": "own"})
    models = own(), forest()
    assert answers(graph, *models) == [0.75] * 4
    assert models[0].calls == [], "a fallback is asked where it is needed"


def test_late_nodes_hold_a_few_threads_and_no_more() -> None:
    observer, held = Observed(), Event()
    graph = graph_of("forest", own=OWN, forest={**FOREST, "deadline_ms": 1, "fallback": "own"})
    slow = forest(wait=lambda: held.wait(30))
    scorer = scorer_of(graph, own(), slow, observer=observer)
    for _ in range(MAX_THREADS + 3):
        assert scorer.score(asked(scorer, instance(0))).tolist() == [0.25]
    held.set()
    assert len(slow.calls) <= MAX_THREADS
    assert [reason for _, reason in observer.failures][-3:] == [
        f"it has not ended {MAX_THREADS} calls that were given up, and takes no more"
    ] * 3


def test_nodes_with_deadlines_answer_at_the_same_time() -> None:
    together = Barrier(3)
    nodes = {name: {"model": name, "deadline_ms": 25_000} for name in ("a", "b", "c")}
    graph = graph_of("blend", own=OWN, blend={"ensemble": "mean", "of": ["a", "b", "c", "own"]}, **nodes)
    models = [MemoryModel(name, lambda _: 0.5, wait=lambda: together.wait(20)) for name in nodes]
    assert answers(graph, own(0.5), *models, rows=1) == [0.5]


def test_each_node_is_asked_once_for_its_rows_whoever_asks() -> None:
    graph = graph_of(
        "route",
        own=OWN,
        forest=FOREST,
        blend={"ensemble": "mean", "of": ["own", "forest"]},
        route={"route": [{"when": "amount > 1000", "to": "blend"}, {"to": "own"}]},
    )
    models = own(), forest()
    answers(graph, *models, rows=8)
    assert models[0].calls == [8]
    assert len(models[1].calls) == 1


ARN = "arn:aws:lambda:eu-central-1:123456789012:function:rules:live"


def test_a_function_is_asked_with_rows_as_json_and_answers_outputs() -> None:
    asked_with = []

    def ask(arn: str, payload: bytes) -> bytes:
        asked_with.append((arn, json.loads(payload)))
        return b'{"outputs": [0.5, 1]}'

    graph = graph_of("rules", own=OWN, rules={"function": ARN, "deadline_ms": 5000, "fallback": "own"})
    assert answers(graph, own(), rows=2, ask_function=ask) == [0.5, 1.0]
    assert asked_with == [(ARN, {"model": "own", "node": "rules", "instances": [instance(0), instance(1)]})]


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (b'{"outputs": [0.5]}', "outputs of shape (1,), and (2,) is what 2 rows have"),
        (b'{"outputs": [0.5, 7]}', "it answered 7.0 for row 1, which is not a probability"),
        (b'{"outputs": [0.5, null]}', "it answered nan for row 1"),
        (b'{"outputs": ["a", 1]}', 'it answered what is not {"outputs": […]}'),
        (b'{"errorMessage": "no"}', 'it answered what is not {"outputs": […]}'),
        (b"<html>", 'it answered what is not {"outputs": […]}'),
    ],
)
def test_a_function_that_answers_nonsense_has_failed(body: bytes, says: str) -> None:
    observer = Observed()
    graph = graph_of("rules", own=OWN, rules={"function": ARN, "deadline_ms": 5000, "fallback": "own"})
    assert answers(graph, own(), rows=2, observer=observer, ask_function=lambda *_: body) == [0.25] * 2
    [(node, reason)] = observer.failures
    assert node == "rules"
    assert says in reason


def test_a_bad_instance_is_the_clients_mistake_and_never_a_failure() -> None:
    def refuse(_: Any) -> Any:
        raise InvalidRequest("too large", code="invalid_instances", details=[(0, "amount", "is too large")])

    observer = Observed()
    route = {"route": [{"when": "new", "to": "own"}, {"to": "forest"}]}
    graph = graph_of("route", own=OWN, forest={**FOREST, "fallback": "own"}, route=route)
    scorer = scorer_of(graph, own(), MemoryModel("forest", refuse), observer=observer)
    with pytest.raises(InvalidRequest) as refused:
        scorer.score(asked(scorer, {**instance(0), "new": True}, {**instance(1), "new": False}))
    assert refused.value.details == [(1, "amount", "is too large")]
    assert observer.failures == []


def test_the_models_of_a_graph_read_one_field_by_the_narrower_form() -> None:
    graph = graph_of("blend", own=OWN, forest=FOREST, blend={"ensemble": "mean", "of": ["own", "forest"]})
    scorer = scorer_of(graph, own(nullable=True), forest(fields=["amount", "risk"]))
    columns = {column.name: column.nullable for column in scorer.signature.instance_columns}
    assert columns == {"amount": False, "age": True, "country": True, "new": True, "risk": False}


def test_what_is_sensitive_for_one_model_is_so_for_the_graph() -> None:
    graph = graph_of("blend", own=OWN, forest=FOREST, blend={"ensemble": "mean", "of": ["own", "forest"]})
    other = forest()
    columns = [
        msgspec.structs.replace(column, sensitive=True) if column.name == "age" else column
        for column in other.signature.columns
    ]
    other.signature = msgspec.structs.replace(other.signature, columns=columns)
    assert sensitive_inputs(scorer_of(graph, own(), other).signature) == {"age"}


def test_versions_that_read_a_field_as_different_types_are_no_graph() -> None:
    graph = graph_of("blend", own=OWN, forest=FOREST, blend={"ensemble": "mean", "of": ["own", "forest"]})
    with pytest.raises(InvalidModel, match="the node 'forest' was trained with another type of 'amount'"):
        scorer_of(graph, own(), forest(amount="category"))


def test_a_class_that_the_graph_does_not_know_is_no_answer_of_it() -> None:
    def classes(*names: str) -> TaskSpec:
        return TaskSpec(kind="multiclass", classes=list(names))

    graph = graph_of("blend", own=OWN, forest=FOREST, blend={"ensemble": "mean", "of": ["own", "forest"]})
    one, other = own([0.5, 0.5], spec=classes("a", "b")), forest([1.0], spec=classes("b"))
    assert answers(graph, one, other, rows=1) == [[0.25, 0.75]]
    with pytest.raises(InvalidModel, match="'forest' cannot answer for own: it knows the class 'b'"):
        scorer_of(graph, own([1.0], spec=classes("a")), other)
    with pytest.raises(InvalidModel, match="its task is binary, not multiclass"):
        scorer_of(graph, one, forest())


def test_a_view_that_two_models_look_up_is_read_once_for_both() -> None:
    def looks_up(model: MemoryModel, *features: str, ttl_s: int = 60) -> MemoryModel:
        entity = [Column(name="country", source="input", type="category")]
        lookup = Lookup(
            view="rates",
            entity=entity,
            features=list(features),
            delay_s=0,
            ttl_s=ttl_s,
            timeless=False,
            on_outage="fail",
        )
        model.signature = msgspec.structs.replace(model.signature, lookups=[lookup])
        return model

    graph = graph_of("blend", own=OWN, forest=FOREST, blend={"ensemble": "mean", "of": ["own", "forest"]})
    one = looks_up(own(fields=["country", "amount"]), "amount")
    other = looks_up(forest(fields=["country", "risk", "amount"]), "risk", "amount")
    [lookup] = scorer_of(graph, one, other).signature.lookups or []
    assert lookup.features == ["amount", "risk"]
    with pytest.raises(
        InvalidModel, match="forest was trained with another delay, ttl or on_outage of the view"
    ):
        scorer_of(graph, one, looks_up(forest(fields=["country", "risk"]), "risk", ttl_s=5))

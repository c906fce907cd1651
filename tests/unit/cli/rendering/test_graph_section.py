"""The page of a run draws the graph that answers with its model."""

from __future__ import annotations

import msgspec

from cli.rendering.run_page import run_page
from keepfit.views.runs import read_run
from keepfit.views.stores import ModelStores
from tests.unit.serving.graph.small_graph import graph_of
from tests.unit.views.support import history


def test_every_node_and_edge_is_on_the_page(stores: ModelStores) -> None:
    graph = graph_of(
        "route",
        route={"route": [{"when": "amount < 1000", "to": "own"}, {"to": "blend"}]},
        blend={"ensemble": "mean", "of": ["own", "forest"], "weights": [2, 1]},
        own={"model": "own"},
        forest={"model": "forest", "deadline_ms": 50, "fallback": "own"},
    )
    run = history.put_run(stores)
    history.put_evidence(stores, run)
    definition = {"name": history.MODEL, "graph": msgspec.to_builtins(graph)}
    stores.artifacts.put(f"{run.folder}/definition.json", msgspec.json.encode(definition))
    detail = read_run([stores], run.run_id)
    assert detail is not None
    page = run_page(detail, [])
    assert "Serving graph" in page
    for text in ("route", "blend", "model forest", "amount &lt; 1000", "else, or after 50 ms"):
        assert text in page, text
    alone = msgspec.structs.replace(detail, definition={"name": history.MODEL})
    assert "Serving graph" not in run_page(alone, [])

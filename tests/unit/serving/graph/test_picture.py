"""A graph is drawn for Mermaid and for a terminal."""

from __future__ import annotations

from keepfit.serving.graph.compiled import CompiledGraph
from keepfit.serving.graph.picture import mermaid, tree
from tests.unit.serving.graph.small_graph import graph_of


def drawn() -> CompiledGraph:
    return graph_of(
        "route",
        route={"route": [{"when": "amount < 1000", "to": "own"}, {"to": "blend"}]},
        blend={"ensemble": "mean", "of": ["own", "forest"], "weights": [2, 1]},
        own={"model": "own", "columns_from": ["euros"]},
        forest={"model": "forest", "deadline_ms": 50, "fallback": "own"},
        euros={"transform": {"amount": "amount / 1.1"}},
    )


def test_mermaid_draws_every_node_and_edge() -> None:
    assert mermaid(drawn()).splitlines() == [
        "flowchart LR",
        "  request([request]) --> route",
        '  route{"<b>route</b><br/>router"}',
        '  blend["<b>blend</b><br/>mean"]',
        '  own["<b>own</b><br/>model own"]',
        '  forest["<b>forest</b><br/>model forest"]',
        '  euros[/"<b>euros</b><br/>transform amount"/]',
        '  route -->|"amount &lt; 1000"| own',
        '  route -->|"otherwise"| blend',
        '  blend -->|"2"| own',
        '  blend -->|"1"| forest',
        '  own -->|"columns"| euros',
        '  forest -.->|"else, or after 50 ms"| own',
    ]


def test_a_tree_draws_out_each_node_once() -> None:
    assert tree(drawn()) == [
        "route  router",
        "├─ amount < 1000: own  model own",
        "│  └─ columns: euros  transform amount",
        "└─ otherwise: blend  mean",
        "   ├─ 2: own  see above",
        "   └─ 1: forest  model forest",
        "      └─ else, or after 50 ms: own  see above",
    ]

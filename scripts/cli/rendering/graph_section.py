"""The section of a run's page that draws the serving graph of its definition."""

from __future__ import annotations

from keepfit.pages.markup import Html
from keepfit.pages.page import figure, section, table
from keepfit.pages.plots.layers import Box, layers
from keepfit.pages.style import colour
from keepfit.serving.graph.compiled import CompiledGraph
from keepfit.serving.graph.picture import arrows, caption, depths


def graph_section(graph: CompiledGraph) -> Html | None:
    """The nodes, each at the right of those that name it, and their edges in a table."""
    depth, kinds = depths(graph), sorted({node.kind for node in graph.nodes.values()})
    boxes = [
        Box(
            id=name,
            layer=depth[name],
            name=name,
            says=caption(graph, name),
            kind=colour(kinds.index(node.kind)),
            strong=name == graph.answer,
        )
        for name, node in graph.nodes.items()
    ]
    drawn = list(arrows(graph))
    titles = ["Answers", *("is asked" for _ in range(max(depth.values())))]
    words = f"{len(boxes)} nodes answer together; {graph.answer} gives the answer."
    edges = list(dict.fromkeys((arrow.source, arrow.target) for arrow in drawn))
    rows = [
        [arrow.source, arrow.target, arrow.label or "always", "yes" if arrow.dashed else ""]
        for arrow in drawn
    ]
    return section(
        "Serving graph",
        figure("Who asks whom", layers(titles, boxes, edges, words=words)),
        table(["node", "asks", "when", "fallback"], rows),
    )

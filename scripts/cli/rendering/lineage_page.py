"""A lineage as one HTML page: from files to releases, as a picture and in tables."""

from __future__ import annotations

from typing import Final

from cli.rendering.tables import cell
from keepfit.pages.markup import Html, element
from keepfit.pages.page import figure, page, section, table
from keepfit.pages.plots.layers import Box, layers
from keepfit.pages.style import colour
from keepfit.views.lineage import Lineage, Node, NodeKind

LAYERS: Final[dict[NodeKind, str]] = {
    "upload": "Uploaded files",
    "dataset_version": "Versions of datasets",
    "run": "Training runs",
    "model_version": "Versions of models",
    "release": "Releases",
}


def lineage_page(lineage: Lineage) -> str:
    """The page."""
    kind = lineage.kind.replace("_", " ")
    title = f"Lineage of the {kind} {lineage.name}"
    return page(
        title,
        element("h1", title),
        element("p", words_of(lineage), class_="soft"),
        figure("From files to releases", _picture(lineage)) if lineage.nodes else None,
        *(section(name, _table(lineage, layer)) for layer, name in LAYERS.items() if _of(lineage, layer)),
    )


def words_of(lineage: Lineage) -> str:
    """How much of each there is."""
    counted = [f"{len(_of(lineage, kind))} {name.lower()}" for kind, name in LAYERS.items()]
    older = "; older versions and runs are left out" if lineage.older else ""
    return f"{', '.join(counted)}{older}."


def _picture(lineage: Lineage) -> Html:
    order = list(LAYERS)
    boxes = [
        Box(
            id=node.id,
            layer=order.index(node.kind),
            name=node.name,
            says=node.says,
            kind=colour(order.index(node.kind)),
            strong=node.current,
        )
        for node in lineage.nodes
    ]
    edges = [(edge.source, edge.target) for edge in lineage.edges]
    return layers([*LAYERS.values()], boxes, edges, words=words_of(lineage))


def _table(lineage: Lineage, kind: NodeKind) -> Html:
    names = {node.id: node.name for node in lineage.nodes}
    made_of = {
        node.id: ", ".join(names[edge.source] for edge in lineage.edges if edge.target == node.id)
        for node in lineage.nodes
    }
    rows = [[node.name, cell(node.at).plain, node.says, made_of[node.id]] for node in _of(lineage, kind)]
    return table(["name", "at", "", "made of"], rows)


def _of(lineage: Lineage, kind: NodeKind) -> list[Node]:
    return [node for node in lineage.nodes if node.kind == kind]

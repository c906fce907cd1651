"""The picture of a graph in the documents is what the command draws of the definition above it."""

from __future__ import annotations

import re

from keepfit.definitions import compiling
from keepfit.definitions.model import Catalogue
from keepfit.serving.graph.picture import mermaid
from tests.docs.pages import Page


def test_the_picture_of_the_graph_is_that_of_its_definition(defined: Catalogue) -> None:
    graph = compiling.compile_model(defined, "credit").graph
    assert graph
    [drawn] = re.findall(r"```mermaid\n(.*?)\n```", Page.read("docs/how-to/serve-a-graph.md").text, re.DOTALL)
    assert drawn == mermaid(graph)

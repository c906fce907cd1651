"""`keepfit graph` draws what a definition says, once it is right."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.cli.conftest import Keepfit
from tests.unit.definitions.graphs import LOANS

_TOML = f"""{LOANS}
forest = {{ model = "forest", deadline_ms = 50, fallback = "own" }}
blend = {{ ensemble = "mean", of = ["own", "forest"] }}
"""


@pytest.fixture
def folder(tmp_path: Path) -> str:
    (tmp_path / "loans.toml").write_text(_TOML)
    return str(tmp_path)


def test_a_graph_is_drawn_as_a_tree_and_for_mermaid(keepfit: Keepfit, folder: str) -> None:
    drawn = keepfit("graph", "credit", "--folder", folder)
    assert drawn.stdout.splitlines() == [
        "blend  mean",
        "├─ own  model credit",
        "└─ forest  model forest",
        "   └─ else, or after 50 ms: own  see above",
    ]
    mermaid = keepfit("graph", "credit", "--folder", folder, "--mermaid").stdout
    assert mermaid.startswith("flowchart LR\n  request([request]) --> blend\n")
    document = keepfit("graph", "credit", "--folder", folder, "--json").json
    assert document["mermaid"] == mermaid.rstrip("\n")
    assert document["graph"]["nodes"]["forest"]["definition"]["deadline_ms"] == 50


def test_a_model_without_a_graph_is_told_to_have_none(keepfit: Keepfit, folder: str) -> None:
    answer = keepfit("graph", "forest", "--folder", folder)
    assert answer.exit_code == 3
    assert "[model.forest] has no graph: it answers alone" in answer.stderr
    assert "the models are credit, forest" in keepfit("graph", "crdit", "--folder", folder).stderr

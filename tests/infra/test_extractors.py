"""Functions that make vectors of pictures have the user's networks, and fit into Lambda with them."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from bundling.layers import MAX_UNPACKED_BYTES
from bundling.manifest import Manifest
from keepfit.features.extractors.files import FOLDER, file_name
from keepfit.registry.onnx_inspection import EXTRACTOR
from planning.templates import Template
from tests.infra.assembly import ROOT
from tests.unit.features.support.embedders import embedder

_MOST_LAYERS = 5
_CODE = 2**20


def layers_of(templates: list[Template], name: str) -> list[str]:
    [(template, function)] = [
        (template, template.functions()[name]) for template in templates if name in template.functions()
    ]
    return template.layers_of(function["Properties"])


def test_uploads_and_requests_meet_the_network_of_the_definition(with_online_views: list[Template]) -> None:
    assert layers_of(with_online_views, "ingest_upload") == [
        *("keepfit", "data", "powertools"),
        *("extraction", "extractors"),
    ]
    assert layers_of(with_online_views, "predict_unreleased") == ["inference", "vision", "extractors"]
    assert len(layers_of(with_online_views, "ingest_upload")) <= _MOST_LAYERS


def test_the_network_is_in_its_layer_by_its_digest(
    with_online_views: list[Template], session_folder: Path
) -> None:
    name = file_name(hashlib.sha256(embedder()).hexdigest())
    assert [template.name for template in with_online_views]
    folders = sorted(session_folder.glob(f"many-1/extractors/*/python/{FOLDER}"))
    assert [[path.name for path in folder.iterdir()] for folder in folders] == [[name], [name]]


@pytest.mark.parametrize("target", ["local", "aws"])
def test_the_largest_networks_fit_beside_all_that_reads_uploads(
    with_online_views: list[Template], target: str, aws_assembly: Path
) -> None:
    assert aws_assembly.is_dir()
    built = Manifest.read(ROOT / "build" / target).layers
    names = [name for name in layers_of(with_online_views, "ingest_upload") if name in built]
    assert sum(built[name].bytes for name in names) + EXTRACTOR.size + _CODE < MAX_UNPACKED_BYTES

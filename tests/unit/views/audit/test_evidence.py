"""A version's evidence as others read it: a card, a bill of materials, events, and an archive that proves itself."""

from __future__ import annotations

import json
import shutil
import subprocess
import zipfile
from datetime import timedelta
from importlib.resources import files as files_of
from pathlib import Path
from typing import Any

import cyclonedx.schema
import jsonschema
import msgspec
import pytest
import yaml
from openlineage.client.event_v2 import InputDataset, Job, OutputDataset, Run, RunEvent, RunState
from referencing import Registry, Resource

from keepfit.errors import NotFound, TamperedArtifact
from keepfit.layout import ModelScope
from keepfit.views.audit.archive import SUMS, verify_archive, write_archive
from keepfit.views.audit.bill_of_materials import bill_of_materials
from keepfit.views.audit.bundle import bundle_files
from keepfit.views.audit.evidence import VersionEvidence, read_evidence, read_evidence_files
from keepfit.views.audit.lineage_events import lineage_events
from keepfit.views.audit.model_card import UNKNOWN, model_card
from keepfit.views.stores import ModelStores
from tests.unit.views.support import history

DEFINITION = {
    "name": "delay",
    "definition": {"label": "late", "task": "binary", "owner": "ops", "tags": ["air"]},
}


@pytest.fixture
def evidence(stores: ModelStores) -> VersionEvidence:
    """Version 2 serves, and the run that made it is on record."""
    history.two_releases(stores)
    run = history.put_run(stores, run_id="run-2")
    history.put_evidence(stores, run)
    stores.artifacts.put(f"{run.folder}/definition.json", json.dumps(DEFINITION).encode())
    return read_evidence(stores, 2)


def without_a_run(stores: ModelStores) -> VersionEvidence:
    history.put_version(stores, 1, lambda_version="2")
    return read_evidence(stores, 1)


def schema() -> jsonschema.Draft7Validator:
    """The schema of CycloneDX 1.6 and those it refers to, as its own library brings them."""
    folder = files_of(cyclonedx.schema) / "_res"
    names = ("bom-1.6", "spdx", "jsf-0.82")
    read = {name: json.loads((folder / f"{name}.SNAPSHOT.schema.json").read_text()) for name in names}
    registry: Registry[Any] = Registry().with_resources(
        [(document["$id"], Resource.from_contents(document)) for document in read.values()]
    )
    return jsonschema.Draft7Validator(read["bom-1.6"], registry=registry)


def test_the_bill_of_materials_is_valid_and_names_model_data_and_packages(
    stores: ModelStores, evidence: VersionEvidence
) -> None:
    report = {**evidence.version.report, "packages": {"scikit-learn": "1.8.0", "skl2onnx": "1.20.0"}}
    bill = bill_of_materials(
        msgspec.structs.replace(evidence, version=msgspec.structs.replace(evidence.version, report=report))
    )
    schema().validate(bill)
    model = bill["metadata"]["component"]
    assert (model["type"], model["name"], model["version"]) == ("machine-learning-model", "delay", "2")
    assert model["hashes"] == [{"alg": "SHA-256", "content": evidence.version.manifest.files["model.onnx"]}]
    [figure] = model["modelCard"]["quantitativeAnalysis"]["performanceMetrics"]
    assert figure["confidenceInterval"] == {"lowerBound": "0.68", "upperBound": "0.72"}
    assert [component["bom-ref"] for component in bill["components"]] == [
        "data/flights@2",
        "pkg:pypi/scikit-learn@1.8.0",
        "pkg:pypi/skl2onnx@1.20.0",
    ]


def test_a_bill_of_a_version_whose_run_is_gone_is_valid_too(stores: ModelStores) -> None:
    assert list(schema().iter_errors(bill_of_materials(without_a_run(stores)))) == []


def test_events_are_those_of_open_lineage(evidence: VersionEvidence) -> None:
    started, ended = lineage_events(evidence)
    for event in (started, ended):
        RunEvent(
            eventTime=event["eventTime"],
            eventType=RunState[event["eventType"]],
            producer=event["producer"],
            run=Run(**event["run"]),
            job=Job(**event["job"]),
            inputs=[InputDataset(**each) for each in event["inputs"]],
            outputs=[OutputDataset(**each) for each in event["outputs"]],
        )
    assert (started["eventType"], ended["eventType"]) == ("START", "COMPLETE")
    assert started["run"] == ended["run"]
    [read], [made] = ended["inputs"], ended["outputs"]
    assert (read["name"], read["facets"]["version"]["datasetVersion"]) == ("flights", "1")
    assert (made["name"], made["facets"]["version"]["datasetVersion"]) == ("models/delay", "2")


def test_a_run_that_failed_ends_as_failed_and_one_that_is_gone_has_no_events(
    stores: ModelStores, evidence: VersionEvidence
) -> None:
    assert evidence.run is not None
    failed = msgspec.structs.replace(evidence.run.run, outcome="failed")
    told = msgspec.structs.replace(evidence, run=msgspec.structs.replace(evidence.run, run=failed))
    assert lineage_events(told)[-1]["eventType"] == "FAIL"
    assert lineage_events(msgspec.structs.replace(evidence, run=None)) == []


def test_the_card_says_what_is_on_record_and_what_is_not(evidence: VersionEvidence) -> None:
    card = model_card(evidence)
    _, front, body = card.split("---\n", 2)
    described = yaml.safe_load(front)
    [index] = described["model-index"]
    assert index["results"][0]["metrics"] == [{"type": "roc_auc", "value": 0.7, "name": "roc_auc"}]
    assert described["tags"] == ["tabular", "onnx", "air"]
    assert "* Owner: ops" in body
    assert "roc_auc 0.7000 (95 %: 0.6800 to 0.7200) on 500 rows" in body
    assert "* `flights`, version 2" in body
    assert f"* License: {UNKNOWN}" in body
    assert "promote by training run: 20 of 20 requests answered" in body


def test_a_card_of_a_version_whose_run_is_gone_makes_nothing_up(stores: ModelStores) -> None:
    card = model_card(without_a_run(stores))
    assert f"## Evaluation\n\n{UNKNOWN}" in card
    assert f"* Owner: {UNKNOWN}" in card


def test_an_archive_holds_everything_but_rows_and_proves_itself_to_strangers(
    stores: ModelStores, evidence: VersionEvidence, tmp_path: Path
) -> None:
    assert evidence.run is not None
    stores.artifacts.put(f"{evidence.run.run.folder}/rows/train.parquet", b"rows of people")
    kept = read_evidence_files(stores, evidence)
    digest = write_archive(tmp_path / "a.zip", bundle_files(evidence, kept))
    found = verify_archive(tmp_path / "a.zip")
    assert (found.intact, found.digest) == (True, digest)
    with zipfile.ZipFile(tmp_path / "a.zip") as archive:
        names = set(archive.namelist())
        archive.extractall(tmp_path / "out")
    assert {"README.md", "ml-bom.cdx.json", "openlineage.ndjson", "ledger.json", SUMS} <= names
    assert {"version/model.onnx", "version/manifest.json", "run/judgement.json"} <= names
    assert not [name for name in names if name.endswith(".parquet")]
    if (program := shutil.which("sha256sum")) is not None:  # not on every system
        checked = subprocess.run(
            [program, "--check", "--strict", SUMS], cwd=tmp_path / "out", capture_output=True, check=False
        )
        assert checked.returncode == 0, checked.stderr


def test_the_same_evidence_gives_the_same_archive(
    stores: ModelStores, evidence: VersionEvidence, tmp_path: Path
) -> None:
    files = bundle_files(evidence, read_evidence_files(stores, evidence))
    for name in ("a", "b"):
        write_archive(tmp_path / name, files)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda files: files | {"a": b"other"}, "has the SHA-256"),
        (lambda files: {name: files[name] for name in files if name != "a"}, "is missing"),
        (lambda files: files | {"c": b"more"}, "is not in the list"),
    ],
)
def test_an_archive_that_was_changed_is_found_out(tmp_path: Path, change: Any, says: str) -> None:
    write_archive(tmp_path / "whole.zip", {"a": b"1", "b": b"2"})
    with zipfile.ZipFile(tmp_path / "whole.zip") as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(tmp_path / "changed.zip", "w") as archive:
        for name, body in change(files).items():
            archive.writestr(name, body)
    found = verify_archive(tmp_path / "changed.zip")
    assert not found.intact
    assert says in " ".join(found.wrong.values())


def test_who_changes_the_list_as_well_has_another_digest(tmp_path: Path) -> None:
    digest = write_archive(tmp_path / "whole.zip", {"a": b"1"})
    write_archive(tmp_path / "forged.zip", {"a": b"2"})
    assert verify_archive(tmp_path / "forged.zip").intact
    assert verify_archive(tmp_path / "forged.zip").digest != digest


def test_a_file_that_is_no_archive_is_refused(tmp_path: Path) -> None:
    (tmp_path / "x.zip").write_bytes(b"no zip")
    with pytest.raises(ValueError, match="is no archive of an audit"):
        verify_archive(tmp_path / "x.zip")


def test_a_version_that_was_changed_has_no_evidence(stores: ModelStores, evidence: VersionEvidence) -> None:
    stores.artifacts.put(ModelScope("delay").version(2) + "model.onnx", b"another")
    with pytest.raises(TamperedArtifact):
        read_evidence(stores, 2)
    with pytest.raises(NotFound):
        read_evidence(stores, 7)
    assert evidence.run is not None
    assert evidence.run.run.closed_at == history.AT + timedelta(minutes=2)

"""`keepfit batch`: a file by a package in a folder, and by a deployed model."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cli.exits import Exit
from cli.places.deployment import Deployment
from keepfit.views.stores import ModelStores
from tests.unit.cli.conftest import Keepfit
from tests.unit.serving.support.exporting import register_version
from tests.unit.serving.support.small_model import INSTANCE, model, signature


@pytest.fixture
def package(tmp_path: Path) -> Path:
    folder = tmp_path / "package"
    folder.mkdir()
    (folder / "model.onnx").write_bytes(model())
    (folder / "signature.json").write_bytes(signature())
    (folder / "release.json").write_text(json.dumps({"model": "flight_delay", "version": 7}))
    return folder


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "rows.jsonl"
    path.write_text("\n".join(json.dumps({**INSTANCE, "stops": stops}) for stops in (1, -1, 2)))
    return path


def test_a_file_is_scored_by_the_package_in_a_folder(
    keepfit: Keepfit, package: Path, file: Path, tmp_path: Path
) -> None:
    into = tmp_path / "results"
    told = keepfit("batch", str(package), str(file), "--into", str(into), "--carry", "-", "--json").json
    assert (told["model"], told["version"], told["answered"], told["refused"]) == ("flight_delay", 7, 2, 1)
    assert sorted(path.name for path in into.iterdir()) == [
        "part-00000.csv",
        "part-00000.refused.jsonl",
        "summary.json",
    ]
    header, *lines = (into / "part-00000.csv").read_text().splitlines()
    assert header == "row,prediction,probability"
    assert [line.partition(",")[0] for line in lines] == ["1", "3"]
    shown = keepfit("batch", str(package), str(file), "--into", str(tmp_path / "again"))
    assert "is below the minimum 0" in shown.stdout
    assert f"The results are in {tmp_path / 'again'}" in shown.stderr


def test_a_file_that_is_no_table_of_the_model_is_refused(
    keepfit: Keepfit, package: Path, tmp_path: Path
) -> None:
    bad = tmp_path / "rows.csv"
    bad.write_text("carrier\nUA\n")
    answer = keepfit("batch", str(package), str(bad), "--into", str(tmp_path / "out"))
    assert answer.exit_code == Exit.REFUSED
    assert "has no column distance" in answer.stderr


def test_results_take_the_place_of_nothing(keepfit: Keepfit, package: Path, file: Path) -> None:
    answer = keepfit("batch", str(package), str(file), "--into", str(package))
    assert answer.exit_code == Exit.REFUSED
    assert "is not empty: name a new folder" in answer.stderr


def test_what_is_not_there_is_told(keepfit: Keepfit, package: Path, file: Path, tmp_path: Path) -> None:
    into = ("--into", str(tmp_path / "out"))
    assert "rows.parquet is no file" in keepfit("batch", str(package), "rows.parquet", *into).stderr
    answer = keepfit("batch", str(package), str(file), *into, "--version", "3")
    assert answer.exit_code == Exit.NOT_FOUND
    assert "holds version 7 of flight_delay, and not 3" in answer.stderr
    assert "is no release package" in keepfit("batch", str(tmp_path), str(file), *into).stderr


def test_a_deployed_model_scores_from_the_files_of_its_version(
    keepfit: Keepfit, deployment: Deployment, stores: ModelStores, file: Path, tmp_path: Path
) -> None:
    register_version(stores)
    told = keepfit(
        "batch", "delay", str(file), "--into", str(tmp_path / "out"), "--version", "1", "--json"
    ).json
    assert (told["model"], told["version"], told["rows"]) == ("delay", 1, 3)

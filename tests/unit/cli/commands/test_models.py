from __future__ import annotations

from pathlib import Path

from cli.exits import Exit
from cli.places.deployment import Deployment
from keepfit.layout import ModelScope
from keepfit.runtime.serve import packaged_model
from keepfit.views.stores import ModelStores
from tests.unit.cli.conftest import Keepfit
from tests.unit.serving.support.exporting import register_version
from tests.unit.serving.support.small_model import SIGNATURE
from tests.unit.views.support import history


def test_every_version_says_whether_it_serves_is_tried_or_has_served(
    keepfit: Keepfit, stores: ModelStores
) -> None:
    history.two_releases(stores)
    history.put_version(stores, 3, lambda_version="4")
    history.put_version(stores, 4)
    history.start_canary(stores, "4", 0.2)
    [listed] = keepfit("models", "--json").json
    states = {version["version"]: version["state"] for version in listed["versions"]}
    assert states == {
        4: "never served",
        3: "canary, 20% of the requests",
        2: "champion",
        1: "served before",
    }
    assert listed["champion"] == 2


def test_a_version_shows_what_it_is_made_of(keepfit: Keepfit, stores: ModelStores) -> None:
    history.two_releases(stores)
    found = keepfit("models", "show", "delay", "1", "--json").json
    assert found["state"] == "served before"
    assert found["manifest"]["data"] == {"flights": 1}
    assert found["manifest"]["digests"]["code"] == "c1"
    assert found["report"]["parameters"] == {"n_estimators": 60}
    assert [release["lambda_version"] for release in found["releases"]] == ["2"]
    assert [move["action"] for move in found["moves"]] == ["promote"]


def test_a_version_whose_packages_are_gone_is_told_so(keepfit: Keepfit, stores: ModelStores) -> None:
    history.two_releases(stores)
    stores.versions.mark_pruned("2", history.AT)
    [listed] = keepfit("models", "--json").json
    assert {v["version"]: v["state"] for v in listed["versions"]} == {
        1: "served before, pruned",
        2: "champion",
    }
    told = " ".join(keepfit("models", "show", "delay", "1").stdout.split())
    assert "Lambda versions 2 (pruned 2013-03-01)" in told
    [release] = keepfit("models", "show", "delay", "1", "--json").json["releases"]
    assert release["pruned_at"] is not None


def test_the_champion_is_shown_where_no_version_is_named(keepfit: Keepfit, stores: ModelStores) -> None:
    history.two_releases(stores)
    assert keepfit("models", "show", "delay", "--json").json["manifest"]["version"] == 2


def test_a_version_is_written_as_a_folder_for_mlflow(
    keepfit: Keepfit, stores: ModelStores, tmp_path: Path
) -> None:
    register_version(stores)
    folder = tmp_path / "exported"
    told = keepfit("models", "export", "delay", str(folder), "--version", "1", "--json").json
    assert set(told["files"]) == {
        path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()
    }
    assert (folder / "code" / "keepfit" / "serving" / "exports" / "mlflow_pyfunc.py").is_file()
    assert "onnxruntime==" in (folder / "requirements.txt").read_text()
    refused = keepfit("models", "export", "delay", str(folder), "--version", "1")
    assert refused.exit_code == Exit.REFUSED
    assert "is not empty: name a new folder" in refused.stderr


def test_a_version_is_written_as_the_package_that_is_served(
    keepfit: Keepfit, stores: ModelStores, tmp_path: Path
) -> None:
    register_version(stores)
    folder = tmp_path / "exported"
    keepfit("models", "export", "delay", str(folder), "--version", "1", "--format", "package")
    found = packaged_model(folder)
    assert (found.name, found.version, found.of_package) == ("delay", 1, SIGNATURE)


def test_before_the_first_release_there_is_no_champion_to_show(
    keepfit: Keepfit, deployment: Deployment
) -> None:
    answer = keepfit("models", "show", "delay")
    assert answer.exit_code == 3
    assert "keepfit runs delay" in answer.stderr


def test_a_file_that_was_changed_is_not_shown_as_if_it_were_the_versions(
    keepfit: Keepfit, stores: ModelStores
) -> None:
    history.two_releases(stores)
    stores.artifacts.put(f"{ModelScope('delay').version(1)}model.onnx", b"another")
    answer = keepfit("models", "show", "delay", "1", "--json")
    assert answer.exit_code == 1
    assert answer.json["error"]["kind"] == "TamperedArtifact"

"""Datasets are listed by their uploads, and uploads are taken back."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import msgspec
import pytest

from keepfit.adapters.aws.clients import client
from keepfit.features.datasets.manifest import Manifest
from keepfit.features.datasets.next_version import following
from keepfit.features.datasets.records import record_of
from keepfit.features.schema.definition import Field
from keepfit.views.stores import DatasetStores, ModelStores
from tests.unit.cli.conftest import Invoked, Keepfit
from tests.unit.views.support import history
from tests.unit.views.support.history import MODEL

FIRST, SECOND = "ab" * 32, "cd" * 32


@pytest.fixture
def manifest(flights: DatasetStores) -> Manifest:
    """The dataset's first version."""
    return history.take_file(flights, FIRST, version_id="v", bad_rows=3)


def test_a_version_shows_its_uploads_with_the_rows_left_out(
    keepfit: Keepfit, flights: DatasetStores, manifest: Manifest
) -> None:
    shown = keepfit("datasets", "show", "flights", "--json").json
    assert (shown["version"], shown["rows"], shown["withdrawn"]) == (1, 100, [])
    [upload] = shown["uploads"]
    assert (upload["sha256"], upload["key"], upload["rows"], upload["bad_rows"]) == (
        FIRST,
        "flights/jan.csv",
        100,
        3,
    )
    assert {version: change["what"] for version, change in shown["versions"].items()} == {"1": "taken"}
    assert FIRST[:12] in keepfit("datasets", "show", "flights").stdout


def test_what_was_withdrawn_is_shown_with_who_and_why_and_older_versions_still_have_it(
    keepfit: Keepfit, flights: DatasetStores, manifest: Manifest
) -> None:
    history.withdraw_first(flights, manifest)
    shown = keepfit("datasets", "show", "flights", "--json").json
    assert (shown["version"], shown["stored_rows"], shown["uploads"]) == (2, 0, [])
    [gone] = shown["withdrawn"]
    assert (gone["key"], gone["version"], gone["why"]) == ("flights/jan.csv", 2, "the wrong month")
    assert [change["what"] for change in shown["versions"].values()] == ["withdrawn", "taken"]
    before = keepfit("datasets", "show", "flights", "--version", "1", "--json").json
    assert [upload["since_then"] for upload in before["uploads"]] == ["withdrawn in version 2"]
    assert "the wrong month" in keepfit("datasets", "show", "flights").stdout
    [listed] = keepfit("datasets", "--json").json
    assert (listed["rows"], listed["last_change"]["what"]) == (None, "withdrawn")
    assert "jan.csv withdrawn" in keepfit("datasets").stdout


def test_a_run_says_what_of_its_data_was_withdrawn_since(
    keepfit: Keepfit, stores: ModelStores, flights: DatasetStores, manifest: Manifest
) -> None:
    history.put_run(stores)
    assert keepfit("runs", "show", history.RUN_ID, "--json").json["withdrawn_since"] == []
    history.withdraw_first(flights, manifest)
    [gone] = keepfit("runs", "show", history.RUN_ID, "--json").json["withdrawn_since"]
    assert (gone["dataset"], gone["key"], gone["version"]) == ("flights", "flights/jan.csv", 2)
    assert "the wrong month" in keepfit("runs", "show", history.RUN_ID).stdout


def test_a_run_that_a_withdrawal_started_says_so(keepfit: Keepfit, stores: ModelStores) -> None:
    cause = {"kind": "withdrawal", "who": "ada", "why": "the wrong month", "train": True}
    detail = {"dataset": "flights", "version": 2, "upload": {"key": "flights/jan.csv"}, "cause": cause}
    history.put_run(stores, trigger=history.trigger(**detail))
    shown = " ".join(keepfit("runs", MODEL).stdout.split())
    assert "upload (flights, version 2: flights/jan.csv withdrawn, the wrong month)" in shown


@pytest.mark.parametrize("name", [FIRST[:12], FIRST, "jan.csv", "flights/jan.csv"])
def test_an_upload_is_withdrawn_by_its_id_or_name(
    keepfit: Keepfit, flights: DatasetStores, manifest: Manifest, invoked: Invoked, name: str
) -> None:
    answer = {"outcome": "withdrawn", "dataset": "flights", "key": "flights/jan.csv", "sha256": FIRST}
    invoked.answers["withdraw"] = {**answer, "version": 2, "rows": 100}
    asked = keepfit("datasets", "withdraw", "flights", name, "--why", "the wrong month", "--no-train")
    [(_, order)] = invoked.calls
    assert order.pop("who")
    assert order == {"dataset": "flights", "sha256": FIRST, "why": "the wrong month", "train": False}
    assert "flights is without flights/jan.csv, 100 rows, since version 2." in asked.stdout
    assert f"keepfit datasets again {FIRST[:12]}" in asked.stderr


def test_nothing_is_withdrawn_without_a_reason(
    keepfit: Keepfit, flights: DatasetStores, manifest: Manifest
) -> None:
    assert keepfit("datasets", "withdraw", "flights", "jan.csv").exit_code == 2


def test_a_name_that_several_uploads_had_is_not_enough(
    keepfit: Keepfit, flights: DatasetStores, manifest: Manifest, invoked: Invoked
) -> None:
    history.take_more(flights, manifest, SECOND, version_id="w")
    refused = keepfit("datasets", "withdraw", "flights", "jan.csv", "--why", "x")
    assert refused.exit_code == 2
    assert FIRST[:12] in refused.stderr
    assert SECOND[:12] in refused.stderr
    assert invoked.calls == []


def test_a_name_means_the_upload_that_is_there_where_another_was_withdrawn(
    keepfit: Keepfit, flights: DatasetStores, manifest: Manifest, invoked: Invoked
) -> None:
    history.take_more(flights, history.withdraw_first(flights, manifest), SECOND, version_id="w")
    invoked.answers["withdraw"] = {"outcome": "withdrawn", "key": "k", "version": 4, "rows": 1}
    assert keepfit("datasets", "withdraw", "flights", "jan.csv", "--why", "x").exit_code == 0
    assert invoked.calls[0][1]["sha256"] == SECOND


def test_an_upload_is_read_again_with_its_object_and_version(
    keepfit: Keepfit, flights: DatasetStores, manifest: Manifest, invoked: Invoked
) -> None:
    taken = {"outcome": "taken", "key": "flights/jan.csv", "dataset": "flights", "version": 2, "rows": 102}
    invoked.answers["ingest"] = {**taken, "bad_rows": 1, "reason": None}
    asked = keepfit("datasets", "again", "jan.csv", "--why", "a wider range")
    [(_, order)] = invoked.calls
    assert order.pop("who")
    assert order == {
        "action": "again",
        "dataset": "flights",
        "key": "flights/jan.csv",
        "version_id": "v",
        "why": "a wider range",
    }
    assert "102 rows are in version 2 of flights, and 1 were left out." in asked.stdout


def test_a_file_that_was_refused_can_be_read_again(
    keepfit: Keepfit, flights: DatasetStores, manifest: Manifest, invoked: Invoked
) -> None:
    history.refuse_file(flights, "no rows", version_id="w", key="flights/feb.csv")
    refused = {"outcome": "refused", "key": "flights/feb.csv", "reason": "no rows", "bad_rows": None}
    invoked.answers["ingest"] = {**refused, "dataset": "flights"}
    asked = keepfit("datasets", "again", "feb.csv")
    assert (asked.exit_code, invoked.calls[0][1]["version_id"]) == (4, "w")
    assert "flights/feb.csv is refused: no rows" in asked.stdout


def test_a_version_that_does_not_exist_is_not_there(
    keepfit: Keepfit, flights: DatasetStores, manifest: Manifest
) -> None:
    assert keepfit("datasets", "show", "flights", "--version", "2").exit_code == 3


def test_a_dataset_without_data_is_listed_all_the_same(keepfit: Keepfit, flights: DatasetStores) -> None:
    [flights] = keepfit("datasets", "--json").json
    assert (flights["dataset"], flights["version"], flights["rows"]) == ("flights", None, 0)


def test_the_newest_version_of_a_dataset_is_described(keepfit: Keepfit, flights: DatasetStores) -> None:
    history.take_file(flights, "aa", version_id="v", bad_rows=2)
    [flights] = keepfit("datasets", "--json").json
    assert (flights["version"], flights["rows"], flights["files"], flights["bad_rows"]) == (1, 100, 1, 2)
    assert flights["last_event"] == "2013-01-31T00:00:00.000000Z"


def test_rows_that_count_are_told_beside_those_that_are_stored(
    keepfit: Keepfit, flights: DatasetStores
) -> None:
    history.take_file(flights, "aa", version_id="v", counted=60)
    [flights] = keepfit("datasets", "--json").json
    assert (flights["rows"], flights["stored_rows"]) == (60, 100)


def test_of_rows_that_were_never_counted_it_is_told_how_many_there_may_be(
    keepfit: Keepfit, flights: DatasetStores
) -> None:
    history.take_file(flights, "aa", version_id="v", counted=None)
    [flights] = keepfit("datasets", "--json").json
    assert (flights["rows"], flights["stored_rows"]) == (None, 100)
    assert "at most 100" in " ".join(keepfit("datasets").stdout.split())


def test_a_version_is_described_as_croissant_with_its_files(
    keepfit: Keepfit, flights: DatasetStores, manifest: Manifest, tmp_path: Path
) -> None:
    client("s3").put_bucket_versioning(Bucket="lake", VersioningConfiguration={"Status": "Enabled"})
    (tmp_path / "rows").write_bytes(b"PAR1")
    stored = flights.manifests.put_part("flights", FIRST, tmp_path / "rows")
    part = msgspec.structs.replace(manifest.parts[0], key=stored.key, version_id=stored.version_id)
    second = following(manifest, part, dataset="flights", schema={"late": Field(type="bool")}, at=history.AT)
    flights.manifests.put_manifest(second)
    flights.records.take("flights", record_of(second))
    described = keepfit("datasets", "croissant", "flights", "--json").json
    assert (described["@type"], described["version"]) == ("sc:Dataset", "2.0.0")
    assert described["distribution"][0]["sha256"] == hashlib.sha256(b"PAR1").hexdigest()
    assert described["recordSet"][0]["field"][0]["dataType"] == "sc:Boolean"
    assert json.loads(keepfit("datasets", "croissant", "flights").stdout) == described
    assert keepfit("datasets", "croissant", "flights", "--version", "3").exit_code == 3

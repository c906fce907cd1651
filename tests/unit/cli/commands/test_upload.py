from __future__ import annotations

import gzip
import hashlib
from pathlib import Path

import msgspec
import pytest

from cli.commands import upload
from cli.places.deployment import Deployment
from cli.rendering.uploads import repeated
from keepfit.features.datasets.manifest import Upload
from keepfit.features.datasets.records import Refusal
from keepfit.features.ingest.report import Report, Suggestion
from keepfit.features.io.folders import folder_sha256
from keepfit.features.io.formats import file_sha256
from keepfit.views.stores import DatasetStores
from tests.unit.cli.conftest import Keepfit
from tests.unit.views.support import history


@pytest.fixture
def january(tmp_path: Path) -> Path:
    path = tmp_path / "jan.csv"
    path.write_text("a,b\n1,2\n")
    return path


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(upload, "_POLL_S", 0.0)


def _version_of(deployment: Deployment, key: str) -> str:
    """A bucket without versions calls its only one "null", and so do uploads."""
    return str(deployment.place.client("s3").head_object(Bucket="intake", Key=key).get("VersionId", "null"))


def test_a_file_lies_in_the_intake_below_its_datasets_name(
    keepfit: Keepfit, deployment: Deployment, january: Path
) -> None:
    [uploaded] = keepfit("upload", "flights", str(january), "--json").json
    body = deployment.place.client("s3").get_object(Bucket="intake", Key="flights/jan.csv")["Body"].read()
    assert body == january.read_bytes()
    assert (uploaded["outcome"], uploaded["key"]) == ("uploaded", "flights/jan.csv")
    assert uploaded["sha256"] == hashlib.sha256(body).hexdigest()


def test_a_packed_file_is_known_by_what_it_holds_and_by_itself(
    keepfit: Keepfit, flights: DatasetStores, january: Path
) -> None:
    packed = january.with_name("jan.csv.gz")
    packed.write_bytes(gzip.compress(january.read_bytes()))
    [uploaded] = keepfit("upload", "flights", str(packed), "--json").json
    assert uploaded["sha256"] == hashlib.sha256(january.read_bytes()).hexdigest()
    assert uploaded["file_sha256"] == hashlib.sha256(packed.read_bytes()).hexdigest()


def test_a_folder_is_uploaded_file_by_file_and_its_table_last(
    keepfit: Keepfit, deployment: Deployment, flights: DatasetStores, tmp_path: Path
) -> None:
    (tmp_path / "march" / "more").mkdir(parents=True)
    for name in ("labels.csv", "1.png", "more/2.png"):
        (tmp_path / "march" / name).write_text(f"{name},b\n1,2\n")
    digests = {name: file_sha256(tmp_path / "march" / name) for name in ("labels.csv", "1.png", "more/2.png")}
    sha = folder_sha256(digests.pop("labels.csv"), digests)
    history.take_file(flights, sha, version_id="null")
    [taken] = keepfit("upload", "flights", str(tmp_path / "march"), "--wait", "--json").json
    assert (taken["outcome"], taken["key"], taken["sha256"]) == ("taken", "flights/march/labels.csv", sha)
    listed = deployment.place.client("s3").list_objects_v2(Bucket="intake", Prefix="flights/march/")[
        "Contents"
    ]
    assert [item["Key"].removeprefix("flights/march/") for item in listed] == [
        "1.png",
        "labels.csv",
        "more/2.png",
    ]


def test_waiting_ends_when_the_file_is_data(keepfit: Keepfit, flights: DatasetStores, january: Path) -> None:
    sha = hashlib.sha256(january.read_bytes()).hexdigest()
    history.take_file(flights, sha, version_id="null", bad_rows=3)
    answer = keepfit("upload", "flights", str(january), "--wait", "--json")
    [taken] = answer.json
    assert answer.exit_code == 0
    assert (taken["outcome"], taken["version"], taken["rows"], taken["bad_rows"]) == ("taken", 1, 100, 3)


def test_rows_that_were_left_out_are_told_and_where_they_are(
    keepfit: Keepfit, flights: DatasetStores, january: Path
) -> None:
    sha = hashlib.sha256(january.read_bytes()).hexdigest()
    history.take_file(flights, sha, version_id="null", bad_rows=3)
    answer = keepfit("upload", "flights", str(january), "--wait")
    assert "3 of 103 rows were left out." in " ".join(answer.stdout.split())
    assert f"keepfit quarantine flights {sha[:12]}" in answer.stderr


def test_a_refused_file_is_exit_code_four_with_the_reason(
    keepfit: Keepfit, flights: DatasetStores, january: Path
) -> None:
    history.refuse_file(flights, "lacks the column carrier", version_id="null")
    answer = keepfit("upload", "flights", str(january), "--wait", "--json")
    [refused] = answer.json
    assert answer.exit_code == 4
    assert (refused["outcome"], refused["reason"]) == ("refused", "lacks the column carrier")


def test_all_that_does_not_fit_is_told_with_the_keys_that_would_take_it(
    keepfit: Keepfit, flights: DatasetStores, january: Path
) -> None:
    suggestion = Suggestion(field="b", keys={"missing": ["?"]}, cells=2)
    report = Report(
        rows=3,
        bad_rows=3,
        columns=[],
        ignored_columns=[],
        flaws=[],
        suggestions=[suggestion],
        refused="3 of 3",
    )
    flights.lake.put("r", msgspec.json.encode(report))
    source = Upload(bucket="intake", key="flights/jan.csv", version_id="null")
    flights.records.refuse("flights", Refusal(at=history.AT, reason="3 of 3", source=source, report="r"))
    answer = keepfit("upload", "flights", str(january), "--wait")
    assert answer.exit_code == 4
    assert 'missing = ["?"]' in answer.stdout
    assert keepfit("upload", "flights", str(january), "--wait", "--json").json[0]["report"]["rows"] == 3
    assert 'missing = ["?"]' in keepfit("quarantine", "flights", "jan.csv").stdout


def test_the_record_of_an_older_upload_with_the_same_content_is_not_taken_for_this_ones(
    keepfit: Keepfit, deployment: Deployment, flights: DatasetStores, january: Path
) -> None:
    deployment.place.client("s3").put_bucket_versioning(
        Bucket="intake", VersioningConfiguration={"Status": "Enabled"}
    )
    sha = hashlib.sha256(january.read_bytes()).hexdigest()
    history.take_file(flights, sha, version_id="an earlier one")
    answer = keepfit("upload", "flights", str(january), "--wait", "--timeout", "0", "--json")
    [waiting] = answer.json
    assert answer.exit_code == 6
    assert waiting["outcome"] == "under way"
    assert waiting["version_id"] == _version_of(deployment, "flights/jan.csv")


def test_a_name_that_promises_no_known_format_is_not_even_sent(
    keepfit: Keepfit, deployment: Deployment, tmp_path: Path
) -> None:
    (tmp_path / "jan.xls").touch()
    assert keepfit("upload", "flights", str(tmp_path / "jan.xls")).exit_code == 4
    assert "Contents" not in deployment.place.client("s3").list_objects_v2(Bucket="intake")


def test_no_file_is_sent_where_one_is_missing(
    keepfit: Keepfit, deployment: Deployment, january: Path
) -> None:
    answer = keepfit("upload", "flights", str(january), "nowhere.csv")
    assert answer.exit_code == 3
    assert "nowhere.csv" in answer.stderr
    assert "Contents" not in deployment.place.client("s3").list_objects_v2(Bucket="intake")


def test_files_that_would_lie_in_one_place_are_not_sent(
    keepfit: Keepfit, deployment: Deployment, january: Path, tmp_path: Path
) -> None:
    (tmp_path / "other").mkdir()
    other = tmp_path / "other" / january.name
    other.write_bytes(january.read_bytes())
    for same in (other, january):
        answer = keepfit("upload", "flights", str(january), str(same))
        assert answer.exit_code == 2
        assert "have one name, and would lie in one place" in " ".join(answer.stderr.split())
    assert "Contents" not in deployment.place.client("s3").list_objects_v2(Bucket="intake")


@pytest.mark.parametrize(
    ("known", "twice", "told"),
    [
        (99, 0, "100 rows, of which 99 were there already; they count once."),
        (40, 2, "100 rows, of which 40 were there already and 2 come twice in it; they count once."),
        (0, 2, "100 rows, of which 2 come twice in it; they count once."),
        (0, 0, None),
        (None, None, None),
    ],
)
def test_rows_that_are_no_news_are_told(known: int | None, twice: int | None, told: str | None) -> None:
    taken = {"file": "jan.csv", "outcome": "taken", "rows": 100, "known_rows": known, "duplicate_rows": twice}
    assert repeated(taken) == (told and f"jan.csv: {told}")

"""The contract of Intake."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote_plus

import pytest

from keepfit.adapters.aws.clients import client
from keepfit.adapters.aws.s3_intake import S3Intake
from keepfit.adapters.memory.features import MemoryIntake
from keepfit.errors import NotFound
from keepfit.features.datasets.ports import Intake


@dataclass
class Place:
    intake: Intake
    put: Callable[[str, bytes], str]


@pytest.fixture(params=["memory", "s3"])
def place(request: pytest.FixtureRequest) -> Place:
    if request.param == "memory":
        memory = MemoryIntake(bucket="intake")
        return Place(intake=memory, put=memory.put)
    request.getfixturevalue("aws")
    s3 = client("s3")
    s3.create_bucket(Bucket="intake")
    s3.put_bucket_versioning(Bucket="intake", VersioningConfiguration={"Status": "Enabled"})
    return Place(
        intake=S3Intake(bucket="intake"),
        put=lambda key, body: str(s3.put_object(Bucket="intake", Key=key, Body=body)["VersionId"]),
    )


def test_the_version_of_the_event_is_read_even_when_the_object_was_replaced(
    place: Place, tmp_path: Path
) -> None:
    version = place.put("flights/a.csv", b"old")
    place.put("flights/a.csv", b"newer")
    found = place.intake.find("flights/a.csv", version)
    assert (found.upload.version_id, found.bytes) == (version, 3)
    place.intake.download(found.upload, tmp_path / "copy")
    assert (tmp_path / "copy").read_bytes() == b"old"


def test_without_a_version_the_newest_is_pinned(place: Place, tmp_path: Path) -> None:
    place.put("flights/a.csv", b"old")
    newest = place.put("flights/a.csv", b"newer")
    found = place.intake.find("flights/a.csv", None)
    assert found.upload.version_id == newest
    assert found.at.tzinfo is not None


@pytest.mark.parametrize("key", ["flights/red flower+1%.csv", "flights/é.csv"])
@pytest.mark.parametrize("encoded", [False, True])
def test_a_key_is_found_as_it_is_and_url_encoded(place: Place, key: str, encoded: bool) -> None:
    place.put(key, b"x")
    spelled = quote_plus(key, safe="/") if encoded else key
    assert place.intake.find(spelled, None).upload.key == key


def test_a_key_that_only_looks_encoded_is_taken_as_it_is(place: Place) -> None:
    place.put("flights/a+b.csv", b"as it is")
    place.put("flights/a b.csv", b"decoded")
    assert place.intake.find("flights/a+b.csv", None).upload.key == "flights/a+b.csv"


def test_what_lies_below_a_folder_is_listed_and_its_newest_version_fetched(
    place: Place, tmp_path: Path
) -> None:
    table, picture = "signs/march/labels.csv", "signs/march/a/é 1+%.png"
    for key in (table, picture, "signs/march2/b.png"):
        place.put(key, b"old")
        place.put(key, key.encode())
    listed = dict(place.intake.listed("signs/march/"))
    assert listed == {key: len(key.encode()) for key in (table, picture)}
    paths = {key: tmp_path / str(number) for number, key in enumerate([*listed, "signs/march/none.png"])}
    assert place.intake.fetch(paths) == {*listed}
    assert {key: paths[key].read_text() for key in listed} == {key: key for key in listed}
    assert not paths["signs/march/none.png"].exists()


def test_a_missing_object_is_not_found_and_named(place: Place) -> None:
    with pytest.raises(NotFound, match=r"flights/none\.csv"):
        place.intake.find("flights/none.csv", None)

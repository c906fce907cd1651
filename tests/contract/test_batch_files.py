"""The contract of BatchFiles."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from keepfit.adapters.aws.clients import client
from keepfit.adapters.aws.s3_batch_files import S3BatchFiles
from keepfit.adapters.memory.batches import MemoryBatchFiles
from keepfit.errors import NotFound
from keepfit.serving.batch.part import Span
from keepfit.serving.batch.ports import BatchFiles


@dataclass
class Place:
    files: BatchFiles
    put: Callable[[str, bytes, Mapping[str, str]], str]


@pytest.fixture(params=["memory", "s3"])
def place(request: pytest.FixtureRequest) -> Place:
    if request.param == "memory":
        memory = MemoryBatchFiles()
        return Place(files=memory, put=memory.put)
    request.getfixturevalue("aws")
    s3 = client("s3")
    s3.create_bucket(Bucket="intake")
    s3.put_bucket_versioning(Bucket="intake", VersioningConfiguration={"Status": "Enabled"})

    def put(key: str, body: bytes, said: Mapping[str, str]) -> str:
        return str(s3.put_object(Bucket="intake", Key=key, Body=body, Metadata=dict(said))["VersionId"])

    return Place(files=S3BatchFiles(bucket="intake"), put=put)


def test_the_version_of_the_job_is_read_even_when_the_file_was_replaced(place: Place, tmp_path: Path) -> None:
    version = place.put("batch/m/a b.csv", b"old", {"asked": "this"})
    place.put("batch/m/a b.csv", b"newer", {})
    assert place.files.find("batch/m/a b.csv", version) == (3, {"asked": "this"})
    place.files.download("batch/m/a b.csv", version, tmp_path / "copy")
    assert (tmp_path / "copy").read_bytes() == b"old"


def test_a_part_is_fetched_with_holes_around_it(place: Place, tmp_path: Path) -> None:
    version = place.put("batch/m/a", b"0123456789", {})
    spans = [Span(start=2, end=4), Span(start=9, end=10)]
    place.files.fetch("batch/m/a", version, spans, tmp_path / "part", size=10)
    assert (tmp_path / "part").read_bytes() == b"\0\x0023\0\0\0\0\x009"


def test_a_file_that_is_not_there_is_told(place: Place, tmp_path: Path) -> None:
    version = place.put("batch/m/a", b"0", {})
    for ask in (
        lambda: place.files.find("batch/m/b", version),
        lambda: place.files.download("batch/m/b", version, tmp_path / "copy"),
        lambda: place.files.fetch("batch/m/b", version, [Span(start=0, end=1)], tmp_path / "part", size=1),
    ):
        with pytest.raises(NotFound, match="batch/m/b"):
            ask()

"""The contract of Lake."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

import msgspec
import pytest

from keepfit.adapters.aws.clients import client
from keepfit.adapters.aws.s3_lake import S3Lake
from keepfit.adapters.memory.features import MemoryLake
from keepfit.errors import Conflict, NotFound, TamperedArtifact
from keepfit.features.datasets import manifest as datasets
from keepfit.features.datasets.manifest import Manifest, Part, RewrittenPart, Source
from keepfit.features.datasets.next_version import following
from keepfit.features.datasets.ports import Lake, StoredPart
from keepfit.features.schema.definition import Field

SHA = "ab" * 32
AT = datetime(2013, 1, 1, tzinfo=UTC)


@pytest.fixture(params=["memory", "s3"])
def lake(request: pytest.FixtureRequest) -> Lake:
    if request.param == "memory":
        return MemoryLake()
    request.getfixturevalue("aws")
    s3 = client("s3")
    s3.create_bucket(Bucket="lake")
    s3.put_bucket_versioning(Bucket="lake", VersioningConfiguration={"Status": "Enabled"})
    return S3Lake(bucket="lake")


def part(stored: StoredPart, sha256: str = SHA) -> Part:
    return Part(
        key=stored.key,
        version_id=stored.version_id,
        sha256=sha256,
        rows=2,
        bad_rows=1,
        bytes=10,
        first_event="2013-01-01T00:00:00.000000Z",
        last_event="2013-01-02T00:00:00.000000Z",
        source=Source(bucket="intake", key="flights/a.csv", version_id="1", sha256=sha256),
    )


def manifest(parent: Manifest | None = None, sha256: str = SHA) -> Manifest:
    added = part(StoredPart(key="k", version_id="1"), sha256)
    return following(
        parent, added, dataset="flights", schema={"late": Field(type="bool", nullable=True)}, at=AT
    )


def test_a_part_never_takes_the_place_of_one_that_a_version_may_name(lake: Lake, tmp_path: Path) -> None:
    path = tmp_path / "part"
    path.write_bytes(b"first")
    first = lake.put_part("flights", SHA, path)
    path.write_bytes(b"second")
    second = lake.put_part("flights", SHA, path)
    assert first.key != second.key
    for stored in (first, second):
        assert stored.key.startswith(f"datasets/flights/parts/{SHA}-")
    lake.get_part(part(first), tmp_path / "copy")
    assert (tmp_path / "copy").read_bytes() == b"first"


def test_a_part_that_is_gone_is_not_found(lake: Lake, tmp_path: Path) -> None:
    with pytest.raises(NotFound):
        lake.get_part(
            part(StoredPart(key="datasets/flights/parts/x.parquet", version_id="9")), tmp_path / "copy"
        )


def test_a_part_that_was_rewritten_is_read_as_it_is_now_once_it_is_removed(
    lake: Lake, tmp_path: Path
) -> None:
    path, copy = tmp_path / "part", tmp_path / "copy"
    stored = []
    for body in (b"all", b"some", b"few"):
        path.write_bytes(body)
        stored.append(lake.put_part("flights", SHA, path))
    assert lake.rewritten(stored[0].key) is None
    for before, after in pairwise(stored):
        rewritten = RewrittenPart(
            key=after.key, version_id=after.version_id, rows=1, bytes=4, first_event="", last_event=""
        )
        lake.put_rewritten(before.key, rewritten)
    lake.get_part(part(stored[0]), copy)
    assert copy.read_bytes() == b"all"
    found = lake.rewritten(stored[0].key)
    assert found is not None
    assert found.key == stored[2].key
    lake.get_part(msgspec.structs.replace(part(stored[0]), version_id="99"), copy)
    assert copy.read_bytes() == b"few"


@pytest.mark.parametrize("days_left", [None, 5])
def test_what_is_left_of_a_part_is_a_part(lake: Lake, tmp_path: Path, days_left: int | None) -> None:
    path = tmp_path / "part"
    path.write_bytes(b"left")
    stored = lake.put_rewritten_part("flights", SHA, path, days_left)
    assert stored.key.startswith(f"datasets/flights/parts/{SHA}-")
    lake.get_part(part(stored), tmp_path / "copy")
    assert (tmp_path / "copy").read_bytes() == b"left"
    if isinstance(lake, S3Lake):
        tags = client("s3").get_object_tagging(Bucket="lake", Key=stored.key)["TagSet"]
        assert tags == ([{"Key": "keepfit-days-left", "Value": "5"}] if days_left else [])


def test_quarantined_rows_lie_beside_the_parts(lake: Lake, tmp_path: Path) -> None:
    keys = []
    for bad in (b"{}\n", b"{}\n{}\n", b"{}\n"):
        (tmp_path / "bad").write_bytes(bad)
        keys.append(lake.put_quarantine("flights", SHA, tmp_path / "bad"))
    assert keys[0].startswith(f"datasets/flights/quarantine/{SHA}-")
    assert keys[0] == keys[2] != keys[1]
    key = lake.put_report("flights", SHA, tmp_path / "bad")
    assert key.startswith(f"datasets/flights/quarantine/{SHA}-")
    assert key not in keys


def test_a_profile_is_read_by_the_key_that_it_was_given(lake: Lake, tmp_path: Path) -> None:
    keys = []
    for body in (b"{}", b"[]", b"{}"):
        (tmp_path / "profile").write_bytes(body)
        keys.append(lake.put_profile("flights", SHA, tmp_path / "profile"))
    assert keys[0].startswith(f"datasets/flights/profiles/{SHA}-")
    assert keys[0] == keys[2] != keys[1]
    assert [lake.profile(key) for key in keys[:2]] == [b"{}", b"[]"]
    with pytest.raises(NotFound):
        lake.profile("datasets/flights/profiles/nope.json")


def test_a_manifest_is_written_once(lake: Lake) -> None:
    first = manifest()
    lake.put_manifest(first)
    with pytest.raises(Conflict):
        lake.put_manifest(manifest(sha256="cd" * 32))
    assert lake.manifest("flights", 1) == first


def test_a_version_that_does_not_exist_is_not_found(lake: Lake) -> None:
    with pytest.raises(NotFound, match="000007"):
        lake.manifest("flights", 7)


def test_versions_are_a_chain_of_growing_lists_of_parts() -> None:
    first = manifest()
    second = manifest(first, "cd" * 32)
    assert (first.version, first.parent, second.version, second.parent) == (1, None, 2, 1)
    assert second.rows == 4
    assert second.parts[:1] == first.parts
    assert second.holding("cd" * 32) == second.parts[1]
    assert second.holding("ef" * 32) is None


def test_a_manifest_whose_parts_were_changed_is_tampered() -> None:
    body = datasets.to_json(manifest())
    with pytest.raises(TamperedArtifact, match="does not have its own digest"):
        datasets.from_json(body.replace(b'"rows":2,"bad_rows"', b'"rows":3,"bad_rows"'))
    with pytest.raises(TamperedArtifact, match="cannot be read"):
        datasets.from_json(b"{")


def test_a_manifest_of_a_time_when_parts_said_less_keeps_its_digest() -> None:
    written = msgspec.json.decode(datasets.to_json(manifest()))
    for later in ("duplicate_rows", "known_rows"):
        assert written["parts"][0].pop(later, None) is None
    written["digest"] = hashlib.sha256(msgspec.json.encode(written["parts"])).hexdigest()
    assert datasets.from_json(msgspec.json.encode(written)).parts == manifest().parts

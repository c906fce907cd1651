"""The contract of Versions."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import msgspec
import pytest

from keepfit.adapters.aws.clients import client
from keepfit.adapters.aws.dynamodb_items import ModelItems
from keepfit.adapters.aws.dynamodb_versions import DynamoVersions
from keepfit.adapters.memory.registry import MemoryVersions
from keepfit.errors import Conflict, NotFound
from keepfit.registry.ports import Versions
from keepfit.registry.versions import Claim, ModelVersion, Release

AT = datetime(2026, 5, 4, 3, 2, 1, 123456, tzinfo=UTC)


@pytest.fixture(params=["memory", "dynamodb"])
def versions(request: pytest.FixtureRequest) -> Versions:
    if request.param == "memory":
        return MemoryVersions(model="m")
    table = request.getfixturevalue("registry_table")
    return DynamoVersions(items=ModelItems(table=table, model="m"), stack="stack")


def version(claim: Claim, *, manifest: str = "aa") -> ModelVersion:
    return ModelVersion(
        model="m",
        version=claim.version,
        run_id=claim.run_id,
        created_at=claim.claimed_at,
        manifest_sha256=manifest,
        metrics={"roc_auc": 0.7125, "rows": 30.0},
    )


def release(lambda_version: str, number: int = 1, code: str = "c2hh") -> Release:
    return Release(lambda_version=lambda_version, version=number, code_sha256=code, published_at=AT)


def test_runs_get_numbers_in_order(versions: Versions) -> None:
    assert [versions.claim(run, AT).version for run in ("a", "b", "c")] == [1, 2, 3]


def test_a_run_that_asks_again_gets_the_same_number_and_instant(versions: Versions) -> None:
    first = versions.claim("a", AT)
    versions.claim("b", AT)
    assert versions.claim("a", datetime.now(UTC)) == first


def test_a_claimed_version_is_not_seen_before_it_is_registered(versions: Versions) -> None:
    claim = versions.claim("a", AT)
    with pytest.raises(NotFound):
        versions.get(claim.version)
    assert versions.all() == []


def test_a_registered_version_is_read_as_it_was_written(versions: Versions) -> None:
    made = version(versions.claim("a", AT))
    versions.register(made)
    assert versions.get(1) == made
    assert versions.all() == [made]


def test_registering_again_changes_nothing(versions: Versions) -> None:
    made = version(versions.claim("a", AT))
    versions.register(made)
    versions.register(made)
    assert versions.all() == [made]
    assert versions.claim("a", AT).version == 1


def test_a_version_is_registered_by_the_run_that_claimed_it_and_never_changed(versions: Versions) -> None:
    claim = versions.claim("a", AT)
    with pytest.raises(Conflict):
        versions.register(version(msgspec.structs.replace(claim, run_id="b")))
    with pytest.raises(Conflict):
        versions.register(version(msgspec.structs.replace(claim, version=2)))
    versions.register(version(claim))
    with pytest.raises(Conflict):
        versions.register(version(claim, manifest="bb"))
    assert versions.get(1).manifest_sha256 == "aa"


def test_versions_are_listed_oldest_first_without_gaps_being_shown(versions: Versions) -> None:
    claims = [versions.claim(f"run {number}", AT) for number in range(12)]
    for claim in (claims[10], claims[1], claims[4]):
        versions.register(version(claim))
    assert [v.version for v in versions.all()] == [2, 5, 11]


def test_runs_that_claim_at_the_same_time_get_different_numbers() -> None:
    versions = MemoryVersions(model="m")
    with ThreadPoolExecutor(8) as pool:
        claims = list(pool.map(lambda run: versions.claim(f"run {run % 40}", AT), range(80)))
    assert {claim.version for claim in claims} == set(range(1, 41))
    assert len({(claim.run_id, claim.version) for claim in claims}) == 40


def test_a_release_says_which_version_is_inside_a_lambda_version(versions: Versions) -> None:
    versions.record_release(release("7", 3))
    assert versions.release("7") == release("7", 3)
    assert versions.release("8") is None


def test_recording_a_release_again_changes_nothing_and_another_one_conflicts(versions: Versions) -> None:
    versions.record_release(release("7", 3))
    versions.record_release(msgspec.structs.replace(release("7", 3), published_at=datetime.now(UTC)))
    assert versions.release("7") == release("7", 3)
    with pytest.raises(Conflict):
        versions.record_release(release("7", 4))
    with pytest.raises(Conflict):
        versions.record_release(release("7", 3, code="b3RoZXI="))


def test_a_release_is_marked_as_pruned_and_the_mark_is_taken_back(versions: Versions) -> None:
    for lambda_version in ("7", "8"):
        versions.record_release(release(lambda_version))
    versions.mark_pruned("7", AT)
    pruned = msgspec.structs.replace(release("7"), pruned_at=AT)
    assert (versions.release("7"), versions.releases()) == (pruned, [pruned, release("8")])
    versions.mark_pruned("7", None)
    assert versions.releases() == [release("7"), release("8")]
    with pytest.raises(NotFound, match="Lambda version 9 of m is on no record"):
        versions.mark_pruned("9", AT)


def test_a_release_of_before_there_was_pruning_is_read(registry_table: str) -> None:
    items = ModelItems(table=registry_table, model="m")
    versions = DynamoVersions(items=items, stack="stack")
    versions.record_release(release("7"))
    key = {"pk": {"S": "model#m"}, "sk": {"S": "lambda#stack#7"}}
    client("dynamodb").update_item(TableName=registry_table, Key=key, UpdateExpression="REMOVE pruned_at")
    assert versions.releases() == [release("7")]


def test_releases_are_listed_in_the_order_of_lambda_versions(versions: Versions) -> None:
    for lambda_version in ("10", "2", "9"):
        versions.record_release(release(lambda_version))
    assert [r.lambda_version for r in versions.releases()] == ["2", "9", "10"]


def test_two_models_share_a_table_and_nothing_else(registry_table: str) -> None:
    one, other = (
        DynamoVersions(items=ModelItems(table=registry_table, model=name), stack="stack")
        for name in ("one", "other")
    )
    one.claim("a", AT)
    assert other.claim("a", AT).version == 1
    one.record_release(release("7"))
    assert other.release("7") is None


def test_a_stack_deployed_again_knows_nothing_of_the_releases_of_the_former(registry_table: str) -> None:
    items = ModelItems(table=registry_table, model="m")
    former, present = (DynamoVersions(items=items, stack=stack) for stack in ("former", "present"))
    registered = version(former.claim("a", AT))
    former.register(registered)
    former.record_release(release("2", 1, code="old"))
    assert present.get(1) == registered
    assert present.release("2") is None
    present.record_release(release("2", 3, code="new"))
    assert (former.releases(), present.releases()) == ([release("2", 1, "old")], [release("2", 3, "new")])

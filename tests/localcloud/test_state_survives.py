from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from localcloud.cloud import Cloud
from localcloud.deployer import deploy
from localcloud.errors import CloudDown
from localcloud.host_process import ProcessIdentity, identify, wait_gone
from tests.localcloud.loop import Loop, wait_for


@dataclass(frozen=True, slots=True)
class Killed:
    """A cloud with the app on it that was killed while a task ran, and started again."""

    cloud: Cloud
    loop: Loop
    children: list[ProcessIdentity]


@pytest.fixture(scope="module")
def killed(clouds: Callable[[str], Cloud], assembly: Path) -> Killed:
    cloud = clouds("killed")
    endpoint = cloud.up()
    deployed = deploy(endpoint, assembly)
    outputs = {
        key.removeprefix("Output"): value for stack in deployed.values() for key, value in stack.items()
    }
    loop = Loop(endpoint=endpoint, outputs=outputs)
    endpoint.client("s3").put_object(Bucket=loop["Bucket"], Key="kept", Body=b"first")
    endpoint.client("s3").put_object(Bucket=loop["Bucket"], Key="kept", Body=b"second")
    item = {"pk": {"S": "kept"}, "sk": {"S": "row"}, "n": {"N": "1"}}
    endpoint.client("dynamodb").put_item(TableName=loop["Table"], Item=item)
    loop.invoke("AliasArn", {"before": "kill"})
    loop.train(run="orphan", sleep="120", term=str(cloud.status().state / "terminated"))
    wait_for(lambda: "started" in loop.log_messages(loop["TaskLogGroup"]))
    time.sleep(2.5)
    status = cloud.status()
    ledger = (status.state / "children.jsonl").read_text().splitlines()
    children = [child for line in ledger if (child := ProcessIdentity(**json.loads(line))).alive()]
    assert status.pid is not None
    process = identify(status.pid)
    assert process is not None
    os.kill(status.pid, signal.SIGKILL)
    assert wait_gone(process, 10)
    with pytest.raises(CloudDown, match="keepfit local up"):
        cloud.endpoint()
    cloud.up()
    return Killed(cloud, loop, children)


def test_a_killed_cloud_comes_back_on_the_same_port_with_the_same_credentials(
    killed: Killed,
) -> None:
    assert killed.cloud.endpoint().port == killed.loop.endpoint.port
    # The clients made before still work.
    assert killed.loop.client("sts").get_caller_identity()["Arn"].endswith(":user/localcloud-administrator")


def test_objects_rows_functions_aliases_and_layers_are_still_there(killed: Killed) -> None:
    loop = killed.loop
    versions = loop.client("s3").list_object_versions(Bucket=loop["Bucket"], Prefix="kept")["Versions"]
    assert len(versions) == 2
    row = loop.client("dynamodb").get_item(
        TableName=loop["Table"], Key={"pk": {"S": "kept"}, "sk": {"S": "row"}}
    )
    assert row["Item"]["n"] == {"N": "1"}
    assert loop.invoke("AliasArn", {"import": "loop_layer"}).endswith("loop_layer/__init__.py")
    assert loop.http("POST", "/open", {"a": 1})[0] == 200


def test_stacks_can_be_updated_after_a_kill(killed: Killed, assembly: Path) -> None:
    loop = killed.loop
    assert deploy(loop.endpoint, assembly)["loop-platform"]["OutputBucket"] == loop["Bucket"]


def test_a_killed_cloud_leaves_no_process_behind(killed: Killed) -> None:
    # It was started again, and ended what the killed one had left: workers and the task.
    assert killed.children
    assert not any(child.alive() for child in killed.children)


def test_an_execution_that_was_running_is_reported_as_failed(killed: Killed) -> None:
    loop = killed.loop
    executions = loop.client("stepfunctions").list_executions(stateMachineArn=loop["Training"])["executions"]
    assert [execution["status"] for execution in executions] == ["FAILED"]


def test_a_clean_stop_keeps_everything_and_is_quick(clouds: Callable[[str], Cloud]) -> None:
    cloud = clouds("stopped")
    endpoint = cloud.up()
    endpoint.client("s3").create_bucket(Bucket="kept")
    endpoint.client("s3").put_object(Bucket="kept", Key="k", Body=b"v")
    started = time.monotonic()
    cloud.down()
    assert time.monotonic() - started < 5
    assert not cloud.status().running
    cloud.up()
    assert endpoint.client("s3").get_object(Bucket="kept", Key="k")["Body"].read() == b"v"


def test_a_reset_forgets_everything_but_the_address(clouds: Callable[[str], Cloud]) -> None:
    cloud = clouds("reset")
    before = cloud.up()
    before.client("s3").create_bucket(Bucket="gone")
    cloud.reset()
    after = cloud.endpoint()
    assert after.client("s3").list_buckets()["Buckets"] == []
    assert (after.url, after.access_key_id) == (before.url, before.access_key_id)


def test_starting_what_runs_changes_nothing(clouds: Callable[[str], Cloud]) -> None:
    cloud = clouds("twice")
    first = cloud.up()
    pid = cloud.status().pid
    assert cloud.up() == first
    assert cloud.status().pid == pid


def test_clouds_side_by_side_know_nothing_of_each_other(clouds: Callable[[str], Cloud]) -> None:
    one, other = clouds("one").up(), clouds("other").up()
    assert one.port != other.port
    one.client("s3").create_bucket(Bucket="mine")
    assert other.client("s3").list_buckets()["Buckets"] == []
    stolen = one.client_with("s3", other.access_key_id, other.secret_access_key)
    with pytest.raises(stolen.exceptions.ClientError):
        stolen.list_buckets()


def test_a_process_id_taken_by_somebody_else_is_not_ours(clouds: Callable[[str], Cloud]) -> None:
    cloud = clouds("stale")
    cloud.up()
    file = cloud.status().state / "endpoint.json"
    document = json.loads(file.read_text())
    cloud.down()
    document["pid"] = os.getpid()
    file.write_text(json.dumps(document))
    assert not cloud.status().running
    cloud.down()
    assert cloud.up().client("sts").get_caller_identity()


def test_the_endpoint_file_is_for_its_owner_only(clouds: Callable[[str], Cloud]) -> None:
    cloud = clouds("private")
    cloud.up()
    state = cloud.status().state
    for name in ("endpoint.json", "settings.json", "tls/server.key"):
        assert (state / name).stat().st_mode & 0o077 == 0, name
    assert state.stat().st_mode & 0o077 == 0


def test_a_stopped_cloud_says_how_to_start_it(clouds: Callable[[str], Cloud]) -> None:
    with pytest.raises(CloudDown, match="keepfit local up"):
        clouds("never").endpoint()

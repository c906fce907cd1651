from __future__ import annotations

import base64
import json
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.localcloud.loop import Loop, wait_for


def test_an_exception_is_reported_by_its_own_name_with_its_frames(loop: Loop) -> None:
    error = loop.invoke("Probe", {"raise": "Quarantined", "message": "row 7"})
    assert (error["errorType"], error["errorMessage"]) == ("Quarantined", "row 7")
    assert any("raise Quarantined" in frame for frame in error["stackTrace"])


def test_an_exception_leaves_the_environment_warm(loop: Loop) -> None:
    before = loop.invoke("Probe", {"pid": 1})
    loop.invoke("Probe", {"raise": "ValueError"})
    assert loop.invoke("Probe", {"pid": 1}) == before


@pytest.mark.parametrize(
    ("event", "kind"),
    [
        ({"exit": 3}, "Runtime.ExitError"),
        ({"exit": 0}, "Runtime.ExitError"),
        ({"unserialisable": 1}, "Runtime.MarshalError"),
    ],
)
def test_a_runtime_failure_has_the_name_that_aws_gives_it(
    loop: Loop, event: dict[str, int], kind: str
) -> None:
    assert loop.invoke("Probe", event)["errorType"] == kind
    assert "event" in loop.invoke("Probe", {"still": "there"})


def test_a_dependency_that_is_in_no_layer_is_missing_here_too(loop: Loop) -> None:
    error = loop.invoke("Broken", {})
    assert error["errorType"] == "Runtime.ImportModuleError"
    assert error["errorMessage"] == "Unable to import module 'broken': No module named 'pandas'"
    assert loop.invoke("Probe", {"import": "pandas"})["errorType"] == "ModuleNotFoundError"
    assert loop.invoke("Probe", {"import": "localcloud"})["errorType"] == "ModuleNotFoundError"


def test_functions_see_their_layers_and_the_sdk_of_the_managed_runtime(loop: Loop) -> None:
    assert loop.invoke("AliasArn", {"import": "loop_layer"}).endswith("loop_layer/__init__.py")
    assert loop.invoke("Probe", {"import": "loop_layer"})["errorType"] == "ModuleNotFoundError"
    assert loop.invoke("Probe", {"import": "boto3"}).endswith("managed-sdk/boto3/__init__.py")


def test_a_functions_environment_holds_nothing_of_the_developers(
    loop: Loop, monkeypatch: pytest.MonkeyPatch
) -> None:
    environment = loop.invoke("Probe", {"environment": 1})
    assert environment["VARIANT"] == "first"
    assert environment["AWS_LAMBDA_FUNCTION_NAME"] == loop["Probe"]
    assert environment["AWS_ACCESS_KEY_ID"] != loop.endpoint.access_key_id
    assert not {"HOME", "PYTHONPATH", "VIRTUAL_ENV", "GATEWAY_PORT", "STATE_DIR"} & set(environment)


def test_a_function_that_holds_more_memory_than_it_has_is_ended(loop: Loop) -> None:
    error = loop.invoke("Small", {"hog": 300})
    assert error["errorType"] == "Runtime.OutOfMemory"
    assert "signal: killed" in error["errorMessage"]


def test_memory_held_for_a_moment_only_counts_too(loop: Loop) -> None:
    assert loop.invoke("Small", {"hog": 300, "hold": 0})["errorType"] == "Runtime.OutOfMemory"


def test_a_function_that_takes_too_long_is_ended(loop: Loop) -> None:
    started = time.monotonic()
    error = loop.invoke("Small", {"sleep": 30})
    assert error["errorType"] == "Sandbox.Timedout"
    assert error["errorMessage"].endswith("Task timed out after 2.00 seconds")
    assert time.monotonic() - started < 10


def test_the_log_tail_holds_what_was_printed_and_the_platforms_lines(loop: Loop) -> None:
    event = json.dumps({"print": ["hello", "world"]})
    answer = loop.client("lambda").invoke(FunctionName=loop["Probe"], Payload=event, LogType="Tail")
    lines = base64.b64decode(answer["LogResult"]).decode().splitlines()
    assert [line.split(" ")[0] for line in lines[:1] + lines[-2:]] == ["START", "END", "REPORT"]
    assert lines[1:3] == ["hello", "world"]


def test_one_environment_writes_one_log_stream_however_often_it_is_invoked(loop: Loop) -> None:
    logs = loop.client("logs")
    group = loop.invoke("Probe", {"environment": 1})["AWS_LAMBDA_LOG_GROUP_NAME"]
    before = len(logs.describe_log_streams(logGroupName=group)["logStreams"])
    for _ in range(20):
        loop.invoke("Probe", {"print": ["again"]})
    assert len(logs.describe_log_streams(logGroupName=group)["logStreams"]) == before


def test_concurrent_invocations_have_environments_of_their_own(loop: Loop) -> None:
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: loop.invoke("Probe", {"sleep": 0.5}), range(4)))
        started = time.monotonic()
        list(pool.map(lambda _: loop.invoke("Probe", {"sleep": 0.5}), range(4)))
    assert time.monotonic() - started < 1.5


def test_a_warm_invocation_waits_for_nothing(loop: Loop) -> None:
    loop.invoke("Probe", {"nothing": 1})
    took = []
    for _ in range(50):
        started = time.perf_counter()
        loop.invoke("Probe", {"nothing": 1})
        took.append(time.perf_counter() - started)
    # The stock emulator waits 50 ms for log lines that never come.
    assert min(took) < 0.030


def test_a_function_reaches_the_cloud_with_the_permissions_of_its_role(loop: Loop) -> None:
    assert loop.invoke("Probe", {"put": loop["Bucket"], "key": "made/by-function"}) == "put"
    refused = loop.invoke("AliasArn", {"put": loop["Bucket"], "key": "made/by-another"})
    assert "AccessDenied" in refused["errorMessage"]


def test_metrics_count_what_happened(loop: Loop) -> None:
    def total(name: str) -> float:
        now = time.time()
        found = loop.client("cloudwatch").get_metric_statistics(
            Namespace="AWS/Lambda",
            MetricName=name,
            Dimensions=[{"Name": "FunctionName", "Value": loop["Small"]}],
            StartTime=now - 3600,
            EndTime=now + 60,
            Period=3600 * 24,
            Statistics=["Sum"],
        )
        return float(sum(point["Sum"] for point in found["Datapoints"]))

    invocations, errors = total("Invocations"), total("Errors")
    loop.invoke("Small", {"nothing": 1})
    loop.invoke("Small", {"raise": "ValueError"})
    wait_for(lambda: total("Invocations") == invocations + 2)
    assert total("Errors") == errors + 1


def test_an_update_lets_the_invocation_under_way_end(loop: Loop) -> None:
    with ThreadPoolExecutor(1) as pool:
        slow = pool.submit(loop.invoke, "Small", {"sleep": 1.5})
        time.sleep(0.7)
        loop.client("lambda").update_function_configuration(FunctionName=loop["Small"], Description="changed")
        assert slow.result() == "slept"


def test_an_answer_may_not_be_larger_than_lambda_lets_it(loop: Loop) -> None:
    assert len(loop.invoke("Probe", {"large": 6_000_000})) == 6_000_000
    assert loop.invoke("Probe", {"large": 6_400_000})["errorType"] == "Function.ResponseSizeTooLarge"


def test_a_request_may_not_be_larger_than_lambda_or_the_api_takes(loop: Loop) -> None:
    lambda_ = loop.client("lambda")
    for size, kind in ((6_400_000, "RequestResponse"), (1_100_000, "Event")):
        with pytest.raises(lambda_.exceptions.RequestTooLargeException):
            lambda_.invoke(
                FunctionName=loop["Probe"], InvocationType=kind, Payload=json.dumps({"n": "x" * size})
            )
    assert loop.http("POST", "/open", {"n": "x" * 11_000_000}) == (413, {"message": "Request Too Long"})

from __future__ import annotations

from collections.abc import Iterator

import pytest
from botocore.awsrequest import AWSRequest, AWSResponse
from botocore.compat import HTTPHeaders
from botocore.exceptions import ClientError, ConnectTimeoutError, EndpointConnectionError

from keepfit.adapters.aws.clients import client, translated
from keepfit.errors import (
    Conflict,
    KeepfitError,
    NotFound,
    ServiceUnavailable,
    Terminal,
    Throttled,
    Transient,
)


def refusal(code: str, status: int = 400) -> ClientError:
    answer = {"Error": {"Code": code, "Message": "because"}, "ResponseMetadata": {"HTTPStatusCode": status}}
    return ClientError(answer, "GetObject")  # type: ignore[arg-type]


@pytest.fixture
def fresh_clients(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Clients made under made-up credentials, forgotten afterwards."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-central-1")
    client.cache_clear()
    yield
    client.cache_clear()


@pytest.mark.parametrize(
    ("code", "status", "becomes"),
    [
        ("ConditionalCheckFailedException", 400, Conflict),
        ("PreconditionFailed", 412, Conflict),
        ("PreconditionFailedException", 412, Conflict),
        ("ConditionalRequestConflict", 409, Conflict),
        ("NoSuchKey", 404, NotFound),
        ("404", 404, NotFound),
        ("ResourceNotFoundException", 404, NotFound),
        ("ThrottlingException", 400, Throttled),
        ("SlowDown", 503, Throttled),
        ("TooManyRequestsException", 429, Throttled),
        ("InternalError", 500, ServiceUnavailable),
        ("ServiceUnavailable", 503, ServiceUnavailable),
    ],
)
def test_an_aws_error_becomes_ours_and_says_what_was_asked_for(
    code: str, status: int, becomes: type[KeepfitError]
) -> None:
    with (
        pytest.raises(becomes, match=rf"the champion's manifest: {code}: because") as error,
        translated("the champion's manifest"),
    ):
        raise refusal(code, status)
    assert type(error.value) is becomes
    assert isinstance(error.value.__cause__, ClientError)


def test_a_refusal_that_means_a_fault_of_ours_stays_what_it_is() -> None:
    with pytest.raises(ClientError, match="AccessDenied"), translated("the lake"):
        raise refusal("AccessDenied", 403)


@pytest.mark.parametrize(
    "error",
    [EndpointConnectionError(endpoint_url="https://s3"), ConnectTimeoutError(endpoint_url="https://s3")],
)
def test_no_answer_is_worth_another_try(error: Exception) -> None:
    with pytest.raises(ServiceUnavailable, match="the lake: ") as raised, translated("the lake"):
        raise error
    assert isinstance(raised.value, Transient)


def test_our_own_errors_pass_unchanged() -> None:
    with pytest.raises(Terminal, match="as it was"), translated("the lake"):
        raise Terminal("as it was")


def test_a_block_that_succeeds_is_left_alone() -> None:
    done = []
    with translated("the lake"):
        done.append("its work")
    assert done == ["its work"]


@pytest.mark.usefixtures("fresh_clients")
def test_there_is_one_client_per_service() -> None:
    assert client("s3") is client("s3")
    assert client("s3") is not client("dynamodb")


@pytest.mark.usefixtures("fresh_clients")
def test_a_client_finds_its_region_in_the_environment() -> None:
    assert client("s3").meta.region_name == "eu-central-1"


@pytest.mark.usefixtures("fresh_clients")
@pytest.mark.parametrize("times", [1, 50], ids=["once", "whatever was met before"])
def test_six_failures_in_a_row_lose_nothing(times: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("time.sleep", lambda _seconds: None)
    calls = 0

    def six_of_seven_fail(request: AWSRequest, **_: object) -> AWSResponse:
        nonlocal calls
        calls += 1
        return _answer(request, 503 if calls % 7 else 200)

    s3 = client("s3")
    s3.meta.events.register("before-send.s3.HeadObject", six_of_seven_fail)
    for _ in range(times):
        assert s3.head_object(Bucket="lake", Key="any")["ResponseMetadata"]["HTTPStatusCode"] == 200
    assert calls == 7 * times


@pytest.mark.usefixtures("fresh_clients")
def test_a_service_that_never_answers_is_given_up_after_seconds_not_minutes() -> None:
    config = client("dynamodb").meta.config
    assert config.connect_timeout <= 5
    assert config.read_timeout <= 10
    assert client("lambda").meta.config.read_timeout <= 20
    assert client("s3").meta.config.read_timeout <= 60


def _answer(request: AWSRequest, status: int) -> AWSResponse:
    class Empty:
        def stream(self, **_: object) -> Iterator[bytes]:
            yield b""

    return AWSResponse(str(request.url), status, HTTPHeaders(), Empty())

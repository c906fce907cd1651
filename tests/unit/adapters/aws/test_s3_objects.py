from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError
from botocore.stub import Stubber

from keepfit.adapters.aws import clients
from keepfit.adapters.aws.clients import client
from keepfit.adapters.aws.s3_artifacts import S3Artifacts
from keepfit.adapters.aws.s3_intake import S3Intake
from keepfit.adapters.aws.s3_objects import reading
from keepfit.errors import NotFound

KEY = "runs/m/1/judgement.json"
READS: list[tuple[str, Callable[[Path], Any]]] = [
    ("get_object", lambda _: S3Artifacts(bucket="b").get(KEY)),
    ("head_object", lambda folder: S3Artifacts(bucket="b").get_file(KEY, folder / "copy")),
    ("head_object", lambda _: S3Intake(bucket="b").find(KEY, None)),
]


@pytest.fixture
def s3(monkeypatch: pytest.MonkeyPatch) -> Iterator[Stubber]:
    """S3 answers what it is told to, and is asked for nothing else."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    clients.client.cache_clear()
    with Stubber(client("s3")) as stubbed:
        yield stubbed
        stubbed.assert_no_pending_responses()
    clients.client.cache_clear()


def refuse(s3: Stubber, operation: str) -> None:
    code = "403" if operation == "head_object" else "AccessDenied"
    s3.add_client_error(operation, service_error_code=code, http_status_code=403)


def answer_listing(s3: Stubber, *keys: str) -> None:
    asked = {"Bucket": "b", "Prefix": KEY, "MaxKeys": 1}
    s3.add_response("list_objects_v2", {"Contents": [{"Key": key} for key in keys]}, asked)


@pytest.mark.parametrize(("operation", "read"), READS)
@pytest.mark.parametrize("listed", [(), (f"{KEY}.gz",)])
def test_an_object_that_is_refused_and_not_listed_is_not_there(
    s3: Stubber, tmp_path: Path, operation: str, read: Callable[[Path], Any], listed: tuple[str, ...]
) -> None:
    refuse(s3, operation)
    answer_listing(s3, *listed)
    with pytest.raises(NotFound, match="judgement"):
        read(tmp_path)


@pytest.mark.parametrize(("operation", "read"), READS)
def test_an_object_that_is_refused_and_listed_is_refused(
    s3: Stubber, tmp_path: Path, operation: str, read: Callable[[Path], Any]
) -> None:
    refuse(s3, operation)
    answer_listing(s3, KEY)
    with pytest.raises(ClientError, match=r"403|AccessDenied"):
        read(tmp_path)


def test_where_the_listing_is_refused_as_well_the_first_refusal_counts(s3: Stubber) -> None:
    refuse(s3, "get_object")
    refuse(s3, "list_objects_v2")
    with pytest.raises(ClientError, match="GetObject"):
        S3Artifacts(bucket="b").get(KEY)


def test_what_is_not_a_refusal_asks_nothing_more(s3: Stubber) -> None:
    s3.add_client_error("get_object", service_error_code="NoSuchKey", http_status_code=404)
    with pytest.raises(NotFound), reading("b", KEY):
        client("s3").get_object(Bucket="b", Key=KEY)

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.localcloud.loop import Loop

PRESENT, MISSING = "mine/present", "mine/missing"


@pytest.fixture(scope="module")
def bucket(loop: Loop) -> Iterator[str]:
    name, s3 = f"hides-{uuid.uuid4().hex[:8]}", loop.client("s3")
    s3.create_bucket(Bucket=name)
    s3.put_object(Bucket=name, Key=PRESENT, Body=b"")
    yield name
    s3.delete_object(Bucket=name, Key=PRESENT)
    s3.delete_bucket(Bucket=name)


@pytest.fixture
def reader(loop: Loop, bucket: str) -> Iterator[Callable[..., Any]]:
    """Makes the S3 client of a user who may read the bucket's objects, and what the statements given say."""
    iam, name = loop.client("iam"), f"reads-{uuid.uuid4().hex[:8]}"
    iam.create_user(UserName=name)
    key = iam.create_access_key(UserName=name)["AccessKey"]

    def make(*listing: dict[str, Any]) -> Any:
        of_objects = {
            "Action": ["s3:GetObject", "s3:GetObjectVersion"],
            "Resource": f"arn:aws:s3:::{bucket}/*",
        }
        of_bucket = {"Action": "s3:ListBucket", "Resource": f"arn:aws:s3:::{bucket}"}
        said = [of_objects, *({**of_bucket, **one} for one in listing)]
        document = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", **one} for one in said]}
        iam.put_user_policy(UserName=name, PolicyName="one", PolicyDocument=json.dumps(document))
        return loop.endpoint.client_with("s3", key["AccessKeyId"], key["SecretAccessKey"])

    yield make
    iam.delete_access_key(UserName=name, AccessKeyId=key["AccessKeyId"])
    iam.delete_user_policy(UserName=name, PolicyName="one")
    iam.delete_user(UserName=name)


def status(call: Callable[..., Any], **parameters: Any) -> int:
    try:
        answer = call(**parameters)
    except ClientError as error:
        answer = error.response
    return int(answer["ResponseMetadata"]["HTTPStatusCode"])


@pytest.mark.parametrize("version", [{}, {"VersionId": "3" * 32}])
def test_who_may_not_list_cannot_tell_a_missing_object_from_a_refused_one(
    bucket: str, reader: Callable[..., Any], version: dict[str, str]
) -> None:
    s3 = reader()
    for read in (s3.get_object, s3.head_object):
        assert status(read, Bucket=bucket, Key=PRESENT) == 200
        assert status(read, Bucket=bucket, Key=MISSING, **version) == 403


def test_who_may_list_the_bucket_is_told_that_an_object_is_missing(
    bucket: str, reader: Callable[..., Any]
) -> None:
    s3 = reader({})
    for read in (s3.get_object, s3.head_object):
        assert status(read, Bucket=bucket, Key=MISSING) == 404
    with pytest.raises(s3.exceptions.NoSuchKey):
        s3.get_object(Bucket=bucket, Key=MISSING)


def test_who_may_list_below_a_prefix_finds_out_by_listing(bucket: str, reader: Callable[..., Any]) -> None:
    s3 = reader({"Condition": {"StringLike": {"s3:prefix": ["mine/*"]}}})
    assert status(s3.head_object, Bucket=bucket, Key=MISSING) == 403
    assert s3.list_objects_v2(Bucket=bucket, Prefix=MISSING)["KeyCount"] == 0
    assert s3.list_objects_v2(Bucket=bucket, Prefix=PRESENT)["KeyCount"] == 1


@pytest.mark.parametrize("asked", [{}, {"Prefix": ""}, {"Prefix": "mine"}, {"Prefix": "yours/"}])
def test_a_listing_beyond_the_prefix_is_refused_and_so_is_one_without(
    bucket: str, reader: Callable[..., Any], asked: dict[str, str]
) -> None:
    s3 = reader({"Condition": {"StringLike": {"s3:prefix": ["mine/*"]}}})
    assert status(s3.list_objects_v2, Bucket=bucket, **asked) == 403

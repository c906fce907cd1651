"""EMR Serverless as far as it can be seen without Spark; `scripts/prove spark` runs a real job there."""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from localcloud.endpoint import Endpoint

_APPLICATION = "00test"
Start = Callable[..., str]


@pytest.fixture(scope="module")
def bucket(cloud: Endpoint) -> str:
    name, s3 = f"jobs-{uuid.uuid4().hex[:8]}", cloud.client("s3")
    s3.create_bucket(Bucket=name)
    s3.put_object(Bucket=name, Key="code/job.py", Body=b"raise SystemExit('it does nothing well')")
    return name


@pytest.fixture(scope="module")
def role(cloud: Endpoint, bucket: str) -> str:
    iam, name = cloud.client("iam"), f"jobs-{uuid.uuid4().hex[:8]}"
    trust = {
        "Effect": "Allow",
        "Action": "sts:AssumeRole",
        "Principal": {"Service": "emr-serverless.amazonaws.com"},
    }
    document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    arn: str = iam.create_role(RoleName=name, AssumeRolePolicyDocument=document)["Role"]["Arn"]
    reads = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": f"arn:aws:s3:::{bucket}/code/*"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [reads]})
    iam.put_role_policy(RoleName=name, PolicyName="reads", PolicyDocument=policy)
    return arn


@pytest.fixture
def start(cloud: Endpoint, bucket: str, role: str) -> Start:
    def started(entry_point: str = f"s3://{bucket}/code/job.py", role: str = role) -> str:
        answer = cloud.client("emr-serverless").start_job_run(
            applicationId=_APPLICATION,
            clientToken=uuid.uuid4().hex,
            executionRoleArn=role,
            jobDriver={"sparkSubmit": {"entryPoint": entry_point, "entryPointArguments": []}},
        )
        return str(answer["jobRunId"])

    return started


def ended(cloud: Endpoint, run: str) -> dict[str, Any]:
    deadline = time.monotonic() + 60
    while True:
        found = cloud.client("emr-serverless").get_job_run(applicationId=_APPLICATION, jobRunId=run)["jobRun"]
        if found["state"] in ("SUCCESS", "FAILED", "CANCELLED"):
            return dict(found)
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_a_job_that_fails_says_why_or_how_to_get_spark(cloud: Endpoint, start: Start, role: str) -> None:
    found = ended(cloud, start())
    assert found["state"] == "FAILED"
    assert "it does nothing well" in found["stateDetails"] or "scripts/setup spark" in found["stateDetails"]
    assert found["executionRole"] == role


def test_a_job_reads_what_its_role_may_read_alone(cloud: Endpoint, start: Start, bucket: str) -> None:
    cloud.client("s3").put_object(Bucket=bucket, Key="secret/job.py", Body=b"")
    found = ended(cloud, start(f"s3://{bucket}/secret/job.py"))
    assert found["state"] == "FAILED"
    assert "403" in found["stateDetails"] or "scripts/setup spark" in found["stateDetails"]


def test_a_role_that_does_not_trust_the_service_runs_nothing(cloud: Endpoint, start: Start) -> None:
    iam, name = cloud.client("iam"), f"other-{uuid.uuid4().hex[:8]}"
    trust = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "lambda.amazonaws.com"}}
    document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    arn = iam.create_role(RoleName=name, AssumeRolePolicyDocument=document)["Role"]["Arn"]
    with pytest.raises(ClientError, match="does not trust"):
        start(role=arn)


def test_a_job_that_is_cancelled_has_ended_so(cloud: Endpoint, start: Start) -> None:
    run, service = start(), cloud.client("emr-serverless")
    service.cancel_job_run(applicationId=_APPLICATION, jobRunId=run)
    assert ended(cloud, run)["state"] in ("CANCELLED", "FAILED")
    with pytest.raises(ClientError, match="nope does not exist"):
        service.get_job_run(applicationId=_APPLICATION, jobRunId="nope")

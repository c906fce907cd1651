from __future__ import annotations

import json
from typing import Any

from tests.e2e.loop.first_upload import ANNOUNCEMENTS, DELIVERIES, FirstUpload
from tests.e2e.loop.product import MODEL, Product


def described(product: Product, executions: list[dict[str, Any]]) -> list[dict[str, Any]]:
    states = product.client("stepfunctions")
    return [states.describe_execution(executionArn=execution["executionArn"]) for execution in executions]


def test_a_hundred_deliveries_of_one_upload_make_one_version_of_its_dataset(
    first_upload: FirstUpload, released: Product
) -> None:
    assert len(first_upload.answers) == DELIVERIES
    assert {answer["outcome"] for answer in first_upload.answers} <= {"taken", "already taken"}
    assert {answer["version"] for answer in first_upload.answers} == {first_upload.record.version} == {1}
    manifest = released.deployment.manifests.manifest("flights", 1)
    assert [part.source.key for part in manifest.parts] == ["flights/2013-01.csv"]
    assert manifest.rows == first_upload.record.rows


def test_a_hundred_deliveries_start_one_training(first_upload: FirstUpload, released: Product) -> None:
    outputs = [json.loads(each["output"]) for each in described(released, first_upload.executions)]
    admitted = [output["admission"] for output in outputs if output["admission"]["admitted"]]
    assert len(outputs) >= 1 + ANNOUNCEMENTS
    assert len(admitted) == 1
    ran = {execution["executionArn"] for execution in first_upload.executions}
    runs = [run for run in released.deployment.runs(MODEL).newest(100) if run.execution_arn in ran]
    assert [(run.run_id, run.outcome) for run in runs] == [(admitted[0]["run_id"], "released")]


def test_every_trigger_that_started_nothing_left_its_reason(
    first_upload: FirstUpload, released: Product
) -> None:
    refused = [
        answer
        for each in described(released, first_upload.executions)
        if not (answer := json.loads(each["output"])["admission"])["admitted"]
    ]
    recorded = {each.run_id: each.reason for each in released.deployment.runs(MODEL).newest_suppressions(200)}
    assert refused
    assert {answer["run_id"]: answer["reason"] for answer in refused}.items() <= recorded.items()
    assert all(recorded.values())

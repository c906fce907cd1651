"""The states of a batch: a file is planned, its parts are scored, and it is closed or refused."""

from __future__ import annotations

from aws_cdk import Aws
from aws_cdk import aws_lambda as lambda_

from infra.constructs.amazon_states_language import DISCARD_RESULT, Json, catcher, invoke_function

TIMEOUT_S = 900
# An account has a thousand invocations at a time; what clients ask is not to wait for a batch.
_AT_ONCE = 20
_REQUEST = {"model.$": "$.model", "key.$": "$.key", "version_id.$": "$.version_id", "job.$": "$.job"}


def batch_states(
    plan: lambda_.IFunction, score: lambda_.IFunction, close: lambda_.IFunction, *, bucket: str
) -> Json:
    """What is planned, scored and closed. A part that is lost costs its own rows, and the summary says so."""
    return {
        "PlanBatch": invoke_function(
            plan,
            parameters=_REQUEST,
            result_path="$.planned",
            timeout_s=TIMEOUT_S,
            catch=[catcher("RefuseBatch")],
            next_state="ScoreParts",
        ),
        "ScoreParts": {
            "Type": "Map",
            "ItemReader": {
                "Resource": f"arn:{Aws.PARTITION}:states:::s3:getObject",
                "ReaderConfig": {"InputType": "JSON"},
                "Parameters": {"Bucket": bucket, "Key.$": "$.planned.parts"},
            },
            "ItemSelector": {
                "model.$": "$.model",
                "job.$": "$.job",
                "part.$": "$$.Map.Item.Value.part",
            },
            "ItemProcessor": {
                "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
                "StartAt": "ScorePart",
                "States": {
                    "ScorePart": invoke_function(
                        score, parameters=None, timeout_s=TIMEOUT_S, catch=[], next_state=None
                    )
                },
            },
            "MaxConcurrency": _AT_ONCE,
            "ToleratedFailurePercentage": 100,
            "Label": "Parts",
            **DISCARD_RESULT,
            "Catch": [catcher("CloseBatch")],
            "Next": "CloseBatch",
        },
        "CloseBatch": invoke_function(
            close,
            parameters={"request": _REQUEST},
            timeout_s=TIMEOUT_S,
            catch=[],
            next_state=None,
        ),
        "RefuseBatch": invoke_function(
            close,
            parameters={"request": _REQUEST, "error.$": "$.error"},
            timeout_s=TIMEOUT_S,
            catch=[],
            next_state=None,
        ),
    }

"""What is sensitive is predicted with, and in no line of the log."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest

from keepfit.features.schema.signature import Signature, sensitive_inputs, to_json
from keepfit.monitoring.prediction_log.parse import read_log_object
from keepfit.serving.inference.scorer import Scorer
from keepfit.serving.requests.predictor import Predictor
from tests.unit.monitoring.support.logs import member
from tests.unit.serving.support.small_model import SIGNATURE, instances, model, scorer

SENSITIVE = ("carrier", "distance", "international", "wind gust")


def declared(*names: str) -> Signature:
    columns = [
        msgspec.structs.replace(column, sensitive=True) if column.name in names else column
        for column in SIGNATURE.columns
    ]
    return msgspec.structs.replace(SIGNATURE, columns=columns)


def answered(body: Any, *names: str, **event: Any) -> tuple[dict[str, Any], bytes]:
    log: list[bytes] = []
    own = Scorer.load(model(), to_json(declared(*names)))
    predictor = Predictor(scorer=own, model="m", version=1, log=log.append)
    response = predictor.answer({"body": json.dumps(body), "isBase64Encoded": False, **event})
    return json.loads(response["body"]), log[0]


@pytest.mark.parametrize("rows", [1, 40])
def test_what_is_sensitive_is_predicted_with_and_not_logged(rows: int) -> None:
    asked = [{**each, "distance": 4321.5} for each in instances(rows)]
    answer, log = answered({"instances": asked}, *SENSITIVE)
    usual = scorer().score(scorer().decode(json.dumps({"instances": asked}).encode())).tolist()
    assert answer["probabilities"] == usual
    assert b"4321.5" not in log
    read = read_log_object(member([line.decode() for line in log.splitlines()]), "m").predictions
    assert [each.prediction_id for each in read] == answer["prediction_ids"]
    assert {name for each in read for name in each.inputs} == {"stops", "departure"}


def test_what_is_spelled_otherwise_is_not_logged_either() -> None:
    asked = [{**each, "carrier": " UA "} for each in instances(3)]
    answer, log = answered({"instances": asked}, "carrier")
    assert len(answer["predictions"]) == 3
    assert b"UA" not in log


def test_without_anything_sensitive_a_request_is_logged_as_it_was_sent() -> None:
    body = {"instances": instances(2)}
    _, log = answered(body)
    assert json.loads(log)["request"] == body
    assert sensitive_inputs(SIGNATURE) == frozenset()
    assert sensitive_inputs(declared("carrier", "hour")) == {"carrier"}

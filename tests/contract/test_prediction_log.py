"""The contract of PredictionLog."""

from __future__ import annotations

import pytest

from keepfit.adapters.aws.clients import client
from keepfit.adapters.aws.s3_prediction_log import S3PredictionLog
from keepfit.adapters.memory.monitoring import MemoryPredictionLog
from keepfit.errors import NotFound
from keepfit.monitoring.ports import PredictionLog

OBJECTS = {"2013/02/01/05/b": b"b", "2013/02/01/05/a": b"a", "2013/02/01/06/c": b"c"}


@pytest.fixture(params=["memory", "s3"])
def log(request: pytest.FixtureRequest) -> PredictionLog:
    if request.param == "memory":
        return MemoryPredictionLog(objects=OBJECTS)
    request.getfixturevalue("aws")
    client("s3").create_bucket(Bucket="lake")
    for key, body in OBJECTS.items():
        client("s3").put_object(Bucket="lake", Key=f"prediction-log/m/{key}", Body=body)
    client("s3").put_object(Bucket="lake", Key="prediction-log/m2/2013/02/01/05/other", Body=b"")
    return S3PredictionLog(bucket="lake", model="m")


def test_all_keys_of_the_model_are_listed_in_order(log: PredictionLog) -> None:
    assert list(log.after("")) == sorted(OBJECTS)


def test_only_keys_after_the_given_one_are_listed(log: PredictionLog) -> None:
    assert list(log.after("2013/02/01/05/a")) == ["2013/02/01/05/b", "2013/02/01/06/c"]
    assert list(log.after("2013/02/01/06")) == ["2013/02/01/06/c"]
    assert list(log.after("2014")) == []


def test_an_object_is_read_whole(log: PredictionLog) -> None:
    assert log.read("2013/02/01/06/c") == b"c"


def test_a_missing_object_is_not_found(log: PredictionLog) -> None:
    with pytest.raises(NotFound, match="2013/02/01/07/d"):
        log.read("2013/02/01/07/d")

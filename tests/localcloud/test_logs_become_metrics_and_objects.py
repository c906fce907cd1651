from __future__ import annotations

import gzip
import io
import json
import time
import uuid
from typing import Any

from tests.localcloud.loop import Loop, wait_for


def delivered(loop: Loop) -> dict[str, list[dict[str, Any]]]:
    """The log messages in each object of the prediction log."""
    s3 = loop.client("s3")
    found = s3.list_objects_v2(Bucket=loop["Bucket"], Prefix="prediction-log/").get("Contents", [])
    objects = {}
    for each in found:
        body = s3.get_object(Bucket=loop["Bucket"], Key=each["Key"])["Body"].read()
        # Members of gzip, one after the other, each a document: as CloudWatch Logs and Firehose leave them.
        text = gzip.GzipFile(fileobj=io.BytesIO(body)).read().decode()
        decoder, position, documents = json.JSONDecoder(), 0, []
        while position < len(text):
            document, position = decoder.raw_decode(text, position)
            documents.append(document)
        objects[each["Key"]] = documents
    return objects


def predictions(loop: Loop, run: str) -> list[dict[str, Any]]:
    documents = [document for objects in delivered(loop).values() for document in objects]
    lines = [json.loads(event["message"]) for document in documents for event in document["logEvents"]]
    return [line for line in lines if line["run"] == run]


def test_only_lines_that_match_the_subscription_reach_the_lake(loop: Loop) -> None:
    run = uuid.uuid4().hex
    wanted = [{"kind": "prediction", "run": run, "n": number} for number in range(3)]
    loop.invoke("Probe", {"print": [*wanted, {"kind": "golden", "run": run}, "kind = prediction"]})
    assert sorted(line["n"] for line in wait_for(lambda: predictions(loop, run))) == [0, 1, 2]


def test_a_delivered_document_says_where_its_lines_come_from(loop: Loop) -> None:
    run = uuid.uuid4().hex
    loop.invoke("Probe", {"print": [{"kind": "prediction", "run": run}]})
    wait_for(lambda: predictions(loop, run))
    document = next(
        document
        for objects in delivered(loop).values()
        for document in objects
        if run in json.dumps(document)
    )
    environment = loop.invoke("Probe", {"environment": 1})
    assert document["messageType"] == "DATA_MESSAGE"
    assert document["logGroup"] == environment["AWS_LAMBDA_LOG_GROUP_NAME"]
    assert len(document["subscriptionFilters"]) == 1
    assert {"id", "timestamp", "message"} == set(document["logEvents"][0])


def test_records_are_gathered_into_one_object_per_flush(loop: Loop) -> None:
    run, before = uuid.uuid4().hex, len(delivered(loop))
    for number in range(60):
        loop.invoke("Probe", {"print": [{"kind": "prediction", "run": run, "n": number}]})
    wait_for(lambda: len(predictions(loop, run)) == 60)
    # The stock emulator delivers none; one object for each line would be 60.
    assert 1 <= len(delivered(loop)) - before <= 20


def test_thousands_of_lines_arrive_once_each_and_in_reasonable_time(loop: Loop) -> None:
    run = uuid.uuid4().hex
    started = time.monotonic()
    for batch in range(4):
        lines = [{"kind": "prediction", "run": run, "n": batch * 1000 + number} for number in range(1000)]
        assert loop.invoke("Probe", {"print": lines}) == "printed"
    assert time.monotonic() - started < 10
    wait_for(lambda: len(predictions(loop, run)) >= 4000)
    assert sorted(line["n"] for line in predictions(loop, run)) == list(range(4000))


def test_embedded_metrics_become_metrics_with_their_dimensions(loop: Loop) -> None:
    namespace = f"emf-{uuid.uuid4().hex[:6]}"
    loop.invoke("Probe", {"emf": namespace, "name": "worst_drift", "model": "a", "value": 0.5})

    def found() -> list[dict[str, Any]]:
        metrics: list[dict[str, Any]] = loop.client("cloudwatch").list_metrics(Namespace=namespace)["Metrics"]
        return metrics

    metric = wait_for(found)[0]
    assert (metric["MetricName"], metric["Dimensions"]) == ("worst_drift", [{"Name": "Model", "Value": "a"}])


def test_an_embedded_metric_trips_its_alarm_at_once(loop: Loop) -> None:
    namespace = f"emf-{uuid.uuid4().hex[:6]}"
    loop.client("cloudwatch").put_metric_alarm(
        AlarmName=namespace,
        Namespace=namespace,
        MetricName="worst_drift",
        Dimensions=[{"Name": "Model", "Value": "a"}],
        Statistic="Maximum",
        Period=10,
        EvaluationPeriods=1,
        Threshold=0.25,
        ComparisonOperator="GreaterThanOrEqualToThreshold",
    )
    loop.invoke("Probe", {"emf": namespace, "name": "worst_drift", "model": "a", "value": 0.5})
    alarm = loop.client("cloudwatch").describe_alarms(AlarmNames=[namespace])["MetricAlarms"][0]
    assert alarm["StateValue"] == "ALARM"


def test_records_put_directly_are_buffered_too(loop: Loop) -> None:
    firehose, s3 = loop.client("firehose"), loop.client("s3")
    stream = firehose.list_delivery_streams()["DeliveryStreamNames"][0]
    marker = uuid.uuid4().hex
    records = [{"Data": f"{marker}-{number}\n".encode()} for number in range(50)]
    assert firehose.put_record_batch(DeliveryStreamName=stream, Records=records)["FailedPutCount"] == 0

    def holding() -> list[str]:
        found = s3.list_objects_v2(Bucket=loop["Bucket"], Prefix="prediction-log/").get("Contents", [])
        bodies = [s3.get_object(Bucket=loop["Bucket"], Key=each["Key"])["Body"].read() for each in found]
        return [body.decode("utf-8", "replace") for body in bodies if marker.encode() in body]

    bodies = wait_for(holding)
    s3.delete_objects(
        Bucket=loop["Bucket"],
        Delete={
            "Objects": [
                {"Key": each["Key"]}
                for each in s3.list_objects_v2(Bucket=loop["Bucket"], Prefix="prediction-log/")["Contents"]
                if marker.encode() in s3.get_object(Bucket=loop["Bucket"], Key=each["Key"])["Body"].read()
            ]
        },
    )
    assert len(bodies) == 1
    assert bodies[0].count(marker) == 50

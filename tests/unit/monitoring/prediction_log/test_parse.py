"""A log object gives every prediction that can be read, and names what cannot."""

from __future__ import annotations

import gzip
import json
from typing import Any

import pytest

from keepfit.monitoring.prediction_log.parse import read_log_object
from tests.unit.monitoring.support.logs import EVENT, line, line_of_before, log_object, member


def test_a_line_becomes_a_prediction() -> None:
    [prediction] = read_log_object(log_object(line(0, version=3)), "m").predictions
    assert (prediction.prediction_id, prediction.version, prediction.event_time) == ("p0", 3, EVENT)
    assert prediction.inputs == {"distance": 0.0, "carrier": "UA"}


def test_a_line_of_before_there_were_several_tasks_is_read_as_it_was_meant() -> None:
    then, now = read_log_object(log_object(line_of_before(0), line(0)), "m").predictions
    assert then == now
    assert then.outputs == {"probability": 0.25}


def test_gzip_members_follow_each_other() -> None:
    reading = read_log_object(log_object(*(line(n) for n in range(5))), "m")
    assert [p.prediction_id for p in reading.predictions] == ["p0", "p1", "p2", "p3", "p4"]
    assert reading.broken == []


def test_one_document_holds_many_lines_and_a_message_may_hold_several() -> None:
    messages = [json.dumps(line(0)) + "\n" + json.dumps(line(1)) + "\n", json.dumps(line(2))]
    assert len(read_log_object(member(messages), "m").predictions) == 3


@pytest.mark.parametrize("between", [b"", b"\n", b" \n\n"])
def test_documents_follow_each_other_in_one_member(between: bytes) -> None:
    text = between.join(gzip.decompress(log_object(line(n))) for n in range(3)) + between
    reading = read_log_object(gzip.compress(text), "m")
    assert (len(reading.predictions), reading.broken) == (3, [])


def test_a_vector_is_read_as_it_was_sent() -> None:
    [prediction] = read_log_object(log_object(line(0, inputs={"meaning": [0.5, -1]})), "m").predictions
    assert prediction.inputs == {"meaning": [0.5, -1.0]}


def test_a_control_message_is_nothing() -> None:
    reading = read_log_object(member(["CWL CONTROL MESSAGE"], kind="CONTROL_MESSAGE"), "m")
    assert (reading.predictions, reading.broken) == ([], [])


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"kind": "golden"}, "golden"),
        ({"model": "other"}, "a prediction of 'other' in the log of 'm'"),
        ({"event_time": "yesterday"}, "yesterday"),
        ({"outputs": 1.5}, "1.5 is not between 0 and 1"),
        ({"outputs": None}, "probability None is not between 0 and 1"),
        ({"inputs": {"distance": {"miles": 1}}}, "inputs"),
        ({"prediction_id": 7}, "prediction_id"),
        ({"schema": 4}, "schema 4 is newer than 3: deploy the newer release"),
        ({"task": "ranking"}, "the task 'ranking' is not known here"),
    ],
)
def test_a_broken_line_is_named_and_the_others_are_read(changes: dict[str, Any], reason: str) -> None:
    reading = read_log_object(log_object(line(0), line(1, **changes), line(2)), "m")
    assert [p.prediction_id for p in reading.predictions] == ["p0", "p2"]
    [broken] = reading.broken
    assert reason in broken


def test_text_that_is_no_json_is_named() -> None:
    reading = read_log_object(member(["START RequestId: 1", json.dumps(line(0))]), "m")
    assert len(reading.predictions) == len(reading.broken) == 1


def test_a_member_that_ends_too_early_is_named_and_those_before_it_are_read() -> None:
    reading = read_log_object(log_object(line(0), line(1))[:-9], "m")
    assert [p.prediction_id for p in reading.predictions] == ["p0"]
    assert reading.broken == ["gzip member: it ends too early"]


def test_bytes_that_are_no_gzip_are_named() -> None:
    [broken] = read_log_object(b"not gzip at all", "m").broken
    assert broken.startswith("gzip member:")


def test_a_document_that_is_none_is_named() -> None:
    assert read_log_object(gzip.compress(b"[]"), "m").broken[0].startswith("log document:")
    twice = b'{"messageType": 1} {"messageType": 2 '
    assert len(read_log_object(gzip.compress(twice), "m").broken) == 2

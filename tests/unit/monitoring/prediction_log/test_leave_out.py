"""Instances are left out of a log object, and every other line is as it was written."""

from __future__ import annotations

import gzip
import json
from collections.abc import Mapping
from typing import Any

import pytest

from keepfit.monitoring.prediction_log.leave_out import leave_out
from keepfit.monitoring.prediction_log.parse import read_log_object
from tests.unit.monitoring.support.logs import line, line_of_before, log_object, member

REQUEST = {
    "schema": 3,
    "kind": "prediction",
    "task": "binary",
    "model": "m",
    "version": 2,
    "at": "2013-01-01T00:00:00.000000Z",
    "event_time": None,
    "prediction_ids": ["a", "b", "c"],
    "outputs": [0.1, 0.2, 0.3],
    "predictions": [False, False, False],
    "request": {"instances": [{"carrier": "UA"}, {"carrier": "AA", "distance": 1e100}, {"carrier": "UA"}]},
}


def of(carrier: str) -> Any:
    def goes(instance: Mapping[str, Any]) -> bool:
        return instance.get("carrier") == carrier

    return goes


def test_a_row_that_goes_takes_its_line_with_it() -> None:
    body = log_object(line(0), line(1, inputs={"carrier": "AA"}), line_of_before(2))
    left = leave_out(body, of("UA"))
    assert left.instances == 2
    [prediction] = read_log_object(left.body, "m").predictions
    assert prediction == read_log_object(body, "m").predictions[1]


def test_of_a_request_the_other_instances_keep_their_ids_and_answers() -> None:
    body = member([json.dumps(REQUEST)])
    before = read_log_object(body, "m").predictions
    assert read_log_object(leave_out(body, of("UA")).body, "m").predictions == [before[1]]
    assert read_log_object(leave_out(body, of("AA")).body, "m").predictions == [before[0], before[2]]


def test_a_request_of_which_nothing_is_left_is_gone() -> None:
    left = leave_out(member([json.dumps(REQUEST), "no json"]), lambda _: True)
    assert (left.instances, b"carrier" in gzip.decompress(left.body)) == (3, False)
    assert b"no json" in gzip.decompress(left.body)


def test_lines_of_which_nothing_goes_are_the_same_to_the_byte() -> None:
    messages = [json.dumps(REQUEST, indent=1).replace("\n", " ") + "\n", "no json", json.dumps(line(0))]
    left = leave_out(member(messages) + member(["x"], kind="CONTROL_MESSAGE"), of("DL"))
    texts = [json.loads(one) for one in gzip.decompress(left.body).split(b"\n")]
    assert [event["message"] for event in texts[0]["logEvents"]] == messages
    assert (left.instances, texts[1]["messageType"]) == (0, "CONTROL_MESSAGE")


def test_what_cannot_be_read_is_not_taken_for_nothing() -> None:
    with pytest.raises(ValueError, match="gzip member"):
        leave_out(log_object(line(0)) + b"torn", of("UA"))

"""The lines of the prediction log: what was sent, on lines that are short enough."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from keepfit.monitoring.prediction_log.parse import read_log_object
from keepfit.serving.requests.logged import MAX_LINE_LENGTH, answer_length, requests_of
from keepfit.serving.requests.predictor import Predictor
from tests.drawn import examples
from tests.unit.monitoring.support.logs import member
from tests.unit.serving.support.small_model import instances, scorer

ONE_OUTPUT = answer_length(0.5)


def sent(rows: list[Any], **form: Any) -> str:
    return json.dumps({"instances": rows}, **form)


@examples(100)
@given(
    st.lists(
        st.dictionaries(st.sampled_from("abc"), st.text(max_size=8) | st.integers()), min_size=1, max_size=9
    ),
    st.sampled_from([None, 1, "\t"]),
    st.integers(1, 60_000),
)
def test_rows_are_parted_and_none_is_lost_or_changed(
    rows: list[dict[str, Any]], indent: Any, answer: int
) -> None:
    parts = requests_of(sent(rows, indent=indent, ensure_ascii=False), len(rows), answer)
    if parts is None:
        told = sent(rows, ensure_ascii=False)
        # Only where it could not be told, or where a line cannot be short enough.
        assert told.count("{") > len(rows) + 1 or told.count("}") > len(rows) + 1 or answer > 20_000
        return
    assert [row for _, part in parts for row in json.loads(part)["instances"]] == rows
    assert [len(json.loads(part)["instances"]) for _, part in parts] == [count for count, _ in parts]
    assert not any(b"\n" in part for _, part in parts)


def test_a_large_request_is_several_lines_that_no_log_parts() -> None:
    log: list[bytes] = []
    asked = instances(5000)
    response = Predictor(scorer=scorer(), model="m", version=1, log=log.append).answer(
        {"body": sent(asked), "isBase64Encoded": False}
    )
    [written] = log
    lines = written.splitlines()
    assert 1 < len(lines) < 20
    assert max(map(len, lines)) < MAX_LINE_LENGTH * 1.25 < 256 * 1024
    read = read_log_object(member([line.decode() for line in lines]), "m").predictions
    answer = json.loads(response["body"])
    assert [each.prediction_id for each in read] == answer["prediction_ids"]
    assert [each.outputs["probability"] for each in read] == answer["probabilities"]
    assert [each.inputs["distance"] for each in read] == [each["distance"] for each in asked]


def test_a_large_request_with_a_brace_in_a_text_is_logged_row_by_row() -> None:
    log: list[bytes] = []
    asked = [{**each, "carrier": "{}"} for each in instances(3000)]
    Predictor(scorer=scorer(), model="m", version=1, log=log.append).answer(
        {"body": sent(asked), "isBase64Encoded": False}
    )
    read = read_log_object(member([line.decode() for line in log[0].splitlines()]), "m").predictions
    assert len(log[0].splitlines()) == len(read) == 3000
    assert {each.inputs["carrier"] for each in read} == {"{}"}


def test_every_line_says_for_which_tenant_was_asked_and_is_collected_like_others() -> None:
    braces = [{**each, "carrier": "{}"} for each in instances(3000)]
    for asked in (instances(1), instances(3000), braces):
        log: list[bytes] = []
        Predictor(scorer=scorer(), model="m", version=1, log=log.append).answer(
            {"body": sent(asked), "isBase64Encoded": False, "tenant": "acme"}
        )
        lines = [line.decode() for line in log[0].splitlines()]
        assert {json.loads(line)["tenant"] for line in lines} == {"acme"}
        assert len(read_log_object(member(lines), "m").predictions) == len(asked)


def test_one_row_that_is_longer_than_a_line_is_logged_as_one_row() -> None:
    assert requests_of(sent([{"a": "x" * MAX_LINE_LENGTH}]), 1, ONE_OUTPUT) is None

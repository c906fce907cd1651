from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from cli.clients import https, json_requests
from cli.commands import predict
from cli.places.deployment import Deployment
from tests.unit.cli.conftest import Keepfit
from tests.unit.cli.support.standin import WebServer

PREDICT = "/models/delay/predict"


@pytest.fixture(autouse=True)
def answers(web: WebServer, deployment: Deployment) -> None:
    web.answers[PREDICT] = (200, _answer(1))


def _answer(rows: int, *, version: int = 2) -> dict[str, Any]:
    return {
        "model": "delay",
        "model_version": version,
        "predictions": [True] * rows,
        "probabilities": [0.75] * rows,
        "prediction_ids": [f"id-{row}" for row in range(rows)],
    }


def _sent(web: WebServer) -> list[Any]:
    return [json.loads(body) for path, _, body in web.asked if path == PREDICT]


def test_instances_are_sent_with_the_token(keepfit: Keepfit, web: WebServer) -> None:
    answer = keepfit("predict", "delay", "--instance", '{"dest": "BOS"}', "--json")
    assert _sent(web) == [{"instances": [{"dest": "BOS"}]}]
    assert web.asked[-1][1]["authorization"] == "Bearer token-1"
    assert answer.json == _answer(1)


@pytest.mark.parametrize(
    "once",
    [
        {"classes": ["no", "perhaps", "yes"], "probabilities": [[0.1, 0.2, 0.7]] * 2},
        {"interval_level": 0.9, "interval_coverage": None, "intervals": [[1.0, 2.0]] * 2},
    ],
)
def test_what_an_answer_says_once_is_not_taken_for_a_row(
    keepfit: Keepfit, web: WebServer, once: dict[str, Any]
) -> None:
    web.answers[PREDICT] = (200, {**_answer(2), **once})
    asked = ("predict", "delay", "--instance", "{}", "--instance", "{}")
    assert keepfit(*asked, "--json").json == {**_answer(2), **once}
    assert keepfit(*asked).exit_code == 0


@pytest.mark.parametrize(
    "text",
    [
        '{"instances": [{"x": 1}, {"x": 2}]}',
        '[{"x": 1}, {"x": 2}]',
        '{"x": 1}\n{"x": 2}\n',
    ],
    ids=["a request body", "a list", "JSON Lines"],
)
def test_a_file_may_hold(keepfit: Keepfit, web: WebServer, tmp_path: Path, text: str) -> None:
    web.answers[PREDICT] = (200, _answer(2))
    (tmp_path / "instances.json").write_text(text)
    for stdin, name in ((None, str(tmp_path / "instances.json")), (text, "-")):
        assert keepfit("predict", "delay", "--file", name, stdin=stdin).exit_code == 0
    assert _sent(web) == [{"instances": [{"x": 1}, {"x": 2}]}] * 2


def test_text_in_json_lines_may_hold_what_python_takes_for_the_end_of_a_line(
    keepfit: Keepfit, web: WebServer, tmp_path: Path
) -> None:
    web.answers[PREDICT] = (200, _answer(2))
    (tmp_path / "instances.jsonl").write_text('{"x": "a\u2028b"}\n{"x": "c\x85d"}\n', encoding="utf-8")
    assert keepfit("predict", "delay", "--file", str(tmp_path / "instances.jsonl")).exit_code == 0
    assert _sent(web) == [{"instances": [{"x": "a\u2028b"}, {"x": "c\x85d"}]}]


def test_more_than_one_request_holds_is_sent_in_several(
    keepfit: Keepfit, web: WebServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(predict, "_AT_ONCE", 1)
    answer = keepfit("predict", "delay", "--file", "-", "--json", stdin='[{"x": 1}, {"x": 2}]')
    assert _sent(web) == [{"instances": [{"x": 1}]}, {"instances": [{"x": 2}]}]
    assert answer.json["predictions"] == [True, True]


def test_a_refused_request_names_row_and_field_counted_over_all_requests(
    keepfit: Keepfit, web: WebServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    details = [{"row": 0, "field": "dest", "message": "is missing"}]
    web.answers[PREDICT] = (400, {"code": "invalid_instances", "detail": "see the errors", "errors": details})
    answer = keepfit("predict", "delay", "--instance", "{}", "--json")
    assert answer.exit_code == 4
    assert answer.json["error"]["kind"] == "invalid_instances"
    assert answer.json["error"]["details"] == details
    assert "instance 0, dest: is missing" in answer.stderr
    monkeypatch.setattr(predict, "_AT_ONCE", 1)
    refused = json_requests.refused("url", https.Response(status=400, body=b'{"errors": [{"row": 0}]}'), 7)
    assert refused.details == [{"row": 7}]


@pytest.mark.parametrize(("status", "code"), [(401, 4), (404, 3), (413, 4), (500, 1), (503, 3)])
def test_what_the_api_answers_decides_the_exit_code(
    keepfit: Keepfit, web: WebServer, status: int, code: int
) -> None:
    web.answers[PREDICT] = (status, {"message": "no"})
    answer = keepfit("predict", "delay", "--instance", "{}")
    assert answer.exit_code == code
    assert f"HTTP {status}" in answer.stderr


@pytest.mark.parametrize(
    ("words", "code"),
    [([], 2), (["--instance", "{no"], 2), (["--file", "nowhere.json"], 3), (["--file", "-"], 2)],
)
def test_instances_that_cannot_be_read_are_not_sent(
    keepfit: Keepfit, web: WebServer, words: list[str], code: int
) -> None:
    assert keepfit("predict", "delay", *words, stdin="[]").exit_code == code
    assert web.asked == []


def explained(rows: int, **more: Any) -> dict[str, Any]:
    explanation = {
        "method": "TreeSHAP, exact",
        "unit": "log-odds",
        "standard_error": None,
        "base": 0.5,
        "scores": [1.0] * rows,
        "contributions": {"dest": [0.75] * rows, "distance": [-0.25] * rows},
        **more,
    }
    return {**_answer(rows), "explanation": explanation}


def test_an_explanation_shows_what_each_column_adds_the_largest_first(
    keepfit: Keepfit, web: WebServer
) -> None:
    web.answers[PREDICT] = (200, explained(1))
    shown = keepfit("predict", "delay", "--instance", '{"distance": 3, "dest": "BOS"}', "--explain")
    assert _sent(web) == [{"instances": [{"distance": 3, "dest": "BOS"}], "explain": True}]
    assert "instance 0: True; score 1, of which 0.5 is every row's" in " ".join(shown.stdout.split())
    assert shown.stdout.index("BOS") < shown.stdout.index("-0.25")
    assert "log-odds (TreeSHAP, exact)" in shown.stdout


def test_explanations_of_many_instances_are_asked_in_parts_and_told_as_one(
    keepfit: Keepfit, web: WebServer, tmp_path: Path
) -> None:
    web.answers[PREDICT] = (200, explained(100))
    file = tmp_path / "rows.jsonl"
    file.write_text('{"dest": "BOS", "distance": 3}\n' * 200)
    found = keepfit("predict", "delay", "--file", str(file), "--explain", "--json").json
    assert [len(each["instances"]) for each in _sent(web)] == [100, 100]
    assert len(found["explanation"]["scores"]) == len(found["predictions"]) == 200
    assert len(found["explanation"]["contributions"]["dest"]) == 200


def test_of_several_classes_the_predicted_one_is_explained(keepfit: Keepfit, web: WebServer) -> None:
    answer = explained(1, base=[0.1, 0.2], scores=[[1.5, -1.5]], contributions={"dest": [[1.4, -1.7]]})
    web.answers[PREDICT] = (
        200,
        {**answer, "classes": ["no", "yes"], "predictions": ["no"], "probabilities": [[0.9, 0.1]]},
    )
    shown = keepfit("predict", "delay", "--instance", '{"dest": "BOS"}', "--explain").stdout
    assert "instance 0: no; score 1.5, of which 0.1 is every row's" in " ".join(shown.split())

from __future__ import annotations

import base64
import json
import stat
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest

from cli import predictions, token
from cli.checkout import state_folder
from cli.site import Site
from tests.unit.cli.conftest import Keepfit
from tests.unit.cli.standin import WebServer

TOKENS = "/oauth2/token"
PREDICT = "/models/delay/predict"


@pytest.fixture(autouse=True)
def answers(web: WebServer, site: Site) -> None:
    web.answers[TOKENS] = (200, {"access_token": "a-token", "expires_in": 3600})
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


def test_the_token_is_printed_alone_so_that_a_shell_can_use_it(keepfit: Keepfit) -> None:
    assert keepfit("token").stdout == "a-token\n"


def test_a_token_is_asked_for_as_a_machine_client_does(keepfit: Keepfit, web: WebServer) -> None:
    keepfit("token")
    [(path, headers, body)] = web.asked
    assert path == TOKENS
    assert base64.b64decode(headers["authorization"].removeprefix("Basic ")) == b"machine:s3cret"
    assert parse_qs(body.decode()) == {"grant_type": ["client_credentials"], "scope": ["keepfit/predict"]}


def test_a_token_is_kept_until_it_is_about_to_expire(keepfit: Keepfit, web: WebServer) -> None:
    keepfit("token")
    keepfit("token")
    assert len(web.asked) == 1
    web.answers[TOKENS] = (200, {"access_token": "another", "expires_in": 60})
    for path in (state_folder() / "tokens").iterdir():
        path.unlink()
    assert keepfit("token").stdout == keepfit("token").stdout == "another\n"
    assert len(web.asked) == 3


def test_only_its_owner_can_read_a_kept_token(keepfit: Keepfit) -> None:
    keepfit("token")
    [path] = (state_folder() / "tokens").iterdir()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert "s3cret" not in path.read_text()


def test_a_token_that_cannot_be_read_is_asked_for_again(keepfit: Keepfit, web: WebServer) -> None:
    keepfit("token")
    [path] = (state_folder() / "tokens").iterdir()
    path.write_text("{")
    assert keepfit("token").stdout == "a-token\n"
    assert len(web.asked) == 2


def test_a_client_that_is_refused_is_told_what_the_endpoint_said(keepfit: Keepfit, web: WebServer) -> None:
    web.answers[TOKENS] = (400, {"error": "invalid_client"})
    answer = keepfit("token")
    assert answer.exit_code == 1
    assert "invalid_client" in answer.stderr


def test_an_endpoint_that_does_not_answer_is_a_place_that_cannot_be_reached(
    keepfit: Keepfit, stacks: Any
) -> None:
    stacks.stacks["keepfit-platform"]["TokenUrl"] = "http://127.0.0.1:1/oauth2/token"
    assert keepfit("token").exit_code == 5


def test_instances_are_sent_with_the_token(keepfit: Keepfit, web: WebServer) -> None:
    answer = keepfit("predict", "delay", "--instance", '{"dest": "BOS"}', "--json")
    assert _sent(web) == [{"instances": [{"dest": "BOS"}]}]
    assert web.asked[-1][1]["authorization"] == "Bearer a-token"
    assert answer.json == _answer(1)


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


def test_more_than_one_request_holds_is_sent_in_several(
    keepfit: Keepfit, web: WebServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(predictions, "_AT_ONCE", 1)
    answer = keepfit("predict", "delay", "--file", "-", "--json", stdin='[{"x": 1}, {"x": 2}]')
    assert _sent(web) == [{"instances": [{"x": 1}]}, {"instances": [{"x": 2}]}]
    assert answer.json["predictions"] == [True, True]


def test_a_refused_request_names_row_and_field_counted_over_all_requests(
    keepfit: Keepfit, web: WebServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    details = [{"row": 0, "field": "dest", "message": "is missing"}]
    error = {"code": "invalid_instances", "message": "see the details", "details": details}
    web.answers[PREDICT] = (400, {"error": error})
    answer = keepfit("predict", "delay", "--instance", "{}", "--json")
    assert answer.exit_code == 4
    assert answer.json["error"]["kind"] == "invalid_instances"
    assert answer.json["error"]["details"] == details
    assert "instance 0, dest: is missing" in answer.stderr
    monkeypatch.setattr(predictions, "_AT_ONCE", 1)
    refused = predictions._refused(
        "url", predictions.https.Answer(status=400, body=b'{"error": {"details": [{"row": 0}]}}'), 7
    )
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


def test_tokens_are_renewed_well_before_they_expire() -> None:
    assert token._RENEW_BEFORE_S >= 60

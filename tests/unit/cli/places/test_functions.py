from __future__ import annotations

import io
import json
from typing import Any

import pytest

from cli.exits import CommandError, Exit
from cli.places import functions


class Lambda:
    """Answers one invocation."""

    def __init__(self, payload: Any, **more: str) -> None:
        self.answer = {"Payload": io.BytesIO(json.dumps(payload).encode()), **more}
        self.asked: dict[str, Any] = {}
        self.config: Any = None

    def __call__(self, service: str, config: Any) -> Lambda:
        assert service == "lambda"
        self.config = config
        return self

    def invoke(self, **asked: Any) -> dict[str, Any]:
        self.asked = asked
        return self.answer


def _use(monkeypatch: pytest.MonkeyPatch, fake: Lambda) -> Lambda:
    monkeypatch.setattr(functions.boto3, "client", fake)
    return fake


def test_the_answer_is_the_functions(monkeypatch: pytest.MonkeyPatch) -> None:
    fake = _use(monkeypatch, Lambda({"report": "key"}))
    assert functions.invoke("monitor", {"rebaseline": False}) == {"report": "key"}
    assert fake.asked == {"FunctionName": "monitor", "Payload": b'{"rebaseline": false}'}


def test_a_function_is_given_its_fifteen_minutes_and_never_asked_twice(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    fake = _use(monkeypatch, Lambda({}))
    functions.invoke("monitor", {})
    assert fake.config.read_timeout > 900
    # botocore writes a mode into the retries of a configuration that a client was made with.
    assert fake.config.retries["total_max_attempts"] == 1


def test_an_error_of_keepfits_is_told_as_the_function_raised_it(monkeypatch: pytest.MonkeyPatch) -> None:
    error = {"errorType": "NotFound", "errorMessage": "there is no version 7"}
    _use(monkeypatch, Lambda(error, FunctionError="Unhandled"))
    with pytest.raises(CommandError, match="there is no version 7") as raised:
        functions.invoke("move-alias", {})
    assert (raised.value.exit_code, raised.value.kind) == (Exit.NOT_FOUND, "NotFound")


def test_an_error_that_nobody_foresaw_points_to_the_log(monkeypatch: pytest.MonkeyPatch) -> None:
    error = {"errorType": "KeyError", "errorMessage": "'x'"}
    _use(monkeypatch, Lambda(error, FunctionError="Unhandled"))
    with pytest.raises(CommandError, match="/aws/lambda/monitor") as raised:
        functions.invoke("monitor", {})
    assert raised.value.exit_code is Exit.FAILED

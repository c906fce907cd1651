from __future__ import annotations

import subprocess
import sys

import pytest
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    EndpointConnectionError,
    NoCredentialsError,
    NoRegionError,
    ProfileNotFound,
)

from cli.exits import CommandError, Exit
from cli.failures import expected
from cli.places import chosen_place as where
from cli.places.place import Place
from keepfit import errors
from keepfit.adapters.aws.clients import translated
from localcloud.errors import CloudDown, DeploymentFailed
from tests.unit.cli.conftest import Keepfit


def _refused_by_aws(code: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": "no"}}, "DescribeStacks")


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (CommandError("no such file", Exit.NOT_FOUND), Exit.NOT_FOUND),
        (errors.NotFound("no version 7"), Exit.NOT_FOUND),
        (errors.RefusedUpload("no rows"), Exit.REFUSED),
        (errors.InvalidRequest("wrong", code="invalid"), Exit.REFUSED),
        (errors.Superseded("too late"), Exit.REFUSED),
        (errors.ServiceUnavailable("500"), Exit.UNREACHABLE),
        (errors.Throttled("slow down"), Exit.UNREACHABLE),
        (errors.InvalidDefinition("flights.toml: …"), Exit.FAILED),
        (errors.TamperedArtifact("model.onnx"), Exit.FAILED),
        (CloudDown("not running"), Exit.UNREACHABLE),
        (DeploymentFailed("CREATE_FAILED"), Exit.FAILED),
        (NoCredentialsError(), Exit.UNREACHABLE),
        (NoRegionError(), Exit.USAGE),
        (ProfileNotFound(profile="p"), Exit.USAGE),
        (EndpointConnectionError(endpoint_url="https://x"), Exit.UNREACHABLE),
        (BotoCoreError(), Exit.FAILED),
        (_refused_by_aws("ExpiredToken"), Exit.UNREACHABLE),
        (_refused_by_aws("AccessDenied"), Exit.FAILED),
        (_refused_by_aws("ValidationError"), Exit.FAILED),
    ],
    ids=lambda value: type(value).__name__,
)
def test_every_expected_error_has_an_exit_code(error: Exception, code: Exit) -> None:
    told = expected(error)
    assert told is not None
    assert told.exit_code is code
    assert str(told)


def test_an_error_that_nobody_expected_stays_a_traceback(
    keepfit: Keepfit, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_asked: object) -> Place:
        raise ZeroDivisionError

    assert expected(ZeroDivisionError()) is None
    monkeypatch.setattr(where, "find_place", broken)
    with pytest.raises(ZeroDivisionError):
        keepfit("status")


def test_a_command_that_is_interrupted_ends_as_shells_expect_and_says_nothing(
    keepfit: Keepfit, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_asked: object) -> Place:
        raise KeyboardInterrupt

    monkeypatch.setattr(where, "find_place", interrupted)
    answer = keepfit("status")
    assert (answer.exit_code, answer.stdout) == (130, "")
    assert "Traceback" not in answer.stderr


def test_missing_credentials_are_told_as_such_and_not_as_a_service_that_is_down() -> None:
    with pytest.raises(errors.ServiceUnavailable) as raised, translated("the stacks"):
        raise NoCredentialsError
    told = expected(raised.value)
    assert told is not None
    assert "aws sso login" in str(told)


def test_errors_say_what_to_do_next(keepfit: Keepfit) -> None:
    answer = keepfit("status")
    assert answer.exit_code == Exit.UNREACHABLE
    assert "keepfit local up" in answer.stderr
    assert answer.stdout == ""


def test_for_programs_an_error_is_the_one_document(keepfit: Keepfit) -> None:
    answer = keepfit("status", "--json")
    assert answer.exit_code == Exit.UNREACHABLE
    error = answer.json["error"]
    assert (error["kind"], error["exit_code"], error["details"]) == ("unreachable", 5, [])
    assert error["message"] in answer.stderr


def test_a_command_line_that_makes_no_sense_is_a_usage_error(keepfit: Keepfit) -> None:
    assert keepfit("rollback", "delay").exit_code == Exit.USAGE
    assert keepfit("nonsense").exit_code == Exit.USAGE
    assert keepfit("status", "--place", "azure").exit_code == Exit.USAGE


def test_help_explains_every_exit_code(keepfit: Keepfit) -> None:
    text = keepfit("--help").stdout
    assert all(f"{int(code)} " in text[text.index("Exit codes") :] for code in Exit)


def test_the_version_is_the_packages(keepfit: Keepfit) -> None:
    assert keepfit("--version").stdout.startswith("keepfit 0.")


def test_who_closes_stdout_gets_the_exit_code_and_no_traceback() -> None:
    start = "import sys; sys.stdout = None; sys.argv = ['keepfit', 'definitions', 'schema']"
    program = f"{start}; import cli.app; cli.app.main()"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")

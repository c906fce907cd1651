from __future__ import annotations

import pytest

from cli.exits import Exit
from tests.unit.cli.conftest import Keepfit

# Words that cannot be understood, what is wrong with them, and which help shows it right.
WRONG = [
    (["nonsense"], "No such command 'nonsense'", "keepfit --help"),
    (["--nonsense"], "No such option: --nonsense", "keepfit --help"),
    (["local", "nonsense"], "No such command 'nonsense'", "keepfit local --help"),
    (["status", "--nonsense"], "No such option: --nonsense", "keepfit status --help"),
    (["status", "nonsense"], "unexpected extra argument", "keepfit status --help"),
    (["rollback", "delay"], "Missing option '--why'", "keepfit rollback --help"),
    (["runs", "show"], "Missing argument 'run'", "keepfit runs show --help"),
    (["runs", "--limit", "0"], "Invalid value for '--limit'", "keepfit runs list --help"),
    (["models", "show", "delay", "first"], "Invalid value for 'version'", "keepfit models show --help"),
]


@pytest.mark.parametrize(("words", "wrong", "helps"), WRONG, ids=str)
def test_for_programs_a_line_that_cannot_be_understood_is_the_one_document(
    keepfit: Keepfit, words: list[str], wrong: str, helps: str
) -> None:
    answer = keepfit(*words, "--json")
    assert answer.exit_code == Exit.USAGE
    error = answer.json["error"]
    assert (error["kind"], error["exit_code"], error["details"]) == ("usage", 2, [])
    assert wrong in error["message"]
    assert f"`{helps}`" in error["message"]


@pytest.mark.parametrize(("words", "wrong", "helps"), WRONG, ids=str)
def test_people_are_told_the_same_on_stderr(
    keepfit: Keepfit, words: list[str], wrong: str, helps: str
) -> None:
    answer = keepfit(*words)
    assert (answer.exit_code, answer.stdout) == (Exit.USAGE, "")
    assert wrong in answer.stderr
    assert helps in answer.stderr


@pytest.mark.parametrize(
    ("words", "meant"),
    [(["statsu"], "'status'"), (["local", "rest"], "'reset'"), (["train", "m", "--frce"], "--force")],
    ids=str,
)
def test_what_was_probably_meant_is_named(keepfit: Keepfit, words: list[str], meant: str) -> None:
    assert meant in keepfit(*words).stderr
    assert meant in keepfit(*words, "--json").json["error"]["message"]

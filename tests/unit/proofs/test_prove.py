from __future__ import annotations

import json
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from cli.exits import CommandError
from proofs import __main__ as prove
from proofs.proof import Claim, Proof


@pytest.fixture
def runner(monkeypatch: pytest.MonkeyPatch) -> Any:
    """`scripts/prove`, whose second proof cannot be tried and whose third does not hold."""

    def proof(name: prove.Name, *, holds: bool) -> Proof:
        return Proof(
            name=name, claims=[Claim(promise="a promise", found="a figure", holds=holds)], figures={}
        )

    def broken(_tell: Any) -> Proof:
        raise CommandError("the cloud did not start")

    first, second, third, *_ = prove.Name
    proofs = {
        first: lambda _tell: proof(first, holds=True),
        second: broken,
        third: lambda _tell: proof(third, holds=False),
    }
    monkeypatch.setattr(prove, "PROOFS", proofs)
    app = typer.Typer()
    app.command()(prove.main)
    return lambda *words: CliRunner().invoke(app, list(words))


def test_what_stands_in_the_way_of_one_proof_leaves_the_others_their_say(runner: Any) -> None:
    answer = runner("--json")
    document = json.loads(answer.stdout)
    assert [one["holds"] for one in document["proofs"]] == [True, False, False]
    assert document["proofs"][1]["claims"][0]["found"] == "the cloud did not start"
    assert (document["holds"], answer.exit_code) == (False, 1)


def test_people_read_each_proof_and_the_exit_code_says_whether_all_hold(runner: Any) -> None:
    first, second, _ = prove.PROOFS
    answer = runner(first, second)
    assert "a figure" in answer.stdout
    assert "the cloud did not start" in answer.stdout
    assert (answer.exit_code, runner(first).exit_code) == (1, 0)

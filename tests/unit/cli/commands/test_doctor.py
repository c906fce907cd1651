from __future__ import annotations

from typing import Any

import pytest

from cli.commands import doctor as module
from cli.exits import CommandError, Exit
from cli.places.deployment import Deployment
from tests.unit.cli.conftest import Asked, Keepfit
from tests.unit.cli.support.standin import OUTPUTS


@pytest.fixture
def deployed(deployment: Deployment, stacks: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Everything is well: the model of this checkout's definitions is deployed."""
    stacks.stacks["keepfit-flight-delay"] = {**OUTPUTS, "Model": "flight_delay"}
    monkeypatch.setattr(module, "find_place", lambda *_asked: deployment.place)
    return stacks.stacks


def _found(answer: Asked) -> dict[str, Any]:
    return {finding["what"]: finding for finding in answer.json}


def test_all_is_well_where_it_is(keepfit: Keepfit, deployed: Any) -> None:
    answer = keepfit("doctor", "--json")
    assert [finding["what"] for finding in answer.json if not finding["well"]] == []
    assert answer.exit_code == 0


def test_a_defined_model_that_is_not_deployed_is_named(keepfit: Keepfit, deployed: Any) -> None:
    del deployed["keepfit-flight-delay"]
    answer = keepfit("doctor", "--json")
    assert answer.exit_code == 1
    finding = _found(answer)["model stacks"]
    assert (finding["well"], finding["found"]) == (False, "not deployed: flight_delay")
    assert "keepfit local up" in finding["do"]


def test_without_a_place_it_still_looks_at_this_machine(keepfit: Keepfit) -> None:
    answer = keepfit("doctor", "--json")
    findings = _found(answer)
    assert answer.exit_code == 1
    assert not findings["place"]["well"]
    assert findings["definitions"]["well"]
    assert findings["Node for synthesis"]["well"]
    assert "credentials" not in findings


def test_a_package_that_is_not_as_locked_is_named(keepfit: Keepfit, monkeypatch: pytest.MonkeyPatch) -> None:
    installed = module._installed
    monkeypatch.setattr(module, "_installed", lambda name: "9.9" if name == "rich" else installed(name))
    finding = _found(keepfit("doctor", "--json"))["packages"]
    assert finding["found"] == "not as locked: rich is 9.9"
    assert "scripts/setup" in finding["do"]


def test_a_package_that_another_system_needs_may_be_missing_here(monkeypatch: pytest.MonkeyPatch) -> None:
    installed = module._installed
    monkeypatch.setattr(module, "_installed", lambda name: None if name == "colorama" else installed(name))
    assert "as locked" in module._packages()


def test_everything_that_is_not_well_says_what_to_do(
    keepfit: Keepfit, deployed: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken() -> str:
        raise CommandError("broken", Exit.FAILED)

    for name in ("_environment", "_packages", "_definitions"):
        monkeypatch.setattr(module, name, broken)
    deployed.clear()
    findings = [finding for finding in keepfit("doctor", "--json").json if not finding["well"]]
    assert len(findings) == 5
    assert all(finding["do"] for finding in findings)

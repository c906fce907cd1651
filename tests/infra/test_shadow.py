"""A release with a shadow is asked copies before any client meets it."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

from infra.training.state_machine.release_states import release_states
from infra.training.state_machine.state_parameters import StateFunctions
from keepfit.instants import Duration
from keepfit.serving.release_definition import ReleaseDefinition
from planning.templates import Json

FUNCTIONS = cast(
    "StateFunctions",
    SimpleNamespace(**{name: SimpleNamespace(function_arn=name) for name in StateFunctions.__slots__}),
)


def states(**release: Any) -> Json:
    return release_states(FUNCTIONS, ReleaseDefinition(**release))


def test_copies_are_asked_after_a_baking_period_and_decide_whether_a_canary_begins() -> None:
    found = states(shadow=0.1, baking_period=Duration.parse("7m"))
    assert found["Champion?"]["Default"] == "Shadow"
    assert (found["Shadow"]["Next"], found["BakeInShadow"]["Seconds"]) == ("BakeInShadow", 420)
    assert found["BakeInShadow"]["Next"] == "AskCopies"
    asked = found["AskCopies"]
    assert (asked["Resource"], asked["Next"]) == ("replay", "Shadowed?")
    assert (asked["Parameters"]["shadow"], asked["Parameters"]["started_at.$"]) == (
        True,
        "$.shadow.started_at",
    )
    [well] = found["Shadowed?"]["Choices"]
    assert (well["StringEquals"], well["Next"], found["Shadowed?"]["Default"]) == (
        "promote",
        "StartCanary",
        "RolledBack",
    )


def test_without_one_the_canary_begins_at_once() -> None:
    found = states()
    assert found["Champion?"]["Default"] == "StartCanary"
    assert not {"Shadow", "BakeInShadow", "AskCopies", "Shadowed?"} & {*found}


def test_an_execution_has_the_time_of_its_shadow_too() -> None:
    baking = {"baking_period": Duration.parse("2h"), "baking_limit": Duration.parse("3h")}
    assert str(ReleaseDefinition(**baking).longest) == "3h"
    assert str(ReleaseDefinition(shadow=0.5, **baking).longest) == "5h"

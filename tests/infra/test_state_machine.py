from __future__ import annotations

import fnmatch
import json
from collections.abc import Iterator

import pytest

from keepfit.errors import TRANSIENT_NAMES, Terminal
from planning.templates import Json, Template, actions, resources, states


@pytest.fixture(scope="module")
def state_machine(model: Template) -> Json:
    return model.state_machine()


def tasks(state_machine: Json) -> dict[str, Json]:
    return {name: state for name, state in states(state_machine) if state["Type"] == "Task"}


def test_every_state_that_can_fail_is_caught(state_machine: Json) -> None:
    for name, state in state_machine["States"].items():
        if state["Type"] in ("Task", "Map", "Parallel"):
            assert "States.ALL" in state["Catch"][-1]["ErrorEquals"], name


def test_a_candidate_that_fails_is_recorded_and_the_others_go_on(state_machine: Json) -> None:
    item = state_machine["States"]["Train"]["ItemProcessor"]
    (catch,) = item["States"][item["StartAt"]]["Catch"]
    assert catch["ErrorEquals"] == ["States.ALL"]
    assert catch["Next"] == "RecordFailure"
    assert "Catch" not in item["States"]["RecordFailure"]  # what fails there fails the Map, which catches


def test_features_are_selected_where_the_definition_asks_for_it_and_all_train_where_that_fails(
    state_machine: Json,
) -> None:
    assert state_machine["States"]["BuildTrainingSet"]["Next"] == "Selects?"
    [asked] = state_machine["States"]["Selects?"]["Choices"]
    assert (asked["Variable"], asked["BooleanEquals"]) == ("$.training_set.selects", True)
    assert (asked["Next"], state_machine["States"]["Selects?"]["Default"]) == ("SelectFeatures", "Train")
    select = state_machine["States"]["SelectFeatures"]
    assert [select["Next"], *(catch["Next"] for catch in select["Catch"])] == ["Train", "Train"]
    run = dict(states(state_machine))["SelectFeaturesOnFargateTask"]["Parameters"]
    [container] = run["Overrides"]["ContainerOverrides"]
    environment = {each["Name"]: each.get("Value", each.get("Value.$")) for each in container["Environment"]}
    assert environment["KEEPFIT_STEP"] == "select_features"
    assert environment["KEEPFIT_RUN_ID"] == "$.admission.run_id"
    assert "KEEPFIT_CANDIDATE" not in environment


def test_a_canary_that_proved_itself_is_promoted_only_after_its_scores_were_compared(
    state_machine: Json,
) -> None:
    verdicts = {each["StringEquals"]: each["Next"] for each in state_machine["States"]["Verdict?"]["Choices"]}
    assert verdicts == {"promote": "CompareScores", "roll back": "RollBack", "replay": "Replay"}
    compare = state_machine["States"]["CompareScores"]
    assert compare["Parameters"]["compare"] is True
    assert (compare["Parameters"]["started_at.$"], compare["Next"]) == ("$.canary.started_at", "Decided?")
    [promoted] = state_machine["States"]["Decided?"]["Choices"]
    assert (promoted["StringEquals"], promoted["Next"]) == ("promote", "Promote")
    assert state_machine["States"]["Decided?"]["Default"] == "RollBack"


def test_every_task_has_a_timeout_and_so_has_the_whole(state_machine: Json) -> None:
    assert all(task["TimeoutSeconds"] > 0 for task in tasks(state_machine).values())
    assert state_machine["TimeoutSeconds"] > max(
        task["TimeoutSeconds"] for task in tasks(state_machine).values()
    )


def test_a_task_outlives_the_function_behind_it(state_machine: Json, model: Template) -> None:
    functions = {
        logical_id: r["Properties"]["Timeout"] for logical_id, r in model.of("AWS::Lambda::Function").items()
    }
    asked = 0
    for name, task in tasks(state_machine).items():
        if "Fn::GetAtt" in task["Resource"]:
            asked += 1
            assert task["TimeoutSeconds"] > functions[task["Resource"]["Fn::GetAtt"][0]], name
    assert asked >= 10


def test_only_passing_faults_are_retried(state_machine: Json) -> None:
    terminal = {error.__name__ for error in Terminal.__subclasses__()} | {
        "Terminal",
        "States.ALL",
        "States.TaskFailed",
    }
    for name, task in tasks(state_machine).items():
        retried = {error for retry in task["Retry"] for error in retry["ErrorEquals"]}
        assert not terminal & retried, name
        assert all(retry["MaxAttempts"] > 1 for retry in task["Retry"])
        if not name.endswith("OnFargateTask"):
            assert set(TRANSIENT_NAMES) < retried


def test_every_state_leads_somewhere_that_exists_and_is_reached(state_machine: Json) -> None:
    for part in _parts(state_machine):
        reached = {part["StartAt"]}
        for name, state in part["States"].items():
            following = [*_following(state)]
            assert following or state["Type"] in ("Succeed", "Fail") or state.get("End"), name
            reached.update(following)
        assert reached == set(part["States"])


def test_no_two_states_have_the_same_name_wherever_they_are(state_machine: Json) -> None:
    names = [name for name, _ in states(state_machine)]
    assert len(names) == len(set(names))


def _parts(machine: Json) -> Iterator[Json]:
    """A state machine and all that are inside its states."""
    yield machine
    for state in machine["States"].values():
        inside = [*state.get("Branches", []), *filter(None, [state.get("ItemProcessor")])]
        for part in inside:
            yield from _parts(part)


def _following(state: Json) -> list[str]:
    rules = [*state.get("Choices", []), *state.get("Catch", []), state]
    return [rule["Next"] for rule in rules if "Next" in rule] + (
        [state["Default"]] if "Default" in state else []
    )


def test_a_canary_is_cleared_before_a_failed_run_is_abandoned(state_machine: Json) -> None:
    for name in ("StartCanary", "EvaluateCanary", "Promote", "RollBack"):
        assert [catch["Next"] for catch in state_machine["States"][name]["Catch"]] == ["ClearCanary"], name
    clear = state_machine["States"]["ClearCanary"]
    assert clear["Parameters"]["action"] == "roll back"
    assert clear["Next"] == "Abandon"
    assert clear["Catch"][-1]["Next"] == "Abandon"


def test_a_failure_before_the_canary_never_touches_the_alias(state_machine: Json) -> None:
    for name in ("BuildTrainingSet", "Train", "Judge", "Register", "PrepareRelease"):
        assert state_machine["States"][name]["Catch"][-1]["Next"] == "Abandon", name
    assert state_machine["States"]["Abandon"]["Next"] == "Failed"
    assert state_machine["States"]["Failed"]["Type"] == "Fail"


def test_a_model_that_serves_is_not_called_abandoned_because_its_monitor_failed(state_machine: Json) -> None:
    assert state_machine["States"]["Rebaseline"]["Catch"][-1]["Next"] == "Released"


def test_a_registered_version_is_released_as_a_new_one_is_without_a_training(state_machine: Json) -> None:
    _, suppressed, registered = state_machine["States"]["Admitted?"]["Choices"]
    assert (suppressed["BooleanEquals"], suppressed["Next"]) == (False, "Suppressed")
    assert (registered["Variable"], registered["Next"]) == ("$.admission.release", "Registered")
    state = state_machine["States"]["Registered"]
    assert (state["ResultPath"], state["Next"]) == ("$.registered", "PrepareRelease")
    assert state_machine["States"]["Register"]["Next"] == "Comparable?"


def test_what_came_too_early_waits_and_asks_again_by_an_execution_of_its_own(state_machine: Json) -> None:
    too_early = state_machine["States"]["Admitted?"]["Choices"][0]
    assert (too_early["Variable"], too_early["IsString"], too_early["Next"]) == (
        "$.admission.ask_again_at",
        True,
        "TooEarly",
    )
    assert state_machine["States"]["TooEarly"]["TimestampPath"] == "$.admission.ask_again_at"
    assert state_machine["States"]["AskAgain"]["Parameters"] == {"ask_again.$": "$$.Execution.Input"}
    assert state_machine["States"]["AskAgain"]["Next"] == "Suppressed"


def test_an_execution_may_last_as_long_as_the_longest_wait(state_machine: Json) -> None:
    assert state_machine["TimeoutSeconds"] > 24 * 60 * 60


def test_what_serves_already_is_not_tried_against_itself(state_machine: Json) -> None:
    same = state_machine["States"]["Champion?"]["Choices"][1]
    assert same["Variable"] == "$.release.lambda_version"
    assert same["StringEqualsPath"] == "$.release.champion_lambda_version"
    assert same["Next"] == "ServesAlready"


def test_golden_requests_that_fail_reject_the_version(state_machine: Json) -> None:
    first = state_machine["States"]["TestRelease"]["Catch"][0]
    assert (first["ErrorEquals"], first["Next"]) == (["GoldenRequestsFailed"], "Reject")
    assert state_machine["States"]["Reject"]["Parameters"]["outcome"] == "rejected by golden requests"


def test_system_tests_that_fail_reject_the_version(state_machine: Json) -> None:
    second = state_machine["States"]["TestRelease"]["Catch"][1]
    assert (second["ErrorEquals"], second["Next"]) == (["SystemTestsFailed"], "RejectTested")
    assert state_machine["States"]["RejectTested"]["Parameters"]["error.$"] == "$.error"


def test_a_release_is_tested_before_any_state_may_bring_it_before_clients(state_machine: Json) -> None:
    states = state_machine["States"]
    assert states["PrepareRelease"]["Next"] == "PointNext"
    assert states["PointNext"]["Parameters"]["action"] == "next"
    assert states["PointNext"]["Next"] == "TestRelease"
    assert states["TestRelease"]["Parameters"]["test"] is True
    assert states["TestRelease"]["Next"] == "Champion?"
    before = {name for name, state in states.items() if "Champion?" in json.dumps(state)}
    assert before == {"TestRelease"}


def test_every_way_to_close_says_its_outcome(state_machine: Json) -> None:
    endings = {
        name: state["Parameters"]["outcome"]
        for name, state in state_machine["States"].items()
        if state.get("Next") in ("Close", "Prune") and state["Type"] == "Pass"
    }
    assert endings == {
        "ChampionKept": "champion kept",
        "LeftToPerson": "left to a person",
        "ServesAlready": "champion kept",
        "Reject": "rejected by golden requests",
        "RejectTested": "rejected by system tests",
        "RolledBack": "rolled back",
        "Released": "released",
    }


def test_whoever_published_a_version_takes_old_ones_away_and_closes_whether_or_not_that_worked(
    state_machine: Json,
) -> None:
    endings = {name for name, state in state_machine["States"].items() if state.get("Next") == "Prune"}
    assert endings == {"Reject", "RejectTested", "RolledBack", "Released"}
    prune = state_machine["States"]["Prune"]
    assert prune["Parameters"] == {"prune": True}
    assert prune["Resource"] == state_machine["States"]["PrepareRelease"]["Resource"]
    assert (prune["Catch"][-1]["Next"], prune["Next"]) == ("Close", "Close")
    assert state_machine["States"]["Close"]["InputPath"] == "$.closing"


def test_rows_never_pass_through_the_state_machine(state_machine: Json) -> None:
    kept = {state.get("ResultPath") for state in tasks(state_machine).values()}
    assert kept == {
        "$.last",
        "$.admission", "$.training_set", "$.judgement", "$.registered", "$.release", "$.canary", "$.evaluation",
    }  # fmt: skip


def test_the_machine_writes_down_all_it_does(model: Template) -> None:
    (machine,) = model.properties("AWS::StepFunctions::StateMachine")
    assert machine["LoggingConfiguration"]["Level"] == "ALL"
    assert machine["StateMachineType"] == "STANDARD"


def test_the_task_is_told_its_run_and_candidate_only(model: Template, state_machine: Json) -> None:
    train = dict(states(state_machine))["TrainCandidateOnFargateTask"]["Parameters"]
    (override,) = train["Overrides"]["ContainerOverrides"]
    told = {entry["Name"] for entry in override["Environment"]}
    of_the_run = {"KEEPFIT_RUN_ID", "KEEPFIT_CANDIDATE", "KEEPFIT_COMPUTE", "KEEPFIT_MOVED"}
    assert told == {"KEEPFIT_MODEL", "KEEPFIT_ARTIFACTS_BUCKET", *of_the_run}
    (task,) = model.properties("AWS::ECS::TaskDefinition")
    assert [container["Name"] for container in task["ContainerDefinitions"]] == [override["Name"]]
    assert "KEEPFIT" not in json.dumps(task)


def test_the_definition_holds_no_null_which_a_template_would_lose(state_machine: Json) -> None:
    for name, state in states(state_machine):
        assert state["Type"] not in ("Task", "Map") or "ResultPath" in state, name


def test_a_task_that_never_ran_is_repeated_and_one_that_failed_by_itself_is_not(state_machine: Json) -> None:
    found, name = dict(states(state_machine)), "TrainCandidateOnFargate"
    (catch,) = found[f"{name}Task"]["Catch"]
    assert (catch["ErrorEquals"], catch["Next"]) == (["States.TaskFailed"], f"{name}Stopped?")

    def after(cause: str) -> str:
        for rule in found[f"{name}Stopped?"]["Choices"]:
            if fnmatch.fnmatchcase(cause, rule["StringMatches"]):
                return str(rule["Next"]).removeprefix(name)
        return str(found[f"{name}Stopped?"]["Default"]).removeprefix(name)

    assert after('{"StopCode":"TaskFailedToStart","StoppedReason":"CannotPullContainerError: x"}') == "NotRun"
    assert after('{"Containers":[{"ExitCode":1}],"StopCode":"EssentialContainerExited"}') == "Failed"
    assert after('{"StopCode":"UserInitiated"}') == "Failed"
    (retry,) = found[name]["Retry"]
    assert retry["ErrorEquals"] == [found[f"{name}NotRun"]["Error"]]
    assert retry["MaxAttempts"] > 1


def test_a_run_in_flight_asks_for_the_newest_task_of_its_family(model: Template, state_machine: Json) -> None:
    asked = dict(states(state_machine))["TrainCandidateOnFargateTask"]["Parameters"]["TaskDefinition"]
    (task,) = model.properties("AWS::ECS::TaskDefinition")
    assert asked == task["Family"]
    (allowed,) = [said for _, said in model.statements() if "ecs:RunTask" in actions(said)]
    assert json.dumps(resources(allowed)).endswith(f':task-definition/{asked}:*"]]}}]')


def test_what_the_champion_cannot_be_compared_with_is_registered_and_left_to_a_person(
    state_machine: Json,
) -> None:
    found = state_machine["States"]
    assert found["Register"]["Next"] == "Comparable?"
    (compared,) = found["Comparable?"]["Choices"]
    assert (compared["Variable"], compared["IsNull"]) == ("$.judgement.left_to_person", True)
    assert compared["Next"] == "PrepareRelease"
    left = found[found["Comparable?"]["Default"]]
    assert (left["Parameters"]["outcome"], left["Next"]) == ("left to a person", "Close")
    assert left["Parameters"]["version.$"] == "$.registered.version"

"""Events reach the models that they concern, compared with a rule per model and kind of event."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from keepfit.errors import NotFound
from keepfit.training.runs.event_routing import Invocation, Start, orders
from keepfit.training.runs.model_subscription import Subscription

Json = dict[str, Any]
_MODELS = ("delay", "delay_at_night", "late", "lateness")
_DATASETS = ("flights", "weather", "trips")


def subscription(model: str, *datasets: str) -> Subscription:
    return Subscription(
        model=model,
        datasets=list(datasets),
        drift_alarm=f"keepfit-{model}-drift",
        machine=f"arn:aws:states:eu-west-1:1:stateMachine:keepfit-{model.replace('_', '-')}",
        move_alias=f"keepfit-{model.replace('_', '-')}-move-alias",
        close_run=f"keepfit-{model.replace('_', '-')}-close-run",
        stack=f"of {model}",
    )


def stack(model: str) -> str:
    return f"arn:aws:cloudformation:eu-west-1:1:stack/keepfit-{model.replace('_', '-')}/of {model}"


def event(source: str, detail_type: str, **detail: Any) -> Json:
    return {
        "id": "7",
        "source": source,
        "detail-type": detail_type,
        "time": "2013-01-01T00:00:00Z",
        "detail": detail,
    }


def alarm(name: str, state: str) -> Json:
    return event("aws.cloudwatch", "CloudWatch Alarm State Change", alarmName=name, state={"value": state})


def deployed(model: str, status: str) -> Json:
    detail = {"stack-id": stack(model), "status-details": {"status": status, "status-reason": ""}}
    return event("aws.cloudformation", "CloudFormation Stack Status Change", **detail)


def ended(machine: str, status: str) -> Json:
    return event(
        "aws.states",
        "Step Functions Execution Status Change",
        stateMachineArn=machine,
        executionArn=f"{machine}:x",
        startDate=7,
        status=status,
    )


def rules(model: Subscription) -> list[Json]:
    """The rules that the model's own stack would have: each key of a detail, and the values that it may have."""
    asked = {"source": {"keepfit"}, "detail-type": {"Alarm Standing", "Retraining Requested"}}
    state_change = {"source": {"aws.cloudwatch"}, "detail-type": {"CloudWatch Alarm State Change"}}
    return [
        {
            "source": {"keepfit"},
            "detail-type": {"Dataset Updated"},
            "detail": {"dataset": set(model.datasets)},
        },
        {**asked, "detail": {"model": {model.model}}},
        {
            **state_change,
            "detail": {
                "alarmName": {model.drift_alarm, *model.decay_alarms},
                "state": {"value": {"ALARM"}},
            },
        },
        {
            "source": {"aws.cloudformation"},
            "detail-type": {"CloudFormation Stack Status Change"},
            "detail": {"stack-id": {stack(model.model)}, "status-details": {"status": {"UPDATE_COMPLETE"}}},
        },
        {
            "source": {"aws.states"},
            "detail-type": {"Step Functions Execution Status Change"},
            "detail": {"stateMachineArn": {model.machine}, "status": {"ABORTED", "TIMED_OUT", "FAILED"}},
        },
    ]


def matches(pattern: Any, value: Any) -> bool:
    if isinstance(pattern, dict):
        return all(key in value and matches(part, value[key]) for key, part in pattern.items())
    return value in pattern


subscribed = st.lists(
    st.builds(
        lambda model, datasets: subscription(model, *sorted(datasets)),
        st.sampled_from(_MODELS),
        st.sets(st.sampled_from(_DATASETS), min_size=1),
    ),
    unique_by=lambda each: each.model,
)
_models = st.sampled_from((*_MODELS, "gone"))
events = st.one_of(
    st.builds(
        lambda d: event("keepfit", "Dataset Updated", dataset=d), st.sampled_from((*_DATASETS, "nobodys"))
    ),
    st.builds(lambda m: event("keepfit", "Alarm Standing", model=m, alarm="a"), _models),
    st.builds(lambda m: event("keepfit", "Retraining Requested", model=m, trigger={}), _models),
    st.builds(
        lambda m, what, state: alarm(f"keepfit-{m}-{what}", state),
        _models,
        st.sampled_from(("drift", "heartbeat")),
        st.sampled_from(("ALARM", "OK")),
    ),
    st.builds(
        deployed, _models, st.sampled_from(("CREATE_COMPLETE", "UPDATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE"))
    ),
    st.builds(
        lambda m, status: ended(subscription(m).machine, status),
        _models,
        st.sampled_from(("FAILED", "ABORTED", "TIMED_OUT", "SUCCEEDED", "RUNNING")),
    ),
)


@given(subscribed, events)
def test_an_event_reaches_exactly_the_models_whose_own_rules_would_have_matched_it(
    subscriptions: list[Subscription], told: Json
) -> None:
    expected = [
        each.model for each in subscriptions if any(matches(pattern, told) for pattern in rules(each))
    ]
    reached = [order.model for order in orders(told, subscriptions)]
    assert sorted(set(reached)) == sorted(expected)
    of_each = 2 if told["source"] == "aws.states" else 1
    assert len(reached) == of_each * len(expected)


@given(subscribed, events)
def test_an_execution_is_started_with_the_event_as_it_came_under_the_id_of_the_event(
    subscriptions: list[Subscription], told: Json
) -> None:
    machines = {each.model: each.machine for each in subscriptions}
    for order in orders(told, subscriptions):
        if isinstance(order, Start):
            assert (order.event, order.name, order.machine) == (told, "7", machines[order.model])


def test_whoever_clears_up_is_told_the_execution_and_how_it_ended() -> None:
    delay = subscription("delay", "flights")
    known = {
        "execution": {"arn": f"{delay.machine}:x", "started_at": 7},
        "reason": "its execution ended as ABORTED",
    }
    assert orders(ended(delay.machine, "ABORTED"), [delay, subscription("late", "flights")]) == [
        Invocation(
            model="delay", function="keepfit-delay-move-alias", asked={**known, "action": "end canary"}
        ),
        Invocation(
            model="delay",
            function="keepfit-delay-close-run",
            asked={**known, "outcome": "aborted", "stopped": True},
        ),
    ]


@pytest.mark.parametrize(
    "strange",
    [
        event("keepfit.person", "Training Requested", by="somebody"),
        event("keepfit", "Dataset Updated"),
        event("aws.cloudwatch", "CloudWatch Alarm State Change", alarmName="a", state=None),
        {"id": "7", "source": "keepfit", "detail-type": "Dataset Updated"},
    ],
)
def test_an_event_that_no_rule_sends_is_refused_with_what_to_send(strange: Json) -> None:
    with pytest.raises(NotFound, match="send one of the events that the rules of the platform send"):
        orders(strange, [subscription("delay", "flights")])


def test_another_champion_reaches_the_models_whose_graphs_it_answers_in() -> None:
    graph = msgspec.structs.replace(subscription("credit", "loans"), graph_models=["forest", "other"])
    told = event("keepfit", "Champion Changed", model="forest", version=4)
    [order] = orders(told, [graph, subscription("forest", "loans")])
    assert (order.model, isinstance(order, Start)) == ("credit", True)
    assert orders(told, [subscription("forest", "loans")]) == []


def dropped(key: str, version_id: str = "v1") -> Json:
    return event(
        "aws.s3", "Object Created", bucket={"name": "intake"}, object={"key": key, "version-id": version_id}
    )


def test_a_file_in_the_folder_of_a_model_is_one_job_for_each_of_its_versions() -> None:
    models = [subscription("delay", "flights"), subscription("delay_at_night", "flights")]
    [order] = orders(dropped("batch/delay_at_night/2026/a b.csv"), models, batches="machine")
    assert isinstance(order, Start)
    assert (order.model, order.machine) == ("delay_at_night", "machine")
    assert order.event == {
        "model": "delay_at_night",
        "key": "batch/delay_at_night/2026/a b.csv",
        "version_id": "v1",
        "job": order.name,
    }
    assert [order] == orders(dropped("batch/delay_at_night/2026/a b.csv"), models, batches="machine")
    [other] = orders(dropped("batch/delay_at_night/2026/a b.csv", "v2"), models, batches="machine")
    assert isinstance(other, Start)
    assert other.name != order.name


@pytest.mark.parametrize("key", ["batch/foreign/a.csv", "batch/delay/", "batch/delay", "flights/a.csv"])
def test_a_file_elsewhere_is_no_job(key: str) -> None:
    assert orders(dropped(key), [subscription("delay", "flights")], batches="machine") == []

"""`keepfit notices`: what was told, what failed and why, and a test of the channels."""

from __future__ import annotations

import msgspec
import pytest

from cli.places.deployment import Deployment
from keepfit.adapters.aws.dynamodb_notices import DynamoNotices
from keepfit.monitoring.notices.records import Delivery, NoticeRecord
from keepfit.views.stores import ModelStores
from tests.unit.cli.conftest import Invoked, Keepfit
from tests.unit.cli.support.standin import MODEL, Stacks
from tests.unit.monitoring.support.notices import AT, notice

SENT = Delivery(state="sent", at=AT)
FAILED = Delivery(state="failed", at=AT, reason="InvalidRequest: the webhook answers 404: no_service")


@pytest.fixture
def records(stores: ModelStores, deployment: Deployment) -> DynamoNotices:
    """Three notices: one that arrived, one that a channel did not take, one of a queue of the platform's."""
    kept = deployment.notices
    kept.replace(NoticeRecord(notice=notice(0), taken_at=AT, deliveries={"team": SENT}))
    kept.replace(NoticeRecord(notice=notice(1, "OK"), taken_at=AT, deliveries={"chat": FAILED, "team": SENT}))
    of_all = notice(2, alarm="keepfit-platform-undelivered-events")
    kept.replace(NoticeRecord(notice=of_all, taken_at=AT, withheld="it changed 4 times"))
    return kept


@pytest.mark.usefixtures("records")
def test_what_was_told_is_listed_the_newest_first_with_what_became_of_it(keepfit: Keepfit) -> None:
    listed = keepfit("notices", "--json").json
    assert [each["title"] for each in listed] == [
        "keepfit: the alarm undelivered-events sounds",
        "delay: the alarm drift is over",
        "delay: the alarm drift sounds",
    ]
    assert [[d["channel"], d["state"]] for d in listed[1]["deliveries"]] == [
        ["chat", "failed"],
        ["team", "sent"],
    ]
    assert (listed[0]["withheld"], listed[0]["deliveries"]) == ("it changed 4 times", [])
    shown = keepfit("notices").stdout
    assert "no_service" in shown
    assert "withheld" in shown


@pytest.mark.usefixtures("records")
def test_what_failed_is_listed_alone(keepfit: Keepfit) -> None:
    answer = keepfit("notices", MODEL, "--failed", "--json")
    assert [each["title"] for each in answer.json] == ["delay: the alarm drift is over"]
    assert "keepfit notices test" in keepfit("notices", "--failed").stderr


def test_where_nothing_happened_nothing_was_told(keepfit: Keepfit, stores: ModelStores) -> None:
    assert keepfit("notices", "--json").json == []
    assert "there was nothing to tell yet" in keepfit("notices").stdout


def test_a_model_that_is_not_there_is_an_error(keepfit: Keepfit, stores: ModelStores) -> None:
    answer = keepfit("notices", "missing")
    assert (answer.exit_code, "there is no model 'missing'" in answer.stderr) == (3, True)


def test_a_test_is_sent_by_the_function_under_the_callers_name(
    keepfit: Keepfit, deployment: Deployment, stores: ModelStores, invoked: Invoked
) -> None:
    record = NoticeRecord(notice=notice(), taken_at=AT, deliveries={"event-bus": SENT, "chat": FAILED})
    invoked.answers["notify"] = msgspec.to_builtins(record)
    answer = keepfit("notices", "test", "--json")
    assert invoked.calls == [("notify", {"test": {"who": deployment.caller}})]
    assert [each["state"] for each in answer.json["deliveries"]] == ["sent", "failed"]
    assert "Mend what failed" in keepfit("notices", "test").stderr


def test_without_channels_it_says_how_to_define_one(
    keepfit: Keepfit, stores: ModelStores, invoked: Invoked
) -> None:
    record = NoticeRecord(notice=notice(), taken_at=AT, deliveries={"event-bus": SENT})
    invoked.answers["notify"] = msgspec.to_builtins(record)
    assert "docs/how-to/be-notified.md" in keepfit("notices", "test").stderr


def test_a_platform_of_before_says_what_to_do(keepfit: Keepfit, stores: ModelStores, stacks: Stacks) -> None:
    del stacks.stacks["keepfit-platform"]["NotifyFunction"]
    answer = keepfit("notices", "test")
    assert (answer.exit_code, "before there were notices; deploy it again" in answer.stderr) == (3, True)

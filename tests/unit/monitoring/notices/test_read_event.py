"""What is told of each event, and which are ignored for which reason."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from keepfit.errors import NotFound
from keepfit.monitoring.notices.notice import Ignored, Notice, lines
from keepfit.monitoring.notices.read_event import read_notice, trial_notice
from tests.unit.monitoring.support.notices import AT, alarm_event, own_event

_CONSOLE = "https://eu-west-1.console.aws.amazon.com/cloudwatch/home"


def told(event: dict[str, Any]) -> Notice:
    notice = read_notice(event)
    assert isinstance(notice, Notice), notice
    return notice


def test_an_alarm_says_what_since_when_by_how_much_and_what_to_do() -> None:
    notice = told(alarm_event(values=[0.1, 0.2, 0.31, 0.42]))
    assert (notice.title, notice.about) == ("delay: the alarm drift sounds", "delay")
    assert lines(notice) == [
        "since 2026-11-30 12:00 UTC",
        "An input of delay moved.",
        "worst_drift: 0.2, 0.31, 0.42; the threshold is 0.25",
        "What to do: nothing, a training starts by itself; see what moved, and for whom",
        "Look: keepfit drift delay",
        f"{_CONSOLE}?region=eu-west-1#alarmsV2:alarm/keepfit-delay-drift",
    ]


def test_an_alarm_that_is_over_asks_for_nothing() -> None:
    notice = told(alarm_event(state="OK", before="ALARM", values=[0.01]))
    assert (notice.title, notice.next) == ("delay: the alarm drift is over", "nothing")
    assert notice.id != told(alarm_event()).id


def test_without_figures_the_words_of_cloudwatch_are_told() -> None:
    assert "Threshold Crossed: 1 datapoint" in told(alarm_event()).facts
    assert told(alarm_event(values=[])).facts[-1] == "worst_drift: no value came; the threshold is 0.25"


@pytest.mark.parametrize(
    ("alarm", "about", "look"),
    [
        ("keepfit-flight_delay-estimated-decay", "flight_delay", "keepfit performance flight_delay"),
        ("keepfit-delay-heartbeat", "delay", "keepfit drift delay --run"),
        ("keepfit-delay-errors-blue", "delay", "keepfit status"),
        ("keepfit-delay-latency", "delay", "keepfit status"),
        ("keepfit-delay-missed-monitoring", "delay", "keepfit doctor"),
        ("keepfit-platform-undelivered-events", "platform", "keepfit doctor"),
    ],
)
def test_each_alarm_names_its_model_and_a_command_that_shows_more(alarm: str, about: str, look: str) -> None:
    notice = told(alarm_event(alarm))
    assert (notice.about, notice.look) == (about, look)


def test_an_embedded_cloud_has_no_page_to_link_to() -> None:
    assert told({**alarm_event(), "account": "000000000000"}).link is None
    assert told({**alarm_event(), "region": "cn-north-1"}).link.startswith(  # type: ignore[union-attr]
        "https://cn-north-1.console.amazonaws.cn/"
    )


@pytest.mark.parametrize(
    ("event", "why"),
    [
        (alarm_event(state="OK", before="INSUFFICIENT_DATA"), "nothing sounds and nothing is over"),
        (alarm_event(state="INSUFFICIENT_DATA", before="ALARM"), "nothing sounds and nothing is over"),
        (alarm_event("somebody-elses"), "somebody-elses is no alarm of keepfit's"),
        (alarm_event("keepfit-own"), "keepfit-own is no alarm of keepfit's"),
        (alarm_event("keepfit-delay-incident"), "each incident is told by an event of its own"),
    ],
)
def test_what_nobody_has_to_know_is_ignored_for_a_reason(event: dict[str, Any], why: str) -> None:
    ignored = read_notice(event)
    assert isinstance(ignored, Ignored)
    assert why in ignored.ignored


@pytest.mark.parametrize(
    "event",
    [
        own_event("Dataset Updated", dataset="trips"),
        own_event("Approval Asked", model="delay"),
        {**alarm_event(), "detail": {"alarmName": "keepfit-delay-drift"}},
        {**alarm_event(), "source": "somebody"},
    ],
)
def test_what_no_rule_sends_is_an_error_that_names_it(event: dict[str, Any]) -> None:
    with pytest.raises(NotFound, match="nothing can be told of the event"):
        read_notice(event)


def moved(**more: Any) -> dict[str, Any]:
    entry = {
        "model": "delay",
        "seq": 7,
        "at": "2026-11-30T12:00:00.000000Z",
        "action": "promote",
        "version": 4,
    }
    why = {"previous_version": 3, "who": "training run", "why": "no worse on 200 requests", "run_id": "r"}
    return own_event("Alias Moved", **{**entry, **why, **more})


def test_a_release_says_instead_of_what_by_whom_and_why() -> None:
    notice = told(moved())
    assert notice.title == "delay: version 4 is released"
    assert notice.facts == ["instead of version 3", "by training run: no worse on 200 requests"]
    assert "keepfit rollback delay" in notice.next


def test_a_first_release_stands_instead_of_nothing() -> None:
    first = told(moved(previous_version=None, version=1))
    assert (first.facts, first.next) == (["by training run: no worse on 200 requests"], "nothing")


def test_what_goes_back_says_what_serves_now() -> None:
    rolled_back = told(moved(action="roll back", why="5 of 20 requests failed"))
    assert rolled_back.title == "delay: version 4 was rolled back from its canary"
    assert rolled_back.facts[0] == "version 3 answers every request"
    restored = told(moved(action="restore", version=2, previous_version=4, who="ada"))
    assert restored.title == "delay: version 2 was brought back"
    assert restored.facts[0] == "instead of version 4"


def test_a_canary_is_no_release() -> None:
    assert isinstance(read_notice(moved(action="canary")), Ignored)


def test_an_approval_says_until_when_and_how_to_decide() -> None:
    notice = told(
        own_event(
            "Approval Asked",
            model="delay",
            version=4,
            run_id="20261130T110000-a",
            asked_at="2026-11-30T12:00:00Z",
            expires_at="2026-12-07T12:00:00Z",
            asked_by="ada",
        )
    )
    assert notice.title == "delay: version 4 waits for your approval"
    assert "it waits until 2026-12-07 12:00 UTC; then the champion stays" in notice.facts
    assert notice.next.startswith("keepfit approvals approve delay")
    assert notice.since == AT


def test_a_trial_is_new_each_time_and_says_who_asks() -> None:
    first = trial_notice("ada", AT)
    assert "asked for by ada" in first.facts
    assert first.id != trial_notice("ada", AT.replace(microsecond=1)).id
    assert msgspec.convert(msgspec.to_builtins(first), Notice) == first

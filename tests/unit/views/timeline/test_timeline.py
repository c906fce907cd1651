"""A timeline tells what moved, what was done about it and whether it helped, whatever is on record."""

from __future__ import annotations

from datetime import timedelta

from keepfit.adapters.memory.training import MemoryAlarms
from keepfit.instants import Duration
from keepfit.layout import ModelScope
from keepfit.training.runs.triggers import Trigger
from keepfit.views.stores import ModelStores
from keepfit.views.timeline.period import Asked
from keepfit.views.timeline.timeline import Timeline, read_timeline
from tests.unit.views.support.history import MODEL, put_incident, put_run, put_suppression
from tests.unit.views.support.monitored import (
    ALARM,
    BEGIN,
    DAY,
    column,
    drift_trigger,
    move,
    put_window,
    put_year,
)


def read(stores: ModelStores, asked: Asked | None = None, most: int = 400) -> Timeline:
    return read_timeline(stores, asked or Asked(), most=most)


def test_of_a_model_that_nothing_happened_to_nothing_is_told(stores: ModelStores) -> None:
    found = read(stores)
    assert (found.since, found.until, found.windows, found.episodes) == (None, None, [], [])


def test_without_a_report_of_the_monitor_trainings_and_releases_are_told(stores: ModelStores) -> None:
    put_run(stores, started_at=BEGIN)
    move(stores, BEGIN + DAY, 1)
    found = read(stores)
    assert (found.since, found.until) == (BEGIN, BEGIN + DAY)
    assert [each.run_id for each in found.trainings] == ["20130301T120000-aaaaaaaa"]
    assert [(each.version, each.until) for each in found.serving] == [(1, None)]


def test_one_report_spans_its_window(stores: ModelStores) -> None:
    put_window(stores, BEGIN, [column("pressure", 0.1)])
    found = read(stores)
    [window] = found.windows
    assert (window.shown_from, window.shown_to) == (BEGIN - DAY, BEGIN)
    assert (found.since, found.until) == (BEGIN - DAY, BEGIN)


def test_windows_that_overlap_follow_each_other(stores: ModelStores) -> None:
    for hour in range(3):
        put_window(stores, BEGIN + timedelta(hours=hour), [])
    shown = [(each.shown_from, each.shown_to) for each in read(stores).windows]
    assert shown[1:] == [
        (BEGIN + timedelta(hours=hour - 1), BEGIN + timedelta(hours=hour)) for hour in (1, 2)
    ]


def test_a_window_that_somebody_asked_for_is_no_part_of_what_happened(stores: ModelStores) -> None:
    put_window(stores, BEGIN, [column("pressure", 0.9)], occasion="asked")
    assert read(stores).windows == []


def test_a_year_has_a_score_for_each_column_and_window(stores: ModelStores) -> None:
    put_year(stores)
    found = read(stores)
    assert (found.stored, found.read, len(found.columns)) == (365, 365, 21)
    assert found.columns[0].column == "feature_3"
    assert all(len(each.scores) == 365 for each in found.columns)
    assert found.histograms[0].column == "feature_3"
    assert found.histograms[0].window == (BEGIN + 89 * DAY, BEGIN + 90 * DAY)


def test_of_more_reports_than_are_read_the_newest_is_among_them(stores: ModelStores) -> None:
    put_year(stores, days=40)
    found = read(stores, most=10)
    assert (found.stored, found.read) == (40, 10)
    assert found.windows[-1].ran_at == BEGIN + 40 * DAY


def test_a_column_that_came_later_has_no_score_before(stores: ModelStores) -> None:
    put_window(stores, BEGIN, [column("pressure", 0.1)])
    put_window(stores, BEGIN + DAY, [column("pressure", 0.1), column("wind", 0.2)], champion=2)
    assert {each.column: each.scores for each in read(stores).columns} == {
        "wind": [None, 0.2],
        "pressure": [0.1, 0.1],
    }


def test_an_alarm_is_told_with_what_was_done_and_whether_it_helped(stores: ModelStores) -> None:
    put_year(stores, days=95, features=4)
    [episode] = read(stores).episodes
    assert (episode.alarm, episode.found) == (ALARM, ["feature_3"])
    assert episode.raised_at == BEGIN + 82 * DAY
    assert episode.back_at == BEGIN + 91 * DAY
    assert (episode.runs, episode.released) == ({"run-2": "released"}, [2])
    assert [gain.gain for gain in episode.gains] == [0.0125]


def test_an_alarm_that_nothing_was_done_about_says_why(stores: ModelStores) -> None:
    put_window(stores, BEGIN, [column("pressure", 0.9)])
    for hour in (1, 2, 3):
        at = BEGIN + timedelta(hours=hour)
        put_suppression(
            stores, "a training has begun 1h ago", at=at, run_id=str(hour), trigger=drift_trigger(at)
        )
    found = read(stores)
    assert [(each.times, each.last_at) for each in found.refusals] == [(3, BEGIN + timedelta(hours=3))]
    [episode] = found.episodes
    assert (episode.stands, episode.runs) == (True, {})
    assert episode.refused == ["a training has begun 1h ago"]


def test_a_training_belongs_to_the_last_alarm_before_it(stores: ModelStores) -> None:
    for day, score in enumerate((0.9, 0.1, 0.9)):
        put_window(stores, BEGIN + day * DAY, [column("pressure", score)])
    put_run(stores, run_id="second", started_at=BEGIN + 2 * DAY, trigger=drift_trigger(BEGIN), outcome=None)
    assert [episode.runs for episode in read(stores).episodes] == [{}, {"second": None}]


def test_an_alarm_that_stood_before_the_first_report_was_read_is_told_since_when(stores: ModelStores) -> None:
    put_window(stores, BEGIN, [column("pressure", 0.9)], alarm_standing_since=BEGIN - 9 * DAY)
    [alarm] = read(stores).alarms
    assert (alarm.raised_at, alarm.stands) == (BEGIN - 9 * DAY, True)


def test_an_alarm_is_not_raised_before_it_last_went_back(stores: ModelStores) -> None:
    for day, score in enumerate((0.9, 0.1)):
        put_window(stores, BEGIN + day * DAY, [column("pressure", score)])
    # The alarm's own change of state may come later than the next run.
    put_window(stores, BEGIN + 2 * DAY, [column("pressure", 0.9)], alarm_standing_since=BEGIN)
    assert [alarm.raised_at for alarm in read(stores).alarms] == [BEGIN, BEGIN + 2 * DAY]


def test_a_window_that_was_not_judged_ends_no_alarm(stores: ModelStores) -> None:
    put_window(stores, BEGIN, [column("pressure", 0.9)])
    put_window(stores, BEGIN + DAY, [], nothing_compared="1 row in the window")
    [alarm] = read(stores).alarms
    assert alarm.stands


def test_alarms_on_decay_are_told_by_the_trainings_that_they_asked_for(
    stores: ModelStores, alarms: MemoryAlarms
) -> None:
    decay = ModelScope(MODEL).decay_alarm("decay")
    alarms.standing[decay] = BEGIN
    trigger = Trigger(kind="alarm", id="1", at=BEGIN, detail={"alarm": decay, "state": "ALARM"})
    put_run(stores, started_at=BEGIN + timedelta(minutes=1), trigger=trigger)
    found = read(stores)
    assert [(each.alarm, each.raised_at, each.stands) for each in found.alarms] == [(decay, BEGIN, True)]
    assert [episode.released for episode in found.episodes] == [[2]]


def test_an_alarm_on_decay_went_back_where_the_monitor_no_longer_found_it_standing(
    stores: ModelStores,
) -> None:
    decay = ModelScope(MODEL).decay_alarm("decay")
    for day, standing in enumerate(({}, {decay: BEGIN + DAY / 2}, {decay: BEGIN + DAY / 2}, {})):
        put_window(stores, BEGIN + day * DAY, [column("pressure", 0.1)], decay_alarms=standing)
    # The trigger that it became is no other alarm.
    trigger = Trigger(kind="alarm", id="1", at=BEGIN + DAY / 2, detail={"alarm": decay, "state": "ALARM"})
    put_run(stores, started_at=BEGIN + DAY, trigger=trigger)
    [alarm] = read(stores).alarms
    assert (alarm.raised_at, alarm.back_at, alarm.stands) == (BEGIN + DAY / 2, BEGIN + 3 * DAY, False)
    assert [episode.released for episode in read(stores).episodes] == [[2]]


def test_reports_of_before_they_had_alarms_on_decay_end_none(stores: ModelStores) -> None:
    decay = ModelScope(MODEL).decay_alarm("decay")
    put_window(stores, BEGIN, [column("pressure", 0.1)], decay_alarms={decay: BEGIN})
    put_window(stores, BEGIN + DAY, [column("pressure", 0.1)], decay_alarms=None)
    assert [alarm.stands for alarm in read(stores).alarms] == [True]


def test_a_canary_that_was_rolled_back_served_beside_the_champion(stores: ModelStores) -> None:
    move(stores, BEGIN, 1)
    move(stores, BEGIN + DAY, 2, "canary", 0.1)
    move(stores, BEGIN + 2 * DAY, 2, "roll back", 0)
    served = [(each.version, each.weight, each.since, each.until) for each in read(stores).serving]
    assert served == [(1, 1.0, BEGIN, None), (2, 0.1, BEGIN + DAY, BEGIN + 2 * DAY)]


def test_former_versions_end_where_the_next_was_promoted(stores: ModelStores) -> None:
    for version in (1, 2, 3):
        move(stores, BEGIN + version * DAY, version)
    served = [(each.version, each.until) for each in read(stores).serving]
    assert served == [(1, BEGIN + 2 * DAY), (2, BEGIN + 3 * DAY), (3, None)]


def test_incidents_are_told_open_or_closed(stores: ModelStores) -> None:
    put_incident(stores, opened_at=BEGIN)
    put_run(stores, started_at=BEGIN)
    assert [(each.shown_from, each.shown_to) for each in read(stores).incidents] == [(BEGIN, None)]


def test_a_period_holds_what_lies_in_it_and_who_served_then(stores: ModelStores) -> None:
    put_year(stores, days=100, features=4)
    found = read(stores, Asked(first=BEGIN + 50 * DAY, last=BEGIN + 60 * DAY))
    assert (found.since, found.until) == (BEGIN + 50 * DAY, BEGIN + 60 * DAY)
    assert [each.ran_at for each in found.windows] == [BEGIN + day * DAY for day in range(50, 61)]
    assert (found.trainings, found.episodes, [each.version for each in found.serving]) == ([], [], [1])


def test_a_length_is_looked_back_from_the_last_instant(stores: ModelStores) -> None:
    put_year(stores, days=20)
    assert read(stores, Asked(first=Duration.parse("5d"))).since == BEGIN + 115 * DAY  # the gain is later


def test_a_replayed_past_is_laid_out_by_its_requests(stores: ModelStores) -> None:
    now = BEGIN + 4000 * DAY
    move(stores, now - timedelta(minutes=1), 1)
    put_window(stores, BEGIN, [], ran_at=now - timedelta(seconds=50), window=None)
    for month in range(3):
        ran_at = now + month * timedelta(minutes=1)
        put_window(stores, BEGIN + 30 * month * DAY, [column("pressure", 0.9)], ran_at=ran_at)
    move(stores, now + timedelta(seconds=90), 2)
    found = read(stores)
    assert found.axis == "requests"
    assert [each.shown_at for each in found.moves] == [BEGIN - DAY, BEGIN + 30 * DAY]
    ends = [BEGIN - DAY, *(BEGIN + 30 * month * DAY for month in range(3))]
    assert [each.shown_to for each in found.windows] == ends
    assert (found.since, found.until) == (BEGIN - DAY, BEGIN + 60 * DAY)


def test_numbers_that_were_predicted_have_quantiles_and_classes_have_shares(stores: ModelStores) -> None:
    numeric = column(
        "predicted probability",
        0.1,
        labels=["<= 0", "0 - 1", "> 1", "missing"],
        reference=[0, 10, 0, 0],
        current=[0, 10, 0, 0],
    )
    put_window(stores, BEGIN, [numeric, column("predicted class", 0.1)])
    classes, numbers = read(stores).predicted
    assert (classes.column, classes.windows[0].shares) == (
        "predicted class",
        {"a": 0.75, "b": 0.25, "missing": 0.0},
    )
    assert numbers.windows[0].quantiles == [0.1, 0.5, 0.9]


def test_a_graph_is_told_with_the_releases_of_its_nodes(stores: ModelStores) -> None:
    node = Trigger(kind="node", id="1", at=BEGIN, detail={"model": "weather", "version": 7})
    put_run(stores, started_at=BEGIN, trigger=node, version=3, outcome="released")
    move(stores, BEGIN + timedelta(minutes=1), 3)
    # Of a graph nothing is watched that it predicts.
    put_window(stores, BEGIN + DAY, [column("pressure", 0.9)])
    found = read(stores)
    assert [(each.cause, each.trigger.detail["version"], each.version) for each in found.trainings] == [
        ("release", 7, 3)
    ]
    assert (found.predicted, [episode.runs for episode in found.episodes]) == ([], [{}])

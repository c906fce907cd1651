"""The tables of the CloudWatch User Guide: newest data point last, 0 not breaching, X breaching, - missing."""

from __future__ import annotations

import pytest

from localcloud.alarm_evaluation import AlarmState, Missing, next_state

OK, ALARM, INSUFFICIENT = AlarmState.OK, AlarmState.ALARM, AlarmState.INSUFFICIENT_DATA
KEPT = "keeps its state"


def states(points: str, periods: int, to_alarm: int, missing: Missing) -> set[object]:
    breaches = [{"0": False, "X": True, "-": None}[point] for point in points.split()]
    found = {
        current: next_state(breaches, current=current, periods=periods, to_alarm=to_alarm, missing=missing)
        for current in AlarmState
    }
    return {KEPT} if all(current is new for current, new in found.items()) else set(found.values())


@pytest.mark.parametrize(
    ("points", "missing", "ignore", "breaching", "not_breaching"),
    [
        ("0 - X - X", OK, OK, OK, OK),
        ("0 - - - -", OK, OK, OK, OK),
        ("- - - - -", INSUFFICIENT, KEPT, ALARM, OK),
        ("0 X X - X", ALARM, ALARM, ALARM, ALARM),
        ("- - X - -", ALARM, KEPT, ALARM, OK),
    ],
)
def test_three_of_three_as_in_the_guide(
    points: str, missing: object, ignore: object, breaching: object, not_breaching: object
) -> None:
    expected = dict(zip(Missing, (missing, ignore, breaching, not_breaching), strict=True))
    assert {each: states(points, 3, 3, each) for each in Missing} == {
        each: {state} for each, state in expected.items()
    }


@pytest.mark.parametrize(
    ("points", "missing", "ignore", "breaching", "not_breaching"),
    [
        ("0 - X - X", ALARM, ALARM, ALARM, ALARM),
        ("0 0 X 0 X", ALARM, ALARM, ALARM, ALARM),
        ("0 - X - -", OK, OK, ALARM, OK),
        ("- - - - 0", OK, OK, ALARM, OK),
        ("- - - X -", ALARM, KEPT, ALARM, OK),
    ],
)
def test_two_of_three_as_in_the_guide(
    points: str, missing: object, ignore: object, breaching: object, not_breaching: object
) -> None:
    expected = dict(zip(Missing, (missing, ignore, breaching, not_breaching), strict=True))
    assert {each: states(points, 3, 2, each) for each in Missing} == {
        each: {state} for each, state in expected.items()
    }


def test_one_of_one_forgets_a_breach_when_newer_data_comes() -> None:
    assert states("- X 0", 1, 1, Missing.IGNORE) == {OK}
    assert states("- 0 X", 1, 1, Missing.IGNORE) == {ALARM}


def test_an_alarm_that_ignores_silence_stays_as_it_is() -> None:
    assert states("- - -", 1, 1, Missing.IGNORE) == {KEPT}

"""Outcomes that clients report become uploads, once each, and say when they were known."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from keepfit.adapters.memory.features import MemoryDatasets
from keepfit.adapters.memory.registry import MemoryArtifacts
from keepfit.errors import InvalidRequest
from keepfit.features.live.upload import LiveUploads
from keepfit.features.schema.definition import DatasetDefinition, Field
from keepfit.instants import to_iso
from keepfit.monitoring.outcomes.write import Reported, ReportingOutcomes

NOW = datetime(2026, 3, 1, tzinfo=UTC)
DATASET = DatasetDefinition(
    fields={
        "prediction_id": Field(type="text"),
        "outcome": Field(type="bool"),
        "known_at": Field(type="timestamp"),
    },
    event_time="known_at",
    known_at="known_at",
    key=["prediction_id"],
)
ONE = {"prediction_id": "p1", "outcome": True}


@dataclass(slots=True)
class Place:
    """A model's intake of outcomes, at a time that passes."""

    now: datetime = NOW
    intake: MemoryArtifacts = field(default_factory=MemoryArtifacts)
    records: MemoryDatasets = field(default_factory=MemoryDatasets)

    def report(self, *outcomes: Any, event_id: str | None = None) -> Reported:
        uploads = LiveUploads(
            dataset="m_outcomes", definition=DATASET, intake=self.intake, records=self.records
        )
        return ReportingOutcomes(model="m", uploads=uploads, clock=lambda: self.now).report(
            outcomes, event_id
        )

    def written(self) -> list[dict[str, Any]]:
        keys = self.intake.list("m_outcomes/live/")
        return [json.loads(line) for key in keys for line in self.intake.get(key).splitlines()]


def test_an_outcome_that_does_not_say_when_it_was_known_is_known_now() -> None:
    place = Place()
    said = {**ONE, "prediction_id": "p2", "known_at": "2026-02-01T00:00:00Z"}
    reported = place.report(ONE, said, event_id="day-1")
    assert reported == Reported(model="m", event_id="day-1", accepted=2, refused=[])
    assert place.written() == [{**ONE, "known_at": to_iso(NOW)}, said]


@pytest.mark.parametrize("event_id", [None, "day-1"])
def test_the_same_event_again_is_answered_alike_and_keeps_when_outcomes_were_known(
    event_id: str | None,
) -> None:
    place = Place()
    first = place.report(ONE, {**ONE, "prediction_id": 7.5}, event_id=event_id)
    place.now += timedelta(days=1)
    assert place.report(ONE, {**ONE, "prediction_id": 7.5}, event_id=event_id) == first
    assert [row["known_at"] for row in place.written()] == [to_iso(NOW)] * len(place.written())


@pytest.mark.parametrize(
    "other",
    [
        [{**ONE, "outcome": False}],
        [ONE, {**ONE, "prediction_id": "p2"}],
        [{**ONE, "known_at": "2026-02-01T00:00:00Z"}],
    ],
)
def test_another_event_under_the_same_name_is_refused(other: list[Any]) -> None:
    place = Place()
    place.report(ONE, event_id="day-1")
    with pytest.raises(InvalidRequest, match="wrote other rows before") as refused:
        place.report(*other, event_id="day-1")
    assert refused.value.code == "event_id_used"
    assert place.written() == [{**ONE, "known_at": to_iso(NOW)}]


@pytest.mark.parametrize(
    ("row", "field_", "why"),
    [
        ({"outcome": True}, "prediction_id", "is missing"),
        ({**ONE, "outcome": None}, "outcome", "is null"),
        ({**ONE, "outcome": "maybe"}, "outcome", "is not true or false"),
        ({**ONE, "known_at": "2027-01-01T00:00:00Z"}, "known_at", "is later than now"),
        ({**ONE, "known_at": None}, "known_at", "is null"),
        ({**ONE, "model": "m"}, "model", "is not a field of the dataset"),
        ("p1", "", "is not an object of fields"),
        ({**ONE, "prediction_id": ""}, "prediction_id", "is null"),
    ],
)
def test_a_bad_outcome_is_refused_with_its_reason_and_the_good_ones_beside_it_are_taken(
    row: Any, field_: str, why: str
) -> None:
    place = Place()
    reported = place.report(row, {**ONE, "prediction_id": "good"})
    assert reported.accepted == 1
    [refused] = reported.refused
    assert (refused.row, refused.field) == (0, field_)
    assert why in refused.message
    [record] = place.records.refusals("m_outcomes", 9)
    assert f"1 of 2 rows that were written in real time are bad; row 0: {field_} {why}" in record.reason


@pytest.mark.parametrize(
    ("outcomes", "event_id", "code"),
    [
        ([], None, "no_rows"),
        ([ONE] * 501, None, "too_many_rows"),
        ([ONE], "a/b", "invalid_event_id"),
        ([{**ONE, "outcome": 7}], None, "invalid_rows"),
    ],
)
def test_what_is_no_report_is_refused_whole(outcomes: list[Any], event_id: str | None, code: str) -> None:
    place = Place()
    with pytest.raises(InvalidRequest) as refused:
        place.report(*outcomes, event_id=event_id)
    assert (refused.value.code, place.written()) == (code, [])

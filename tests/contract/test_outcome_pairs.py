"""The contract of what joins predictions with outcomes, held by DuckDB against loops in Python."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any, Protocol

import duckdb
import msgspec
import pytest

from keepfit.adapters.duckdb import parquet_predictions
from keepfit.adapters.duckdb.outcome_pairs import DuckdbOutcomePairs
from keepfit.adapters.duckdb.parquet_predictions import ParquetPredictions
from keepfit.adapters.memory.features import MemoryDatasets, MemoryEvents, MemoryIntake, MemoryLake
from keepfit.adapters.memory.outcomes import MemoryOutcomePairs
from keepfit.adapters.memory.registry import MemoryArtifacts
from keepfit.definitions.compiled_model import CompiledOutcomes
from keepfit.errors import InvalidRequest
from keepfit.features.ingest.ingest import Ingest
from keepfit.features.schema.definition import DatasetDefinition, Field
from keepfit.instants import to_iso
from keepfit.monitoring.outcomes.counts import PredictionCounts, ToldOutcomes
from keepfit.monitoring.outcomes.labelled import labelled_columns
from keepfit.monitoring.outcomes.pairs import Answered, Joined, Question
from keepfit.monitoring.prediction_log.parse import Prediction
from keepfit.tasks.base import Value

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)  # a Monday
HOUR = timedelta(hours=1)


def _dataset(key: list[str], **fields: Field) -> DatasetDefinition:
    return DatasetDefinition(
        fields={**fields, "outcome": Field(type="bool"), "known_at": Field(type="timestamp")},
        event_time="known_at",
        known_at="known_at",
        key=key,
        anomalies="take",
    )


BY_ID = CompiledOutcomes(
    dataset="m_outcomes",
    definition=_dataset(["prediction_id"], prediction_id=Field(type="text")),
    field="outcome",
    join_on=["prediction_id"],
)
FLIGHTS = CompiledOutcomes(
    dataset="flights",
    definition=_dataset(
        [], flight=Field(type="int"), carrier=Field(type="category"), leaves=Field(type="timestamp")
    ),
    field="outcome",
    join_on=["flight", "carrier", "leaves"],
)


class Place(Protocol):
    """Where predictions and outcomes are."""

    def predict(self, batch: str, predictions: Sequence[Prediction]) -> None: ...

    def tell(self, rows: Sequence[Mapping[str, Any]]) -> None: ...

    def join(self, question: Question) -> Joined: ...

    def answered(self, question: Question, version: int, *, width: int, limit: int) -> Answered: ...


@dataclass(slots=True, kw_only=True)
class _Memory:
    pairs: MemoryOutcomePairs

    def predict(self, batch: str, predictions: Sequence[Prediction]) -> None:  # noqa: ARG002  one list
        self.pairs.predictions += predictions

    def tell(self, rows: Sequence[Mapping[str, Any]]) -> None:
        self.pairs.rows += rows

    def join(self, question: Question) -> Joined:
        return self.pairs.join(question)

    def answered(self, question: Question, version: int, *, width: int, limit: int) -> Answered:
        return self.pairs.answered(question, version, width=width, limit=limit)


@dataclass(slots=True, kw_only=True)
class _Duckdb:
    outcomes: CompiledOutcomes
    files: MemoryArtifacts = field(default_factory=MemoryArtifacts)
    lake: MemoryLake = field(default_factory=MemoryLake)
    records: MemoryDatasets = field(default_factory=MemoryDatasets)
    intake: MemoryIntake = field(default_factory=MemoryIntake)

    def predict(self, batch: str, predictions: Sequence[Prediction]) -> None:
        ParquetPredictions(files=self.files, model="m").add(batch, predictions)

    def tell(self, rows: Sequence[Mapping[str, Any]]) -> None:
        dataset = self.outcomes.dataset
        key = f"{dataset}/{len(self.intake.objects):03}.jsonl"
        self.intake.put(key, b"".join(msgspec.json.encode(row) + b"\n" for row in rows))
        ingest = Ingest(
            dataset=dataset,
            definition=self.outcomes.definition,
            intake=self.intake,
            lake=self.lake,
            records=self.records,
            events=MemoryEvents(),
        )
        assert ingest.take(key, None).outcome == "taken"

    def join(self, question: Question) -> Joined:
        return self._pairs.join(question)

    def answered(self, question: Question, version: int, *, width: int, limit: int) -> Answered:
        return self._pairs.answered(question, version, width=width, limit=limit)

    @property
    def _pairs(self) -> DuckdbOutcomePairs:
        return DuckdbOutcomePairs(
            outcomes=self.outcomes,
            predictions=ParquetPredictions(files=self.files, model="m"),
            lake=self.lake,
            records=self.records,
        )


Make = Callable[[CompiledOutcomes], Place]


def _memory(outcomes: CompiledOutcomes) -> Place:
    by_id = outcomes.join_on == ["prediction_id"]
    return _Memory(pairs=MemoryOutcomePairs(join_on=None if by_id else outcomes.join_on))


def _duckdb(outcomes: CompiledOutcomes) -> Place:
    return _Duckdb(outcomes=outcomes)


@pytest.fixture(params=[_memory, _duckdb], ids=["memory", "duckdb"])
def place(request: pytest.FixtureRequest) -> Make:
    make: Make = request.param
    return make


def _prediction(number: int, *, version: int = 1, after: float = 0, **inputs: Value) -> Prediction:
    return Prediction(
        prediction_id=f"p{number:03}",
        version=version,
        at=NOON,
        event_time=NOON + after * HOUR,
        inputs=inputs,
        outputs={"probability": number / 100},
        answer=[number / 100],
    )


def _told(number: int | str, outcome: bool, after: float) -> dict[str, Any]:
    name = number if isinstance(number, str) else f"p{number:03}"
    return {"prediction_id": name, "outcome": outcome, "known_at": NOON + after * HOUR}


def _question(first: float = 0, last: float = 9, **more: Any) -> Question:
    return Question(
        **{"start": NOON + first * HOUR, "end": NOON + last * HOUR, "as_of": NOON + 99 * HOUR, **more}
    )


def _seen(joined: Joined) -> list[tuple[int, Any, float, Any]]:
    """Every pair: version, period, first number of the answer, outcome."""
    return [
        (pairs.version, joined.counts[place].period, answer[0], outcome)
        for pairs in joined.pairs
        for answer, outcome, place in zip(
            pairs.answers.tolist(), pairs.outcomes.tolist(), pairs.periods.tolist(), strict=True
        )
    ]


def test_requests_that_a_version_answered_come_with_what_was_asked_and_what_came_true(place: Make) -> None:
    here = place(BY_ID)
    asked = {"far": 2.5, "stops": 3, "carrier": "UA", "late": True, "gate": None}
    here.predict("a", [_prediction(2, **asked), _prediction(1, **{**asked, "far": 7.0})])
    here.predict("b", [_prediction(1, **asked), _prediction(3, version=2, **asked), _prediction(4, **asked)])
    here.predict("c", [_prediction(5, after=99, **asked), _prediction(6, **asked, wind=1.5)])
    here.tell([_told(number, number % 2 == 1, after=3) for number in (1, 2, 3, 5, 6)])
    found = here.answered(_question(), 1, width=1, limit=10)
    assert found.answers.tolist() == [[0.01], [0.02], [0.06]]
    assert found.outcomes.tolist() == [True, False, False]
    far = [7.0, 2.5, 2.5]
    named = [{name: each[name] for name in asked} for each in found.instances]
    assert named == [{**asked, "far": each} for each in far]
    assert found.instances[-1]["wind"] == 1.5
    assert {*asked, "wind"} == found.columns
    assert here.answered(_question(), 1, width=1, limit=2).outcomes.tolist() == [True, False]
    for nothing in (
        here.answered(_question(), 9, width=1, limit=9),
        here.answered(_question(), 1, width=2, limit=9),
    ):
        assert (len(nothing.outcomes), nothing.answers.size, nothing.instances) == (0, 0, [])


def test_an_answer_meets_the_outcome_of_its_prediction(place: Make) -> None:
    here = place(BY_ID)
    here.predict("a", [_prediction(1), _prediction(2, version=2), _prediction(3)])
    here.tell([_told(2, outcome=True, after=1), _told(1, outcome=False, after=1)])
    joined = here.join(_question())
    assert _seen(joined) == [(1, None, 0.01, False), (2, None, 0.02, True)]
    assert joined.dataset_version == 1
    assert joined.told == ToldOutcomes(rows=2, matched=2)
    [first, second] = joined.counts
    assert first == PredictionCounts(
        version=1, period=None, predictions=2, outcomes=1, late=0, pending=1, overdue=0
    )
    assert second.pending == 0


def test_without_outcomes_every_prediction_waits_and_without_predictions_every_outcome_is_unknown(
    place: Make,
) -> None:
    here = place(BY_ID)
    here.predict("a", [_prediction(1)])
    joined = here.join(_question())
    assert (joined.told, joined.pairs, joined.dataset_version) == (ToldOutcomes(), [], None)
    assert joined.counts[0].pending == 1
    there = place(BY_ID)
    there.tell([_told(1, outcome=True, after=1)])
    assert there.join(_question()).told == ToldOutcomes(rows=1, unknown=1, unknown_ids=["p001"])
    assert there.join(_question()).counts == []


def test_the_outcome_known_last_counts_and_the_others_are_told_as_corrected_or_repeated(place: Make) -> None:
    here = place(BY_ID)
    here.predict("a", [_prediction(1)])
    here.tell([_told(1, outcome=True, after=3), _told(1, outcome=False, after=1)])
    here.tell([_told(1, outcome=False, after=2)])
    assert _seen(here.join(_question())) == [(1, None, 0.01, True)]
    assert here.join(_question()).told == ToldOutcomes(rows=3, matched=1, duplicates=1, corrected=1)


def test_of_outcomes_known_at_the_same_time_the_one_uploaded_last_counts(place: Make) -> None:
    here = place(BY_ID)
    here.predict("a", [_prediction(1)])
    here.tell([_told(1, outcome=True, after=1)])
    here.tell([_told(1, outcome=False, after=1), _told(9, outcome=False, after=1)])
    assert _seen(here.join(_question())) == [(1, None, 0.01, False)]


def test_as_of_a_moment_later_corrections_do_not_count(place: Make) -> None:
    here = place(BY_ID)
    here.predict("a", [_prediction(1)])
    here.tell([_told(1, outcome=True, after=1), _told(1, outcome=False, after=5)])
    then = here.join(_question(as_of=NOON + 4 * HOUR))
    assert (_seen(then), then.told) == ([(1, None, 0.01, True)], ToldOutcomes(rows=1, matched=1))
    assert here.join(_question(as_of=NOON)).counts[0].pending == 1


def test_outcomes_of_predictions_of_another_time_are_not_unknown(place: Make) -> None:
    here = place(BY_ID)
    here.predict("a", [_prediction(1), _prediction(2, after=20)])
    here.predict("b", [_prediction(3, after=30)])
    here.tell([_told(number, outcome=True, after=40) for number in (1, 2, 3, "foreign", "guessed")])
    assert here.join(_question()).told == ToldOutcomes(
        rows=5, matched=1, elsewhere=2, unknown=2, unknown_ids=["foreign", "guessed"]
    )


def test_whoever_does_not_look_everywhere_finds_more_outcomes_unknown(place: Make) -> None:
    here = place(BY_ID)
    here.predict("a", [_prediction(1), _prediction(2, after=20)])
    here.predict("b", [_prediction(3, after=30)])
    here.tell([_told(number, outcome=True, after=40) for number in (1, 2, 3)])
    told = here.join(_question(everywhere=False)).told
    assert (told.matched, told.elsewhere, told.unknown) == (1, 0, 2)


def test_what_is_unknown_becomes_known_when_its_prediction_is_collected(place: Make) -> None:
    here = place(BY_ID)
    here.tell([_told(1, outcome=True, after=1)])
    assert here.join(_question()).told.unknown == 1
    here.predict("a", [_prediction(1)])
    assert here.join(_question()).told == ToldOutcomes(rows=1, matched=1)


def test_outcomes_are_late_and_predictions_overdue_by_their_event_time(place: Make) -> None:
    here = place(BY_ID)
    here.predict("a", [_prediction(number, after=number) for number in range(4)])
    here.tell([_told(0, outcome=True, after=2), _told(1, outcome=True, after=3.5)])
    [counts] = here.join(_question(expected_within=2 * HOUR, as_of=NOON + 4.5 * HOUR)).counts
    assert counts == PredictionCounts(
        version=1, period=None, predictions=4, outcomes=2, late=1, pending=1, overdue=1
    )


def test_a_prediction_that_was_delivered_twice_counts_once(place: Make) -> None:
    here = place(BY_ID)
    here.predict("a", [_prediction(1), _prediction(2)])
    here.predict("b", [_prediction(2), _prediction(3)])
    here.tell([_told(2, outcome=True, after=1)])
    joined = here.join(_question())
    assert joined.counts[0].predictions == 3
    assert len(_seen(joined)) == 1


def test_periods_are_hours_days_and_weeks_of_utc(place: Make) -> None:
    here = place(BY_ID)
    here.predict("a", [_prediction(number, after=13.5 * number) for number in range(3)])
    here.predict("b", [_prediction(4, after=-13), _prediction(5, after=24 * 6)])
    hours = [each.period for each in here.join(_question(-99, 199, by="hour")).counts]
    assert hours[:2] == [NOON - 13 * HOUR, NOON]
    days = [(each.period, each.predictions) for each in here.join(_question(-99, 199, by="day")).counts]
    midnight = NOON - 12 * HOUR
    assert days == [
        (midnight - 24 * HOUR, 1),
        (midnight, 1),
        (midnight + 24 * HOUR, 2),
        (midnight + 6 * 24 * HOUR, 1),
    ]
    weeks = [(each.period, each.predictions) for each in here.join(_question(-99, 199, by="week")).counts]
    assert weeks == [(midnight - 7 * 24 * HOUR, 1), (midnight, 4)]


def test_answers_of_several_numbers_stay_whole_and_beside_their_outcome(place: Make) -> None:
    here = place(BY_ID)
    answers = {number: [number / 10, 0.5, 1 - number / 10] for number in range(9)}
    here.predict(
        "a", [msgspec.structs.replace(_prediction(n), answer=answers[n]) for n in (3, 7, 1, 8, 0, 2)]
    )
    here.predict("b", [msgspec.structs.replace(_prediction(4, version=2), answer=answers[4])])
    here.tell([_told(number, outcome=number % 2 == 0, after=1) for number in (8, 4, 1, 0, 7)])
    [first, second] = here.join(_question()).pairs
    assert first.answers.tolist() == [answers[n] for n in (0, 1, 7, 8)]
    assert first.outcomes.tolist() == [True, False, False, True]
    assert second.answers.tolist() == [answers[4]]


def test_answers_that_were_not_kept_are_told(place: Make) -> None:
    here = place(BY_ID)
    here.predict("a", [msgspec.structs.replace(_prediction(1), answer=[]), _prediction(2)])
    here.tell([_told(1, outcome=True, after=1), _told(2, outcome=True, after=1)])
    joined = here.join(_question())
    assert (joined.counts[0].outcomes, joined.counts[0].unanswered) == (2, 1)
    assert [seen[2] for seen in _seen(joined)] == [0.02]


def test_outcomes_may_be_joined_by_fields_of_requests_however_those_are_spelled(place: Make) -> None:
    here = place(FLIGHTS)
    leaves = NOON + HOUR
    here.predict("a", [_prediction(1, flight=7, carrier="UA", leaves=to_iso(leaves))])
    here.predict(
        "b",
        [
            _prediction(2, flight=7, carrier="AA", leaves=to_iso(leaves)),
            _prediction(3, flight=7, carrier="UA", leaves=to_iso(leaves)),
            _prediction(4, flight=None, carrier="UA", leaves=to_iso(leaves)),
        ],
    )
    row = {"flight": 7, "carrier": "UA", "leaves": leaves}
    here.tell([{**row, "outcome": True, "known_at": NOON}])
    here.tell(
        [
            {**row, "outcome": False, "known_at": leaves},
            {**row, "flight": 8, "outcome": True, "known_at": NOON},
        ]
    )
    if isinstance(here, _Memory):  # it compares values as they are
        for prediction in here.pairs.predictions:
            prediction.inputs["leaves"] = leaves  # type: ignore[assignment]
    joined = here.join(_question())
    assert _seen(joined) == [(1, None, 0.01, False), (1, None, 0.03, False)]
    assert joined.told == ToldOutcomes(rows=3, matched=1, unasked=1, corrected=1)
    assert joined.counts[0].pending == 2


@pytest.mark.parametrize("seed", range(6))
def test_any_sequence_of_outcomes_and_predictions_gives_what_loops_give(
    seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parquet_predictions, "_MAX_COPIES", 1)
    monkeypatch.setattr(parquet_predictions, "_MAX_COPIED_BYTES", 1)
    random = Random(seed)
    places = [_memory(BY_ID), _duckdb(BY_ID)]
    events = {number: (random.randrange(3), random.uniform(-30, 60)) for number in range(60)}
    for batch in range(3):
        some = random.sample(sorted(events), 30)
        predictions = [_prediction(n, version=events[n][0], after=events[n][1]) for n in some]
        for each in places:
            each.predict(f"b{batch}", predictions)
    for _ in range(2):
        rows = [
            _told(random.randrange(80), outcome=random.random() < 0.5, after=random.randrange(0, 50))
            for _ in range(60)
        ]
        for each in places:
            each.tell(rows)
    by = random.choice([None, "hour", "day", "week"])
    question = _question(
        0,
        40,
        by=by,
        as_of=NOON + random.randrange(60) * HOUR,
        expected_within=random.choice([None, 5 * HOUR]),
    )
    [expected, found] = [each.join(question) for each in places]
    assert (found.told, found.counts) == (expected.told, expected.counts)
    assert _seen(found) == _seen(expected)


def test_which_ids_are_kept_predictions_of_a_time_is_known() -> None:
    files = MemoryArtifacts()
    kept = ParquetPredictions(files=files, model="m")
    kept.add("a", [_prediction(1), _prediction(2, after=20)])
    kept.add("b", [_prediction(3)])
    memory = MemoryOutcomePairs(predictions=[_prediction(1), _prediction(2, after=20), _prediction(3)])
    for index in (kept, memory):
        assert index.held(["p001", "p002", "p004"], NOON, NOON + HOUR) == {"p001"}
        assert index.held([], NOON, NOON + HOUR) == set()


TRIPS = DatasetDefinition(
    fields={
        "at": Field(type="timestamp"),
        "ended": Field(type="timestamp"),
        "carrier": Field(type="category", column="Carrier Code"),
        "distance": Field(type="float", decimal=","),
        "stops": Field(type="int", nullable=True),
        "late": Field(type="bool", column="Late?"),
        "remark": Field(type="text", nullable=True),
    },
    event_time="at",
    known_at="ended",
)


def test_requests_with_their_outcomes_are_rows_that_the_model_can_learn_from(tmp_path: Path) -> None:
    here = _Duckdb(outcomes=BY_ID)
    here.predict(
        "a", [_prediction(1, carrier="UA", distance=1.5, stops=2), _prediction(2, carrier="AA", distance=7)]
    )
    here.predict(
        "b", [_prediction(1, carrier="UA", distance=1.5, stops=2), _prediction(3, after=20, carrier="UA")]
    )
    here.predict("c", [_prediction(4, carrier=7, distance="2,5", stops=None)])
    here.tell([_told(number, outcome=number == 4, after=number) for number in (1, 3, 4)])
    here.tell([_told(1, outcome=True, after=5)])
    columns = labelled_columns("trips", TRIPS, ["carrier", "distance", "stops"], "late")
    written = tmp_path / "trips.parquet"
    pairs = DuckdbOutcomePairs(
        outcomes=BY_ID,
        predictions=ParquetPredictions(files=here.files, model="m"),
        lake=here.lake,
        records=here.records,
    )
    assert pairs.write_rows(_question(), columns, written) == 2
    here.intake.put("trips/labelled.parquet", written.read_bytes())
    ingest = Ingest(
        dataset="trips",
        definition=TRIPS,
        intake=here.intake,
        lake=here.lake,
        records=here.records,
        events=MemoryEvents(),
    )
    taken = ingest.take("trips/labelled.parquet", None)
    assert (taken.outcome, taken.rows, taken.bad_rows) == ("taken", 2, 0), taken.reason
    here.lake.get_part(here.lake.manifest("trips", 1).parts[0], tmp_path / "part.parquet")
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        columns_read = 'carrier, distance, stops, late, epoch("at"), epoch(ended)'
        found = connection.execute(
            f"SELECT {columns_read} FROM '{tmp_path / 'part.parquet'}' ORDER BY carrier"
        ).fetchall()
    at = NOON.timestamp()
    assert found == [("7", 2.5, None, True, at, at + 4 * 3600), ("UA", 1.5, 2, True, at, at + 5 * 3600)]


def test_an_event_time_that_requests_hold_is_theirs() -> None:
    columns = labelled_columns("trips", TRIPS, ["at", "carrier", "distance"], "late")
    assert (columns.event_time, columns.known_at, columns.label) == (None, "ended", "Late?")
    assert columns.headers == {"at": "at", "carrier": "Carrier Code", "distance": "distance"}


def test_rows_that_need_more_than_a_request_holds_are_refused() -> None:
    with pytest.raises(
        InvalidRequest, match=r"rows of \[dataset.trips\] need distance, which requests do not"
    ):
        labelled_columns("trips", TRIPS, ["carrier"], "late")
    nested = msgspec.structs.replace(
        TRIPS, fields={**TRIPS.fields, "carrier": Field(type="category", path="$.a.b")}
    )
    with pytest.raises(InvalidRequest, match=r"carrier of .* stand inside of nested columns"):
        labelled_columns("trips", nested, ["carrier", "distance"], "late")

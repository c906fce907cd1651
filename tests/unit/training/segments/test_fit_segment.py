"""The trial of a segment: its own rows alone, whatever is predicted, and nothing of the label by the back door."""

from __future__ import annotations

import numpy as np
import pytest

from keepfit.errors import EmptyWindow
from keepfit.evaluation.tasks.registry import rehearsed
from keepfit.features.schema.signature import Column, Signature
from keepfit.serving.inference.onnx_session import Session
from keepfit.training.definition import CandidateDefinition
from keepfit.training.gates_definition import GatesDefinition
from keepfit.training.segments.fit_segment import try_segment
from keepfit.training.segments.segment_data import SegmentedTable
from keepfit.training.segments.segment_folds import SegmentRows, constant_numbers
from keepfit.training.segments.segment_result import SegmentTrial, from_bytes, to_bytes
from keepfit.training.trials.validation import Table
from tests.unit.training.support.tables import task_of

LINEAR = {
    "binary": "logistic_regression",
    "multiclass": "logistic_regression",
    "regression": "ridge",
}


def table(kind: str, segments: int, rows: int) -> SegmentedTable:
    """Rows whose label follows x upwards in even segments, downwards in odd ones; two folds validate."""
    random, count = np.random.default_rng(0), segments * rows
    place = np.tile(np.arange(segments), rows)
    x = random.normal(0, 1, count)
    _, labels = rehearsed(kind, x * np.where(place % 2, -1, 1) + random.normal(0, 0.4, count))
    names = np.array([f"s{number}" for number in place], dtype=object)
    columns = {"store": names, "x": x}
    known = [f"s{number}" for number in range(segments)]
    signature = Signature(
        model="m",
        label="l",
        event_time=None,
        columns=[
            Column(name="store", source="input", type="category", vocabulary=known),
            Column(name="x", source="input", type="float"),
        ],
        task=task_of(kind).spec,
    )
    fold = random.integers(0, 3, count)
    stored = Table(columns=columns, labels=labels, fold=fold, from_fold=np.ones(count, np.int64))
    return SegmentedTable.encoded(
        "store", signature, stored, stored.where(fold > 0), columns, task=task_of(kind), seed=0
    )


def tried(made: SegmentedTable, kind: str, value: str, **candidates: str) -> SegmentTrial:
    named = {name: CandidateDefinition(algorithm=algorithm) for name, algorithm in candidates.items()}
    return try_segment(made.segment(value), named, task=task_of(kind), gates=GatesDefinition(), seed=0)


@pytest.mark.parametrize("kind", LINEAR)
def test_a_segment_learns_what_holds_in_it_alone_whatever_is_predicted(kind: str) -> None:
    made = table(kind, segments=4, rows=150)
    trial = tried(made, kind, "s1", own=LINEAR[kind], constant="dummy")
    assert (trial.fault, trial.chosen, trial.rows) == (None, "own", 150)
    assert set(trial.answers) == {"own", "constant"}
    # The outputs are of the segment's own rows, in the order of all that validate.
    assert len(trial.asked) == len(trial.answers["own"]) > 80
    assert np.ptp(trial.asked) > 150
    [output] = task_of(kind).serving.onnx_outputs
    rows = made.segment("s1").holdout
    exported = task_of(kind).serving.read(Session(trial.model, [output]).run(rows))
    assert np.allclose(exported, trial.scores, atol=1e-5)
    if kind != "multiclass":
        assert np.corrcoef(rows[:, -1], exported)[0, 1] < -0.9
    again = from_bytes(to_bytes(trial))
    assert (again.value, again.model) == (trial.value, trial.model)
    assert np.array_equal(again.answers["own"], trial.answers["own"])


def test_a_segments_rows_do_not_carry_means_of_its_label_made_without_them() -> None:
    made = table("binary", segments=260, rows=20)
    places = constant_numbers(made.signature, "store")
    assert len(places) == 2
    rows = made.train_rows.rows_of("s7")
    # As all other models see them, the means of a category differ by what was left out.
    assert len(np.unique(made.features[rows][:, places], axis=0)) > 1
    segment = made.segment("s7")
    assert len(np.unique(segment.features[:, places], axis=0)) == 1
    assert np.array_equal(segment.features[0, places], segment.holdout[0, places])
    assert segment.folds is not None
    for fold in segment.folds.folds.folds:
        both = np.concatenate([fold.features[:, places], fold.asked.features[:, places]])
        assert len(np.unique(both, axis=0)) == 1


@pytest.mark.parametrize(
    ("value", "labels", "says"),
    [
        ("s0", True, "150 labelled rows, 150 of them true, so there is nothing to learn"),
        ("s1", None, "rows of it validate, and 20 are needed"),
    ],
)
def test_a_segment_of_which_nothing_can_be_learned_says_why(
    value: str, labels: bool | None, says: str
) -> None:
    made = table("binary", segments=2, rows=150)
    if labels is not None:
        made.train.labels[made.train_rows.rows_of(value)] = labels
    else:
        few = {name: places[:10] for name, places in made.validation_rows.places.items()}
        made = SegmentedTable(
            **{
                **{name: getattr(made, name) for name in SegmentedTable.__slots__},
                "validation_rows": SegmentRows(places=few),
            }
        )
    trial = tried(made, "binary", value, own="logistic_regression")
    assert says in (trial.fault or "")
    assert trial.chosen is None


def test_a_class_that_a_segment_never_had_leaves_it_to_the_fallback() -> None:
    made = table("multiclass", segments=2, rows=150)
    rows = made.train_rows.rows_of("s0")
    made.train.labels[rows] = np.minimum(made.train.labels[rows], made.train.labels.max() - 1)
    assert "no row of it that trains has the class" in (
        tried(made, "multiclass", "s0", own="logistic_regression").fault or ""
    )


def test_one_candidate_that_fails_leaves_the_segment_to_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    made = table("binary", segments=2, rows=150)
    named = {
        "broken": CandidateDefinition(algorithm="logistic_regression", parameters={"C": -1.0}),
        "own": CandidateDefinition(algorithm="logistic_regression"),
    }
    data = made.segment("s0")
    trial = try_segment(data, named, task=task_of("binary"), gates=GatesDefinition(), seed=0)
    assert (trial.chosen, set(trial.answers)) == ("own", {"own"})

    def nothing(*_: object, **__: object) -> None:
        raise EmptyWindow("nothing here")

    monkeypatch.setattr("keepfit.training.trials.validation.fit_problem", nothing)
    trial = try_segment(data, named, task=task_of("binary"), gates=GatesDefinition(), seed=0)
    assert trial.fault == "broken: nothing here; own: nothing here"

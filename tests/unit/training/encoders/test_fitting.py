"""Encoders are fitted on training rows, and a row's own label never reaches its own numbers."""

from __future__ import annotations

import numpy as np
import pytest

from keepfit.features.encoding.matrix import Encoder
from keepfit.features.schema.signature import Column, Signature, from_json, to_json
from keepfit.training.encoders.fitting import MANY_VALUES, FittedEncoders, Targets, fit_encoders

ROWS = 1200


def columns() -> dict[str, list[str | None]]:
    chance = np.random.default_rng(0)
    words = np.array(["broken", "late", "fine", "slow", "good", "blue"])
    return {
        "note": [None if row % 40 == 0 else " ".join(chance.choice(words, 5)) for row in range(ROWS)],
        "town": [f"t{town}" for town in chance.integers(0, MANY_VALUES * 2, ROWS)],
    }


def signature() -> Signature:
    return Signature(
        model="m",
        label="bad",
        event_time=None,
        columns=[
            Column(name="note", source="input", type="text", nullable=True),
            Column(name="town", source="input", type="category", vocabulary=[]),
        ],
    )


def fitted(values: np.ndarray, *, classes: bool) -> FittedEncoders:
    return fit_encoders(signature(), columns(), Targets(values=values, classes=classes, seed=0))


@pytest.mark.parametrize(("width", "classes"), [(1, True), (3, True), (1, False)])
def test_no_row_is_encoded_by_its_own_label(width: int, classes: bool) -> None:
    labels = np.random.default_rng(1).integers(0, 2, (ROWS, width)).astype(np.float64)
    before = fitted(labels, classes=classes).encode_training_rows(columns())
    for row in (0, 7, 640):
        other = labels.copy()
        other[row] = 1 - other[row]
        after = fitted(other, classes=classes).encode_training_rows(columns())
        np.testing.assert_array_equal(after[row], before[row])
        assert (after != before)[~np.isnan(before)].any()


def test_rows_that_were_not_trained_on_are_encoded_as_the_signature_says() -> None:
    labels = np.array([[float("broken" in (note or ""))] for note in columns()["note"]])
    encoders = fitted(labels, classes=True)
    again = from_json(to_json(encoders.signature))
    unseen = {"note": ["broken", "Brokenly!", "", None], "town": ["t1", "nowhere", None, "t1"]}
    rows = Encoder(again).encode(unseen)
    assert rows.shape == (4, 4)
    assert rows[0, 0] > 0
    assert np.isnan(rows[3, :2]).all()
    assert rows[1, 3] == np.float32(labels.mean())


def test_texts_of_which_no_word_comes_twice_have_no_score() -> None:
    told = {"note": ["unique"], "town": ["t"]}
    encoders = fit_encoders(signature(), told, Targets(values=np.ones((1, 1)), classes=True, seed=0))
    assert encoders.encode_training_rows(told).tolist() == [[0.0, 1.0, 1.0]]

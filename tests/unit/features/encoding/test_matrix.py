"""Training and serving turn the same values into the same float32 row."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, cast

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from keepfit.errors import InvalidModel
from keepfit.features.encoding.codes import codes_of
from keepfit.features.encoding.matrix import Encoder, Values
from keepfit.features.encoding.vocabulary import RARE_BELOW, Rank, fit_vocabulary
from keepfit.features.expressions.parse import compile_expression
from keepfit.features.schema import signature as signatures
from keepfit.features.schema.signature import Column, Signature

HOUR, _ = compile_expression("extract(hour from at)", {"at": "timestamp"})
SIGNATURE = Signature(
    model="flight_delay",
    label="late",
    event_time="at",
    columns=[
        Column(name="carrier", source="input", type="category", nullable=True, vocabulary=["UA", "AA"]),
        Column(name="at", source="input", type="timestamp", nullable=True),
        Column(name="distance", source="input", type="float", nullable=True),
        Column(name="seats", source="input", type="int", nullable=True),
        Column(name="wet", source="feature", type="bool", nullable=True),
        Column(name="hour", source="derived", type="float", expression=HOUR),
    ],
)
NOON = datetime(2013, 1, 1, 12, tzinfo=UTC)

instances = st.fixed_dictionaries(
    {
        "carrier": st.sampled_from(["UA", "AA", "ZZ", "", None]),
        "at": st.sampled_from([NOON, None]),
        "distance": st.one_of(st.none(), st.integers(-9, 9), st.floats(-3e38, 3e38)),
        "seats": st.one_of(st.none(), st.integers(-(2**63) + 1, 2**63 - 1)),
        "wet": st.sampled_from([True, False, None]),
    }
)


def columns_of(rows: list[dict[str, Any]]) -> dict[str, list[Any]]:
    return {name: [row[name] for row in rows] for name in ("carrier", "at", "distance", "seats", "wet")}


def test_a_row_holds_codes_numbers_and_nan_for_what_is_missing() -> None:
    row = {"carrier": "AA", "at": NOON, "distance": None, "seats": 180, "wet": True}
    encoded = Encoder(SIGNATURE).encode(columns_of([row]))
    assert encoded.dtype == np.float32
    assert encoded.shape == (1, 5)
    assert encoded.flags.c_contiguous
    np.testing.assert_array_equal(encoded, [[3, np.nan, 180, 1, 12]])


def test_missing_categories_and_unseen_ones_have_codes_of_their_own() -> None:
    rows = [
        {"carrier": c, "at": None, "distance": 0, "seats": 0, "wet": False}
        for c in (None, "ZZ", "", "UA", "AA")
    ]
    assert Encoder(SIGNATURE).encode(columns_of(rows))[:, 0].tolist() == [0, 1, 0, 2, 3]


@given(rows=st.lists(instances, min_size=1, max_size=60))
def test_one_row_and_many_rows_lists_and_arrays_encode_to_the_same_bits(rows: list[dict[str, Any]]) -> None:
    encoder, columns = Encoder(SIGNATURE), columns_of(rows)
    together = encoder.encode(columns)
    alone = np.concatenate(
        [encoder.encode({name: [value[i]] for name, value in columns.items()}) for i in range(len(rows))]
    )
    masked: dict[str, Values] = {name: as_masked_array(values) for name, values in columns.items()}
    masked["hour"] = np.array([12.0 if at else np.nan for at in columns["at"]])
    frame = pd.DataFrame({name: pd.Series(values, dtype=object) for name, values in columns.items()})
    frame["carrier"] = frame["carrier"].astype("str")
    frame["hour"] = masked["hour"]
    assert together.tobytes() == alone.tobytes()
    assert together.tobytes() == encoder.encode(masked).tobytes()
    assert (
        together.tobytes()
        == encoder.encode(cast("dict[str, Any]", {name: frame[name] for name in frame})).tobytes()
    )


def as_masked_array(values: list[Any]) -> np.ma.MaskedArray[Any, Any]:
    """A column as DuckDB hands it to numpy."""
    kind = next((type(value) for value in values if value is not None), str)
    if any(isinstance(value, float) for value in values):
        kind = float
    filled = [kind(0) if value is None and kind is not datetime else value for value in values]
    dtype = object if kind in (str, datetime) else {bool: np.bool_, int: np.int64, float: np.float64}[kind]
    return np.ma.MaskedArray(np.array(filled, dtype=dtype), mask=[value is None for value in values])


def _by_rate(labels: list[bool]) -> Rank:
    known = np.array(labels)
    return lambda codes, categories: np.array([known[codes == code].mean() for code in range(categories)])


def test_a_vocabulary_goes_by_the_training_label_rate_and_ties_by_name() -> None:
    values = ["late"] * 30 + ["even b"] * 20 + ["even a"] * 20 + ["never"] * 40 + [None] * 50
    labels = [True] * 30 + [True, False] * 10 + [True, False] * 10 + [False] * 40 + [True] * 50
    assert fit_vocabulary(values, _by_rate(labels)) == ["never", "even a", "even b", "late"]


def test_rare_categories_fall_to_other() -> None:
    values = ["a"] * RARE_BELOW + ["b"] * (RARE_BELOW - 1)
    assert fit_vocabulary(values, _by_rate([True] * len(values))) == ["a"]


def test_a_column_without_a_common_category_has_no_vocabulary() -> None:
    assert fit_vocabulary(["a", None], _by_rate([True, False])) == []


def test_a_signature_survives_its_json_byte_for_byte() -> None:
    data = signatures.to_json(SIGNATURE)
    again = signatures.from_json(data)
    assert again == SIGNATURE
    assert signatures.to_json(again) == data
    assert [column.name for column in again.instance_columns] == ["carrier", "at", "distance", "seats", "wet"]
    assert [column.name for column in again.model_columns] == ["carrier", "distance", "seats", "wet", "hour"]


def test_bytes_that_are_no_signature_are_no_model() -> None:
    with pytest.raises(InvalidModel, match=r"signature\.json cannot be read"):
        signatures.from_json(b'{"model": 1}')


def test_a_category_has_one_code_however_its_whole_number_is_written() -> None:
    for known in ("7", "7.0"):
        codes = codes_of(Column(name="gate", source="input", type="category", vocabulary=[known]))
        assert codes is not None
        assert [codes[value] for value in ("7", "7.0", "7.00", "7.5", "8.0", "", None)] == [
            2,
            2,
            2,
            1,
            1,
            0,
            0,
        ]

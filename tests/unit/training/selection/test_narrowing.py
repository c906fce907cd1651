"""What a narrowed signature asks of clients, and that clients of the champion stay answerable."""

from __future__ import annotations

import pytest

from keepfit.errors import InvalidRequest
from keepfit.features.encoding.matrix import Encoder
from keepfit.features.schema.signature import Column, Signature
from keepfit.serving.inference.encode_rows import compile_rows
from keepfit.serving.inference.instances import InstanceDecoder
from keepfit.training.selection.narrowing import narrowed, optional_inputs, unread_inputs
from keepfit.training.selection.selection import ColumnSelection, FeatureSelection

WHOLE = Signature(
    model="m",
    label="late",
    event_time=None,
    columns=[
        Column(name="distance", source="input", type="float"),
        Column(name="speed", source="input", type="float"),
        Column(name="carrier", source="input", type="category", vocabulary=["AA", "UA"]),
        Column(
            name="hours",
            source="derived",
            type="float",
            nullable=True,
            expression=["/", ["column", "distance"], ["column", "speed"]],
        ),
    ],
)


def keep(*names: str, optional: tuple[str, ...] = ()) -> Signature:
    columns = [
        ColumnSelection(column=column.name, kept=column.name in names, verdict="no help", reason="")
        for column in WHOLE.model_columns
    ]
    return narrowed(WHOLE, FeatureSelection(method="shadow", columns=columns, optional=list(optional)))


def test_the_model_reads_the_selected_columns_alone() -> None:
    assert [column.name for column in keep("carrier").model_columns] == ["carrier"]
    assert [column.name for column in keep("hours", "carrier").model_columns] == ["carrier", "hours"]


def test_what_a_selected_column_is_derived_from_must_be_sent() -> None:
    assert optional_inputs(keep("hours")) == {"carrier"}
    assert unread_inputs(keep("hours")) == {"carrier"}
    assert optional_inputs(keep("carrier")) == {"distance", "speed"}


def test_a_client_may_leave_out_what_is_not_read_or_go_on_sending_it() -> None:
    signature = keep("distance")
    decode, rows = InstanceDecoder(signature).decode, compile_rows(signature)
    short = decode(b'{"instances": [{"distance": 2}]}')
    long = decode(b'{"instances": [{"distance": 2, "speed": 9, "carrier": "UA"}]}')
    loose = decode(b'{"instances": [{"distance": 2.0, "carrier": 7.0}]}')
    assert rows(short).tolist() == rows(long).tolist() == rows(loose).tolist() == [[2.0]]
    assert Encoder(signature).encode({"distance": [2.0]}).tolist() == [[2.0]]


@pytest.mark.parametrize(
    "body", [b'{"instances": [{"speed": 9}]}', b'{"instances": [{"distance": 2, "sped": 9}]}']
)
def test_what_is_read_must_be_there_and_other_names_stay_unknown(body: bytes) -> None:
    with pytest.raises(InvalidRequest):
        InstanceDecoder(keep("distance")).decode(body)


def test_what_the_champion_lets_clients_leave_out_stays_optional_when_it_is_read_again() -> None:
    signature = keep("distance", "speed", optional=("speed",))
    decode, rows = InstanceDecoder(signature).decode, compile_rows(signature)
    [[distance, speed]] = rows(decode(b'{"instances": [{"distance": 2}]}')).tolist()
    assert distance == 2
    assert speed != speed  # NaN  # noqa: PLR0124
    assert unread_inputs(signature) == {"carrier"}


def test_narrowing_twice_is_narrowing_once() -> None:
    columns = [
        ColumnSelection(column=name, kept=name == "hours", verdict="helps", reason="")
        for name in ("distance", "speed", "carrier", "hours")
    ]
    selection = FeatureSelection(method="shadow", columns=columns)
    assert narrowed(narrowed(WHOLE, selection), selection) == narrowed(WHOLE, selection)

"""`segment_by` names an input of type category; each mistake is one sentence."""

from __future__ import annotations

from pathlib import Path

import pytest

from keepfit.definitions import compiling
from keepfit.definitions.mistakes import InvalidDefinitions
from keepfit.training.segments_definition import SegmentsDefinition

_TOML = """
[dataset.sales]
event_time = "at"
[dataset.sales.fields]
at    = {{ type = "timestamp" }}
store = {{ type = "category" }}
city  = {{ type = "category" }}
price = {{ type = "float" }}
sold  = {{ type = "bool", nullable = true }}
[model.sale]
dataset = "sales"
label   = "sold"
inputs  = ["store", "price"]
{more}
"""


def compiled(folder: Path, more: str) -> compiling.Compiled:
    (folder / "sale.toml").write_text(_TOML.format(more=more))
    return compiling.compile_all(folder)


def test_an_input_of_type_category_parts_the_rows(tmp_path: Path) -> None:
    more = 'segment_by = "store"\nsegments = { minimum_rows = 300, candidates = ["logistic"], tasks = 8 }'
    definition = compiled(tmp_path, more).models["sale"].definition
    assert definition.segment_by == "store"
    assert definition.segments == SegmentsDefinition(minimum_rows=300, candidates=["logistic"], tasks=8)


@pytest.mark.parametrize(
    ("more", "says"),
    [
        (
            'segment_by = "city"',
            "[model.sale] segment_by: 'city' is not among the inputs, and a request must say its",
        ),
        ('segment_by = "stor"', "did you mean 'store'"),
        (
            'segment_by = "price"',
            "[model.sale] segment_by: 'price' is of type float, and segments are values of a",
        ),
        ("segments = { minimum_rows = 300 }", "[model.sale.segments] is for a model with segment_by"),
        (
            'segment_by = "store"\nsegments = { candidates = ["forest"] }',
            "'forest' is none of the model's candidates",
        ),
        ('segment_by = "store"\nsegments = { candidates = [] }', "name at least one, and each only once"),
        ('segment_by = "store"\nsegments = { minimum_rows = 3 }', "minimum_rows"),
        (
            'segment_by = "store"\ntraining.candidates = { segmented = { algorithm = "dummy" } }',
            "'segmented' is the model with one for each segment, rename it",
        ),
    ],
)
def test_what_cannot_part_rows_is_refused_with_the_place_and_the_reason(
    tmp_path: Path, more: str, says: str
) -> None:
    with pytest.raises(InvalidDefinitions) as refused:
        compiled(tmp_path, more)
    [mistake] = refused.value.mistakes
    assert says in mistake.message
    assert mistake.line is not None

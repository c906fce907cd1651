"""The days between instants of a row."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from keepfit.definitions import compiling
from keepfit.definitions.compiled_model import CompiledModel
from keepfit.features.expressions.python_row import compile_tree

_ORDERS = """
[dataset.orders]
event_time = "shipped at"
[dataset.orders.fields]
"shipped at" = {{ type = "timestamp" }}
ordered = {{ type = "timestamp", nullable = true }}
customer = {{ type = "category" }}
returned = {{ type = "bool", nullable = true }}
[dataset.visits]
event_time = "visited"
[dataset.visits.fields]
visited = {{ type = "timestamp" }}
customer = {{ type = "category" }}
[feature_view.last_visit]
dataset = "visits"
entity = ["customer"]
latest = ["visited"]
ttl = "300d"
[model.returns]
dataset = "orders"
label = "returned"
inputs = {inputs}
features = ["last_visit:visited"]
derive = {derive}
"""


def compiled(folder: Path, inputs: str, derive: str = "{}") -> CompiledModel:
    (folder / "orders.toml").write_text(_ORDERS.format(inputs=inputs, derive=derive))
    return compiling.compile_model(compiling.load(folder), "returns")


def test_a_row_says_how_long_ago_its_other_instants_and_the_entitys_previous_event_were(
    tmp_path: Path,
) -> None:
    derived = compiled(tmp_path, '["ordered", "shipped at", "customer"]').derived
    assert [*derived] == ["shipped at - ordered", "shipped at - visited"]
    row = {
        "shipped at": [datetime(2026, 3, 3, 12, tzinfo=UTC)] * 2,
        "ordered": [datetime(2026, 3, 1, tzinfo=UTC), None],
        "visited": [None, datetime(2026, 3, 4, tzinfo=UTC)],
    }
    days = [compile_tree(each.expression, each.type)(row, 2) for each in derived.values()]
    assert [list(values) for values in days] == [[2.5, None], [None, -0.5]]


def test_where_the_event_time_is_no_input_the_first_instant_counts(tmp_path: Path) -> None:
    assert [*compiled(tmp_path, '["ordered", "customer"]').derived] == ["ordered - visited"]


def test_what_a_definition_derives_of_an_instant_is_all_that_it_says(tmp_path: Path) -> None:
    hour = "extract(hour from ordered)"
    model = compiled(tmp_path, '["ordered", "shipped at", "customer"]', f'{{ hour = "{hour}" }}')
    assert [*model.derived] == ["hour", "shipped at - visited"]
    assert [each.by_default for each in model.derived.values()] == [False, True]

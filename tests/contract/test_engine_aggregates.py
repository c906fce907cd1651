"""The contract of engines: aggregates of windows are of what was known, and held, at a row's moment."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from keepfit.application.plan_training_set import plan_of
from keepfit.application.ports import Engine
from keepfit.definitions import compiling
from keepfit.definitions.compiled_model import CompiledModel
from keepfit.errors import InvalidDefinition
from tests.contract.engines import ENGINES, engine_named
from tests.contract.uploaded_parts import START, write_part
from tests.unit.features.offline.windows.oracle import Event, answer

DELAY = 2  # hours, as all times here
TOML = """
[dataset.visits]
event_time = "moment"
[dataset.visits.fields]
visit = { type = "int" }
moment = { type = "timestamp" }
shop = { type = "category", nullable = true }
bought = { type = "bool" }
[dataset.sales]
event_time = "at"
known_at = "known"
KEY
[dataset.sales.fields]
at = { type = "timestamp" }
known = { type = "timestamp" }
shop = { type = "category" NULLABLE }
price = { type = "float", nullable = true }
pieces = { type = "int", nullable = true }
colour = { type = "category", nullable = true }
[feature_view.sold]
dataset = "sales"
entity = ["shop"]
delay = "2h"
where = "pieces IS NULL OR pieces < 3"
[feature_view.sold.aggregates]
rows = { aggregate = "count", window = ["3h", "1d"] }
cheap = { aggregate = "count", of = "price", window = "12h", where = "price < 2" }
total = { aggregate = "sum", of = "price", window = ["3h", "1d"] }
average = { aggregate = "mean", of = "price", window = "12h" }
spread = { aggregate = "std", of = "price", window = "1d" }
lowest = { aggregate = "min", of = "price", window = "12h" }
most = { aggregate = "max", of = "pieces", window = "1d" }
newest = { aggregate = "last", of = "colour", window = ["3h", "1d"] }
oldest = { aggregate = "first", of = "colour", window = "1d" }
colours = { aggregate = "distinct", of = "colour", window = "1d" }
red = { aggregate = "share_of", of = "colour", value = "red", window = "12h" }
median = { aggregate = "quantile", q = 0.5, of = "price", window = "1d" }
[feature_view.steps]
dataset = "sales"
entity = ["shop"]
delay = "2h"
sql = '''
WITH priced AS (SELECT * FROM sales WHERE price IS NOT NULL)
SELECT shop, "at", greatest(known, lag(known, 1, known) OVER w) AS known, price - lag(price) OVER w AS step
FROM priced -- each row and the one before
WINDOW w AS (PARTITION BY shop ORDER BY "at", known)
'''
fields.step = { type = "float", nullable = true }
latest = ["step"]
ttl = "1d"
aggregates.steps = { aggregate = "count", of = "step", window = "1d" }
[model.steps]
dataset = "visits"
label = "bought"
inputs = ["visit"]
features = ["steps:*"]
[model.purchase]
dataset = "visits"
label = "bought"
inputs = ["visit"]
features = ["sold:*"]
derive.rise = "total_3h - total_1d"
derive.busy = "rows_3h / rows_1d"
"""


@dataclass(frozen=True)
class Sale:
    """A row; the hour it happened in, and hours from then until it was known."""

    shop: str | None
    at: int
    late: int
    price: float | None
    pieces: int | None = None
    colour: str | None = None

    @property
    def known(self) -> int:
        return self.at + self.late

    @property
    def row(self) -> tuple[Any, ...]:
        return _at(self.at), _at(self.known), self.shop, self.price, self.pieces, self.colour


Value = Callable[[Sale], Any]
_ASKED: dict[str, tuple[str, int, Value, Any]] = {
    "rows_3h": ("count", 3, lambda sale: 1, None),
    "rows_1d": ("count", 24, lambda sale: 1, None),
    "cheap": ("count", 12, lambda sale: 1 if sale.price is not None and sale.price < 2 else None, None),
    "total_3h": ("sum", 3, lambda sale: sale.price, None),
    "total_1d": ("sum", 24, lambda sale: sale.price, None),
    "average": ("mean", 12, lambda sale: sale.price, None),
    "spread": ("std", 24, lambda sale: sale.price, None),
    "lowest": ("min", 12, lambda sale: sale.price, None),
    "most": ("max", 24, lambda sale: sale.pieces, None),
    "newest_3h": ("last", 3, lambda sale: sale.colour, None),
    "newest_1d": ("last", 24, lambda sale: sale.colour, None),
    "oldest": ("first", 24, lambda sale: sale.colour, None),
    "colours": ("distinct", 24, lambda sale: sale.colour, None),
    "red": ("share_of", 12, lambda sale: None if sale.colour is None else sale.colour == "red", None),
    "median": ("quantile", 24, lambda sale: sale.price, 0.5),
}

_shops = st.sampled_from(["a", "b"])
_sales = st.builds(
    Sale,
    _shops | st.none(),
    st.integers(0, 30),
    st.just(0) | st.integers(-25, 12),
    st.none() | st.sampled_from([0.1, 0.2, 1e9, 3.0]),
    st.none() | st.integers(0, 4),
    st.none() | st.sampled_from(["red", "blue", "Zürich"]),
)
_keyed = st.builds(
    Sale,
    _shops,
    st.integers(0, 6),
    st.integers(0, 20),
    st.none() | st.sampled_from([0.1, 0.2, 3.0]),
    st.none() | st.integers(0, 4),
    st.none() | st.sampled_from(["red", "blue"]),
)
_moments = st.lists(st.tuples(_shops | st.none(), st.integers(0, 60)), min_size=1, max_size=8)


def _compiled(
    folder: Path, key: str, nullable: str, model: str = "purchase", **replaced: str
) -> CompiledModel:
    toml = TOML.replace("KEY", key).replace("NULLABLE", nullable)
    for old, new in replaced.items():
        toml = toml.replace(old, new)
    (folder / "m.toml").write_text(toml)
    return compiling.compile_model(compiling.load(folder), model)


@pytest.fixture(scope="module")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> CompiledModel:
    return _compiled(tmp_path_factory.mktemp("definitions"), "", ", nullable = true")


@pytest.fixture(scope="module")
def keyed(tmp_path_factory: pytest.TempPathFactory) -> CompiledModel:
    return _compiled(tmp_path_factory.mktemp("definitions"), 'key = ["shop", "at"]', "")


@pytest.fixture(scope="module", params=ENGINES)
def engine(request: pytest.FixtureRequest) -> Engine:
    return engine_named(request.param)


@settings(max_examples=8, deadline=None)
@given(sales=st.lists(_sales, max_size=20), moments=_moments)
@example(sales=[Sale("a", 5, 0, 0.1)] * 3 + [Sale("a", 5, 0, 0.2)], moments=[("a", 8)])
@example(sales=[Sale("a", 5, -5, 1e9), Sale("a", 4, 9, 0.1)], moments=[("a", 6), ("a", 7), ("a", 15)])
@example(sales=[Sale("a", 5, 0, 0.1, 3), Sale(None, 5, 0, 1e9)], moments=[("a", 8), (None, 8)])
def test_an_aggregate_is_of_the_rows_that_were_known_each_once(
    engine: Engine, compiled: CompiledModel, sales: list[Sale], moments: list[tuple[str | None, int]]
) -> None:
    held = dict.fromkeys(sales)
    assert _joined(engine, compiled, moments, [sales]) == _expected([(sale, None) for sale in held], moments)


@settings(max_examples=8, deadline=None)
@given(sales=st.lists(_keyed, max_size=20), moments=_moments)
@example(sales=[Sale("a", 5, 0, 0.1, 1), Sale("a", 5, 3, 0.2, 4)], moments=[("a", 8), ("a", 10), ("a", 11)])
@example(
    sales=[Sale("a", 5, 0, 0.1), Sale("a", 5, 1, None), Sale("a", 5, 2, 0.2)], moments=[("a", 8), ("a", 9)]
)
def test_a_row_counts_until_its_correction_is_known(
    engine: Engine, keyed: CompiledModel, sales: list[Sale], moments: list[tuple[str | None, int]]
) -> None:
    # Of rows of a key known at once the one uploaded last counts.
    last = {(sale.shop, sale.at, sale.known): sale for sale in sales}
    held = [
        (sale, min((other[2] for other in last if other[:2] == key[:2] and other[2] > key[2]), default=None))
        for key, sale in last.items()
    ]
    assert _joined(engine, keyed, moments, [sales]) == _expected(held, moments)


def test_rows_that_repeat_key_and_time_stay_apart_and_equal_ones_are_one(
    engine: Engine, compiled: CompiledModel
) -> None:
    sales = [Sale("a", 5, 0, price) for price in (0.1, 0.1, 0.1, 0.2, 3.0)]
    twice = [("a", 8), ("a", 8)]
    joined = _joined(engine, compiled, twice, [sales, sales])
    assert [(row["rows_3h"], row["total_3h"]) for row in joined] == [(3, 0.1 + 0.2 + 3.0)] * 2


def test_the_rows_of_a_view_may_be_what_sql_makes_of_them(engine: Engine, tmp_path: Path) -> None:
    compiled = _compiled(tmp_path, "", ", nullable = true", "steps")
    sales = [Sale("a", 1, 0, 1.0), Sale("a", 2, 0, None), Sale("a", 3, 4, 5.0), Sale("a", 4, 0, 2.0)]
    moments = [("a", 5), ("a", 8), ("a", 9), ("a", 28), ("a", 30), ("a", 31), ("b", 9)]
    joined = _joined(engine, compiled, moments, [sales, sales], ["step", "steps"])
    # What is of two sales is known from when both were, here from hour 7.
    expected = [(None, 0), (None, 0), (-3.0, 2), (-3.0, 2), (-3.0, 1), (None, 0), (None, 0)]
    assert [(row["step"], row["steps"]) for row in joined] == expected


def test_sql_that_fails_on_the_rows_that_there_are_says_why(engine: Engine, tmp_path: Path) -> None:
    compiled = _compiled(
        tmp_path, "", ", nullable = true", "steps", **{"price - lag(price) OVER w": "CAST(colour AS INT)"}
    )
    sales = [Sale("a", 1, 0, 1.0, colour="red")]
    with pytest.raises(InvalidDefinition, match=r"the sql of a view of dataset\.sales fails on its rows: "):
        _joined(engine, compiled, [("a", 5)], [sales], ["step"])


def test_events_come_in_any_order_and_any_number_of_files(engine: Engine, compiled: CompiledModel) -> None:
    sales = [Sale("a", hour, hour % 5, hour / 10, hour % 4, "red") for hour in range(30)]
    moments = [("a", hour) for hour in range(40)]
    files = [sales[20:], sales[5:20][::-1], sales[:5]]
    assert _joined(engine, compiled, moments, files) == _joined(engine, compiled, moments, [sales])


def test_what_becomes_known_after_a_moment_changes_nothing_at_it(
    engine: Engine, compiled: CompiledModel
) -> None:
    sales = [Sale("a", hour, hour % 3, 0.1 * hour, 1, "red") for hour in range(20)]
    late = [Sale("a", hour, 40 - hour, 1e9, 1, "blue") for hour in range(20)]
    moments = [("a", hour) for hour in range(41)]
    assert _joined(engine, compiled, moments, [sales, late]) == _joined(engine, compiled, moments, [sales])


def _expected(
    held: Sequence[tuple[Sale, int | None]], moments: Sequence[tuple[str | None, int]]
) -> list[dict[str, Any]]:
    found = []
    shops = ["a", "b", None]
    counted = [(sale, until) for sale, until in held if sale.pieces is None or sale.pieces < 3]
    for shop, moment in moments:
        row = {}
        for name, (aggregate, window, value, parameter) in _ASKED.items():
            events = [
                Event(shops.index(sale.shop), sale.at, sale.known, value(sale), until)
                for sale, until in counted
                if sale.shop is not None
            ]
            row[name] = answer(
                events,
                shops.index(shop),
                moment - DELAY,
                aggregate=aggregate,
                window=window,
                parameter=parameter,
            )
        row["spread"] = None if row["spread"] is None else pytest.approx(row["spread"], rel=1e-12, abs=1e-6)
        both = row["total_3h"], row["total_1d"]
        row["rise"] = None if None in both else both[0] - both[1]
        row["busy"] = row["rows_3h"] / row["rows_1d"] if row["rows_1d"] else None
        found.append(row)
    return found


def _joined(
    engine: Engine,
    compiled: CompiledModel,
    moments: Sequence[tuple[str | None, int]],
    sales: Sequence[Sequence[Sale]],
    features: Sequence[str] = (*_ASKED, "rise", "busy"),
) -> list[dict[str, Any]]:
    """The features of a visit at each moment, from ``sales`` in some files."""
    visits = [(n, _at(at), shop, n % 2 == 0) for n, (shop, at) in enumerate(moments)]
    plan = plan_of(compiled)
    with tempfile.TemporaryDirectory() as name, engine.training_rows(Path(name)) as training:
        folder = Path(name)
        parts = {
            "visits": [write_part(folder, _VISITS, visits)],
            "sales": [write_part(folder, _SALES, [sale.row for sale in rows]) for rows in sales],
        }
        training.collect(plan, parts)
        training.cut(plan.split)
        names = ["visit", *features]
        columns = {
            column: [value for part in ("train", "holdout") for value in training.column(part, column)]
            for column in names
        }
    rows = sorted(zip(*columns.values(), strict=True), key=lambda row: row[0])
    return [dict(zip(names[1:], values, strict=True)) for _, *values in rows]


_VISITS = "visit BIGINT, moment TIMESTAMPTZ, shop VARCHAR, bought BOOLEAN"
_SALES = '"at" TIMESTAMPTZ, known TIMESTAMPTZ, shop VARCHAR, price DOUBLE, pieces BIGINT, colour VARCHAR'


def _at(hour: int) -> datetime:
    return START + timedelta(hours=hour)

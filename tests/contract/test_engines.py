"""The contract of engines: features are what was known at a row's moment, nothing later trains."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from keepfit.application.plan_training_set import plan_of
from keepfit.application.ports import Engine
from keepfit.definitions import compiling
from keepfit.definitions.compiled_model import CompiledModel
from keepfit.features.offline.split_plan import Portion
from tests.contract.engines import ENGINES, engine_named
from tests.contract.uploaded_parts import START, write_part
from tests.drawn import examples

DELAY, TTL = 3, 10
TOML = """
[dataset.visits]
event_time = "moment"
known_at = "known"
[dataset.visits.fields]
visit = { type = "int" }
moment = { type = "timestamp" }
known = { type = "timestamp" }
shop = { type = "category", nullable = true }
bought = { type = "bool", nullable = true }
[dataset.offers]
event_time = "since"
known_at = "known"
[dataset.offers.fields]
since = { type = "timestamp" }
known = { type = "timestamp" }
shop = { type = "category", nullable = true }
price = { type = "float", nullable = true }
pieces = { type = "int", nullable = true }
new = { type = "bool", nullable = true }
colour = { type = "category", nullable = true }
told = { type = "timestamp", nullable = true }
[feature_view.offer]
dataset = "offers"
entity = ["shop"]
latest = ["price", "pieces"]
delay = "3s"
ttl = "10s"
[feature_view.look]
dataset = "offers"
entity = ["shop"]
latest = ["new", "colour", "told"]
ttl = "10s"
[model.purchase]
dataset = "visits"
label = "bought"
inputs = ["visit"]
features = ["offer:*", "look:*"]
derive.double = "2 * price"
"""
VISITS = "visit BIGINT, moment TIMESTAMPTZ, known TIMESTAMPTZ, shop VARCHAR, bought BOOLEAN"
OFFERS = (
    "since TIMESTAMPTZ, known TIMESTAMPTZ, shop VARCHAR, "
    "price DOUBLE, pieces BIGINT, new BOOLEAN, colour VARCHAR, told TIMESTAMPTZ"
)
_SPAN = 61  # seconds


@dataclass(frozen=True)
class Offer:
    """An event of a shop; the second it happens in, and the seconds from then until it is known."""

    shop: str | None
    since: int
    known: int
    price: int | None
    pieces: int | None = None

    @property
    def row(self) -> tuple[Any, ...]:
        return (
            _at(self.since),
            _at(self.since + self.known),
            self.shop,
            self.price,
            self.pieces,
            None,
            None,
            None,
        )


_shops = st.sampled_from(["a", "b", None])
_prices = st.none() | st.integers(0, 2)
# Known up to 25 seconds before, as announcements are, or up to twelve after.
_offers = st.builds(Offer, _shops, st.integers(0, 40), st.integers(-25, 12), _prices, _prices)
_moments = st.tuples(_shops, st.integers(0, _SPAN - 1))


@pytest.fixture(scope="module")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> CompiledModel:
    folder = tmp_path_factory.mktemp("definitions")
    (folder / "m.toml").write_text(TOML)
    return compiling.compile_model(compiling.load(folder), "purchase")


@pytest.fixture(scope="module", params=ENGINES)
def engine(request: pytest.FixtureRequest) -> Engine:
    return engine_named(request.param)


@examples(25)
@given(offers=st.lists(_offers, max_size=25), moments=st.lists(_moments, min_size=1, max_size=10))
@example(offers=[Offer("a", 5, 0, 1), Offer("a", 4, 9, 2)], moments=[("a", 20)])
@example(offers=[Offer("a", 5, 0, 1), Offer("a", 5, 0, 2), Offer("a", 5, 0, None, 7)], moments=[("a", 8)])
@example(offers=[Offer("a", 5, 0, 1, None), Offer("a", 5, 0, 1, 2)], moments=[("a", 8), (None, 8)])
@example(offers=[Offer("a", 0, 0, 1), Offer("a", 9, -5, 2), Offer("a", 8, 0, 0)], moments=[("a", 11)])
@example(offers=[Offer("a", 5, -5, 2), Offer("a", 5, -1, 1)], moments=[("a", 8)])
@example(offers=[Offer("a", 0, -30, 1)], moments=[("a", DELAY + TTL), ("a", DELAY + TTL + 1)])
def test_each_row_gets_the_newest_event_that_was_known_in_time(
    engine: Engine, compiled: CompiledModel, offers: list[Offer], moments: list[tuple[str | None, int]]
) -> None:
    joined = _joined(
        engine, compiled, moments, [[offer.row for offer in offers]], ["price", "pieces", "double"]
    )
    expected = [_oracle(offers, shop, at) for shop, at in moments]
    assert joined == [(price, pieces, None if price is None else 2 * price) for price, pieces in expected]


def test_rows_that_repeat_key_and_time_all_stay_and_repeated_events_give_one_value(
    engine: Engine, compiled: CompiledModel
) -> None:
    """Open in other stores: rows dropped, wrong values from three equal events on, values of what comes later."""
    offers = [Offer("a", 5, 0, 1).row] * 3 + [Offer("a", 5, 0, 2).row] * 4 + [Offer("a", 5, 30, 9).row]
    moments = [("a", 8), ("a", 8), ("a", 8), ("b", 8), (None, 8)]
    joined = _joined(engine, compiled, moments, [offers, offers], ["price"])
    assert joined == [(2,), (2,), (2,), (None,), (None,)]


def test_events_come_in_any_order_and_any_number_of_files(engine: Engine, compiled: CompiledModel) -> None:
    rows = [Offer("a", second, second % 5, second % 3).row for second in range(30)]
    moments = [("a", second) for second in range(40)]
    files = [rows[20:], rows[5:20][::-1], rows[:5]]
    assert _joined(engine, compiled, moments, files, ["price"]) == _joined(
        engine, compiled, moments, [rows], ["price"]
    )


def test_features_of_every_type_come_back_as_they_are(engine: Engine, compiled: CompiledModel) -> None:
    kept = [
        (-0.25, 2**53 - 1, True, "Zürich", _at(-9)),
        (1e300, -1, False, "7.50", _at(0) + timedelta(microseconds=1)),
        (None, None, None, None, None),
    ]
    rows = [(_at(0), _at(0), str(shop), *values) for shop, values in enumerate(kept)]
    names = ["price", "pieces", "new", "colour", "told"]
    joined = _joined(engine, compiled, [("0", 5), ("1", 5), ("2", 5), ("3", 5)], [rows], names)
    assert joined == [*kept, (None,) * 5]


@examples(15)
@given(
    visits=st.lists(st.tuples(st.integers(0, 60), st.integers(-20, 60)), min_size=1, max_size=30),
)
@example(visits=[(0, 14), (0, 15), (14, 0), (15, 0), (28, 0)])
def test_what_was_not_known_at_the_cut_neither_trains_nor_judges(
    engine: Engine, compiled: CompiledModel, visits: list[tuple[int, int]]
) -> None:
    holdout = 14
    cut_at = max(at for at, _ in visits) - holdout
    trains = [n for n, (at, known) in enumerate(visits) if max(at, at + known) <= cut_at]
    judges = [n for n, (at, _) in enumerate(visits) if at > cut_at]
    rows = [(n, _at(at), _at(at + known), "a", n % 2 == 0) for n, (at, known) in enumerate(visits)]
    plan = plan_of(compiled)
    with tempfile.TemporaryDirectory() as name, engine.training_rows(Path(name)) as training:
        parts = {
            "visits": [write_part(Path(name), VISITS, rows)],
            "offers": [write_part(Path(name), OFFERS, [])],
        }
        assert training.collect(plan, parts) == len(visits)
        cut = training.cut(replace(plan.split, holdout=Portion.parse(f"{holdout}s")))
        found = [sorted(training.column(part, "visit")) for part in ("train", "holdout")]
    assert found == [trains, judges]
    assert (cut.at, cut.available) == (_at(cut_at), len(trains))


def _joined(
    engine: Engine,
    compiled: CompiledModel,
    moments: Sequence[tuple[str | None, int]],
    offers: Sequence[Sequence[tuple[Any, ...]]],
    names: Sequence[str],
) -> list[tuple[Any, ...]]:
    """The features ``names`` of a visit at each moment, from ``offers`` in some files."""
    visits = [(n, _at(at), _at(at), shop, n % 2 == 0) for n, (shop, at) in enumerate(moments)]
    plan = plan_of(compiled)
    with tempfile.TemporaryDirectory() as name, engine.training_rows(Path(name)) as training:
        folder = Path(name)
        parts = {
            "visits": [write_part(folder, VISITS, visits)],
            "offers": [write_part(folder, OFFERS, rows) for rows in offers],
        }
        training.collect(plan, parts)
        training.cut(plan.split)
        columns = [
            [value for part in ("train", "holdout") for value in training.column(part, column)]
            for column in ["visit", *names]
        ]
    return [tuple(values) for _, *values in sorted(zip(*columns, strict=True), key=lambda row: row[0])]


def _at(second: int) -> datetime:
    return START + timedelta(seconds=second)


def _oracle(offers: list[Offer], shop: str | None, moment: int) -> tuple[int | None, int | None]:
    """Looks at every event: the newest, then the one known last, then the largest values, missing ones last."""
    seen = moment - DELAY
    counted = [
        (offer.since, offer.known, *(-1 if value is None else value for value in (offer.price, offer.pieces)))
        for offer in offers
        if shop is not None and offer.shop == shop and offer.since + max(0, offer.known) <= seen
    ]
    since, _, *values = max(counted, default=(-_SPAN, 0, -1, -1))
    price, pieces = (None if value < 0 or since < seen - TTL else value for value in values)
    return price, pieces

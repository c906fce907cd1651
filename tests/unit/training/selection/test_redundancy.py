"""Which columns say the same."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from keepfit.features.schema.signature import Column
from keepfit.training.selection.redundancy import redundant

RANDOM = np.random.default_rng(0)
ROWS = 500


def same(columns: Mapping[str, tuple[str, Any]], *last: str) -> dict[str, str]:
    signed = [
        Column(name=name, source="input", type=kind, calendar="UTC" if kind == "timestamp" else None)
        for name, (kind, _) in columns.items()
    ]
    return redundant(signed, {name: values for name, (_, values) in columns.items()}, last=last)


def test_numbers_in_the_same_order_say_the_same_and_others_do_not() -> None:
    x = RANDOM.normal(size=ROWS)
    columns = {
        "x": ("float", x),
        "cubed": ("float", x**3),
        "turned": ("float", -x),
        "near": ("float", x + RANDOM.normal(size=ROWS)),
    }
    assert same(columns) == {"cubed": "x", "turned": "x"}


def test_a_number_that_is_missing_elsewhere_says_something_else() -> None:
    x = RANDOM.normal(size=ROWS)
    gaps = np.ma.masked_array(x, mask=np.arange(ROWS) % 4 == 0)
    assert same({"x": ("float", x), "gaps": ("float", gaps)}) == {}


def test_names_that_come_once_do_not_predict_each_other() -> None:
    first, second = (np.array([f"{kind}{n}" for n in range(ROWS)], dtype=object) for kind in "ab")
    assert same({"first": ("category", first), "second": ("category", second)}) == {}


def test_a_city_says_its_country_and_a_country_does_not_say_its_city() -> None:
    city = np.array([f"c{n}" for n in RANDOM.integers(0, 20, ROWS)], dtype=object)
    country = np.array([f"of {name[1]}" for name in city], dtype=object)
    code = np.array([name.upper() for name in city], dtype=object)
    columns = {"city": ("category", city), "country": ("category", country), "code": ("category", code)}
    assert same(columns) == {"code": "city"}


def test_instants_say_the_same_only_where_they_are_always_as_far_apart() -> None:
    start = np.datetime64("2026-01-01") + np.arange(ROWS) * np.timedelta64(3, "h")
    later = start + np.timedelta64(90, "m")
    late = start + RANDOM.integers(0, 300, ROWS) * np.timedelta64(1, "m")
    columns = {"start": ("timestamp", start), "later": ("timestamp", later), "late": ("timestamp", late)}
    assert same({name: (kind, at.astype("datetime64[us]")) for name, (kind, at) in columns.items()}) == {
        "later": "start"
    }


def test_a_column_that_others_are_preferred_to_goes_first() -> None:
    x = RANDOM.normal(size=ROWS)
    assert same({"x": ("float", x), "y": ("float", 2 * x)}, "x") == {"x": "y"}

"""The cost of ways to serve, and the load from which one is cheaper than another."""

from __future__ import annotations

import pytest

from tests.bench.serving.costs import Way, cheaper_from, report, ways


def test_a_function_costs_by_the_request_and_a_container_by_the_month() -> None:
    function, container, *_ = ways(7000)
    assert function.costs(0) == 0
    # A request and a millisecond of a gigabyte, a million times.
    assert function.million == pytest.approx(0.20 + 0.0166667)
    assert container.costs(0) == pytest.approx(730 * (0.0225 + 2 * (0.01012 + 0.0022225 + 0.005)))


def test_more_load_than_tasks_take_costs_more_tasks() -> None:
    way = Way(name="two tasks", monthly=20, million=0, step=20, per_second=100)
    assert [way.costs(load) for load in (50, 100, 150, 200)] == [20, 20, 30, 40]


def test_the_load_from_which_one_is_cheaper_is_where_both_cost_the_same() -> None:
    by_request = Way(name="by the request", monthly=0, million=1)
    by_month = Way(name="by the month", monthly=2.628, million=0)
    assert cheaper_from(by_request, by_month) == pytest.approx(1, abs=0.02)
    assert cheaper_from(by_month, Way(name="never", monthly=3, million=1)) is None


def test_a_heavier_model_is_cheaper_in_a_container_from_less_load() -> None:
    light, heavy = (cheaper_from(*ways(rate)[:2]) for rate in (7000, 217))
    assert light is not None
    assert heavy is not None
    assert heavy < light


def test_the_report_ends_with_the_load() -> None:
    assert report(7317).splitlines()[-1].startswith("Containers are cheaper than Lambda from 79 requests")

"""Quantiles out of bins lie in the bin that holds the quantile of the numbers themselves."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from keepfit.monitoring.profiles.bins import NumericBins
from keepfit.monitoring.reports.binned_quantiles import quantiles

numbers = st.lists(st.floats(-1e6, 1e6, width=32), min_size=1, max_size=200)


@given(reference=numbers, current=numbers, share=st.floats(0.01, 0.99))
def test_a_quantile_is_in_the_bin_of_the_numbers_own(
    reference: list[float], current: list[float], share: float
) -> None:
    bins = NumericBins.of(np.array(reference))
    counts = bins.count(np.array(current))
    found = quantiles(bins.labels, counts, [share])
    assert found is not None
    exact = float(np.quantile(current, share, method="inverted_cdf"))
    place = bins.count(np.array([exact])).index(1)
    ends = [-np.inf, *bins.edges, np.inf]
    low, high = ends[place], ends[place + 1]
    # Labels have four digits; beyond the outermost edges a quantile is the edge.
    near = 1e-3 * max(abs(each) for each in (*bins.edges, 1e-9))
    assert max(low, bins.edges[0]) - near <= found[0] <= min(high, bins.edges[-1]) + near


def test_missing_values_have_no_quantile() -> None:
    assert quantiles(["<= 0", "0 - 10", "> 10", "missing"], [0, 4, 0, 9], [0.25, 0.5]) == [2.5, 5.0]
    assert quantiles(["<= 0", "0 - 10", "> 10", "missing"], [0, 0, 0, 9], [0.5]) is None


@pytest.mark.parametrize(
    "labels", [["a", "b", "missing"], ["any", "missing"], [], ["<= low", "x - y", "> high", "missing"]]
)
def test_what_is_no_number_has_no_quantile(labels: list[str]) -> None:
    assert quantiles(labels, [1] * len(labels), [0.5]) is None

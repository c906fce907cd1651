"""A column is measured by every statistic that is for it, and judged by those that decide."""

from __future__ import annotations

import msgspec
import numpy as np
import pytest

from keepfit.monitoring.definition import MonitoringDefinition
from keepfit.monitoring.drift.compare import compare
from keepfit.monitoring.drift.decision import Threshold
from keepfit.monitoring.drift.registry import MODULES
from keepfit.monitoring.profiles.profile import ReferenceProfile, profile_of
from keepfit.monitoring.profiles.window_profile import WindowProfile
from keepfit.monitoring.reports.report import DriftReport


@pytest.fixture(scope="module")
def reference() -> ReferenceProfile:
    random = np.random.default_rng(0)
    columns = {"x": random.normal(size=2000), "c": random.choice(["a", "b", "c"], 2000)}
    return profile_of(columns, {"x": "float", "c": "category"})


def _window(reference: ReferenceProfile, moved: float) -> WindowProfile:
    random = np.random.default_rng(1)
    return reference.counts_of({"x": random.normal(moved, 1, 500), "c": random.choice(["a", "b", "c"], 500)})


def _compared(reference: ReferenceProfile, moved: float, statistic: str, limit: float) -> DriftReport:
    decision = Threshold(limit=limit, minimum_rows=1, statistic=statistic)
    return compare(reference, _window(reference, moved), decision, statistics=[*MODULES])


def test_the_statistic_of_the_threshold_decides_and_the_others_are_told(reference: ReferenceProfile) -> None:
    report = _compared(reference, 1.0, "wasserstein", limit=0.3)
    assert report.drifted == ["x"]
    [drifted] = report.columns
    assert (drifted.column, drifted.statistic) == ("x", "wasserstein")
    assert drifted.value == pytest.approx(1.0, abs=0.1)
    measured = {each.statistic: each for each in drifted.measured}
    assert list(measured) == [*MODULES]
    assert {name for name, each in measured.items() if each.threshold is not None} == {"wasserstein"}
    assert drifted.threshold == pytest.approx(0.3 + measured["wasserstein"].expected)
    assert (drifted.value >= drifted.threshold) == drifted.drifted
    assert "drift_threshold = 0.3, for wasserstein" in report.decision


def test_a_column_that_the_deciding_statistic_is_not_for_is_told_to_be_unjudged(
    reference: ReferenceProfile,
) -> None:
    assert "decides about it" in _compared(reference, 0.0, "wasserstein", limit=0.3).skipped["c"]
    report = _compared(reference, 0.0, "psi", limit=0.25)
    assert report.skipped == {}
    measured = {each.column: [one.statistic for one in each.measured] for each in report.columns}
    assert measured["x"] == [*MODULES]
    assert measured["c"] == ["psi", "jensen_shannon", "hellinger", "chi_square"]


def test_a_score_that_is_published_as_the_threshold_has_drifted(reference: ReferenceProfile) -> None:
    score = _compared(reference, 0.4, "psi", limit=0.25).columns[0].drift_score
    report = _compared(reference, 0.4, "psi", limit=score)
    assert (report.columns[0].drift_score, report.columns[0].drifted) == (score, True)


def test_a_definition_of_before_there_were_several_statistics_is_read_as_it_was_meant() -> None:
    old = {"statistic": "psi", "drift_threshold": 0.4, "minimum_rows": 100, "ignore": []}
    definition = msgspec.json.decode(msgspec.json.encode(old), type=MonitoringDefinition)
    assert (definition.statistic, definition.drift_threshold) == ("psi", 0.4)
    assert definition.measured[0] == "psi"


def test_what_the_threshold_is_for_is_measured_though_it_is_not_listed() -> None:
    definition = MonitoringDefinition(statistic="hellinger", statistics=["psi", "wasserstein"])
    assert definition.measured == ["hellinger", "psi", "wasserstein"]

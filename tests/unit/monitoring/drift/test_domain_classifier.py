"""A classifier tells rows apart where something drifted, be it only what goes together, and not by chance."""

from __future__ import annotations

from typing import Any

import msgspec
import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from keepfit.features.schema.cell_form import FieldType
from keepfit.monitoring.drift.all_inputs import ALL_INPUTS, compare_all_inputs
from keepfit.monitoring.drift.compare import compare
from keepfit.monitoring.drift.decision import Threshold
from keepfit.monitoring.drift.domain_classifier import ToldApart, _area, tell_apart
from keepfit.monitoring.profiles.bins import Binned
from keepfit.monitoring.profiles.profile import ReferenceProfile, profile_of
from keepfit.monitoring.profiles.row_sample import ROWS, RowSample, WindowSample
from keepfit.monitoring.reports.report import ColumnDrift, with_column

Columns = dict[str, Any]
TYPES: dict[str, FieldType] = {**dict.fromkeys("abcdef", "float"), "kind": "category", "new": "bool"}


def _drawn(rows: int, seed: int, *, together: float = 0.0) -> Columns:
    """Numbers, of which ``a`` and ``b`` go together so far, a category, and a truth."""
    random = np.random.default_rng(seed)
    columns: Columns = {name: random.normal(size=rows) for name in "abcdef"}
    columns["b"] = together * columns["a"] + np.sqrt(1 - together**2) * columns["b"]
    columns["c"] = np.exp(columns["c"])
    columns["kind"] = random.choice(list("uvwxyz"), rows, p=[0.4, 0.2, 0.2, 0.1, 0.05, 0.05])
    columns["new"] = random.random(rows) < 0.3
    return columns


@pytest.fixture(scope="module")
def reference() -> ReferenceProfile:
    columns = _drawn(6_000, 0)
    profile = profile_of(columns, TYPES)
    return msgspec.structs.replace(profile, sample=RowSample.of(profile.columns, columns))


def _sample(reference: ReferenceProfile, columns: Columns, parts: int = 1) -> WindowSample:
    """The window as it is read: numbers as they are, and all else in bins."""
    sample = WindowSample(reference.columns)
    rows = len(columns["a"])
    for chosen in np.array_split(np.arange(rows), parts):
        part = {name: np.asarray(values)[chosen] for name, values in columns.items()}
        sample.add(np.ones(len(chosen), np.int64), _read(reference, part), lambda *_: True)
    return sample


def _read(reference: ReferenceProfile, columns: Columns) -> Columns:
    return {
        name: values if name in "abcdef" else Binned(reference.columns[name].places(values))
        for name, values in columns.items()
    }


def _told(reference: ReferenceProfile, columns: Columns) -> ToldApart:
    assert reference.sample is not None
    return tell_apart(reference.columns, reference.sample.places, _sample(reference, columns).places)


def test_without_drift_the_area_is_about_one_half_and_no_farther_off_than_its_error_says() -> None:
    off = []
    for seed in range(40):
        columns = _drawn(1_200, seed + 100)
        profile = profile_of(columns, TYPES)
        places = {name: each.places(columns[name]) for name, each in profile.columns.items()}
        one, other = ({name: each[half::2] for name, each in places.items()} for half in (0, 1))
        found = tell_apart(profile.columns, one, other)
        off.append((found.auc - 0.5) / found.error)
    assert abs(np.mean(off)) < 0.5
    assert abs(np.mean(off)) < 0.5
    assert 0.75 < np.std(off) < 1.25


def test_columns_that_no_longer_go_together_are_seen_and_by_no_column_alone(
    reference: ReferenceProfile,
) -> None:
    window = _drawn(3_000, 1, together=0.7)
    alone = compare(
        reference,
        reference.counts_of(window),
        Threshold(limit=0.1, minimum_rows=200),
        statistics=("psi", "kolmogorov_smirnov", "wasserstein"),
    )
    assert alone.drifted == []
    found = _told(reference, window)
    assert found.at_least > 0.57
    assert next(iter(found.by))[0] == "a with b"
    assert next(iter(found.by))[1] > 0.7


@pytest.mark.parametrize(
    ("moved", "by"),
    [
        (lambda window: {**window, "d": window["d"] + 0.6}, "d"),
        (lambda window: {**window, "e": window["e"] * 2}, "e"),
        (lambda window: {**window, "f": np.where(window["a"] > 1, np.nan, window["f"])}, "f"),
        (lambda window: {**window, "kind": np.where(window["kind"] == "u", "w", window["kind"])}, "kind"),
        (lambda window: {**window, "kind": np.where(window["kind"] == "u", "other", window["kind"])}, "kind"),
        (lambda window: {**window, "new": ~window["new"]}, "new"),
    ],
    ids=["a shift", "a scale", "missing", "other shares", "a new category", "a truth"],
)
def test_what_drifted_is_named(reference: ReferenceProfile, moved: Any, by: str) -> None:
    found = _told(reference, moved(_drawn(3_000, 2)))
    assert found.at_least > 0.52
    assert by in found.by[0][0].split(" with ")
    assert sum(share for _, share in found.by) <= 1.001
    assert sum(found.window) == ROWS
    assert found.window[-1] > found.reference[-1]


def test_the_area_is_that_of_scikit_learn() -> None:
    random = np.random.default_rng(3)
    domain, odds = random.random(500) < 0.3, random.integers(0, 20, 500) * 1.0
    assert _area(odds, domain) == pytest.approx(roc_auc_score(domain, odds))


def test_all_inputs_are_one_more_column_of_a_report(reference: ReferenceProfile) -> None:
    calm, moved = _drawn(3_000, 4), _drawn(3_000, 5, together=0.9)
    judged = [
        compare_all_inputs(reference, _sample(reference, each), threshold=0.55, limit=0.25, minimum_rows=200)
        for each in (calm, moved)
    ]
    assert all(isinstance(each, ColumnDrift) for each in judged)
    quiet, drifted = (each for each in judged if isinstance(each, ColumnDrift))
    assert (quiet.drifted, drifted.drifted) == (False, True)
    assert quiet.drift_score < 0.25 < drifted.drift_score
    assert next(iter(drifted.told_by)) == "a with b"
    drift = compare(reference, reference.counts_of(moved), Threshold(limit=0.25, minimum_rows=200))
    together = with_column(drift, ALL_INPUTS, drifted)
    assert together.drifted == [ALL_INPUTS]
    assert together.worst == drifted
    assert with_column(drift, ALL_INPUTS, "why not").skipped[ALL_INPUTS] == "why not"


def test_it_says_why_it_could_not_compare(reference: ReferenceProfile) -> None:
    asked: dict[str, Any] = {"threshold": 0.6, "limit": 0.25, "minimum_rows": 200}
    without = msgspec.structs.replace(reference, sample=None)
    assert "from the next training on" in str(compare_all_inputs(without, None, **asked))
    few = _sample(reference, _drawn(199, 6))
    told = compare_all_inputs(reference, few, **asked)
    assert told == "199 rows in the window have every input, at least 200 are needed"


def test_columns_of_one_value_tell_nothing() -> None:
    columns: Columns = {"a": np.zeros(500), "b": np.full(500, np.nan), "kind": np.full(500, "u")}
    profile = profile_of(columns, {"a": "float", "b": "float", "kind": "category"})
    places = {name: each.places(columns[name]) for name, each in profile.columns.items()}
    assert tell_apart(profile.columns, places, places).at_least == 0.5


def test_a_sample_is_kept_as_json_without_columns_that_are_not_watched(reference: ReferenceProfile) -> None:
    kept = ReferenceProfile.from_json(reference.to_json())
    assert kept.sample == reference.sample
    assert len(msgspec.json.encode(reference.sample)) < 3 * ROWS * len(TYPES)
    assert kept.without(["a"]).sample is not None
    assert set(getattr(kept.without(["a"]).sample, "columns", {})) == {*TYPES} - {"a"}


def test_a_window_of_any_number_of_parts_gives_a_sample_of_it(reference: ReferenceProfile) -> None:
    columns = {**_drawn(20_000, 7), "a": np.linspace(-3, 3, 20_000)}
    sample = _sample(reference, columns, parts=9)
    assert sample.rows == ROWS
    assert sample.places["a"].mean() == pytest.approx(
        reference.columns["a"].places(columns["a"]).mean(), rel=0.05
    )


def test_rows_of_versions_that_lack_an_input_are_left_out(reference: ReferenceProfile) -> None:
    columns = _drawn(900, 8)
    sample, versions = WindowSample(reference.columns), np.repeat([1, 2], [300, 600])
    read = _read(reference, columns)
    sample.add(versions, read, lambda version, name: version == 1 or name != "a")
    assert sample.rows == 300
    sample.add(versions, {name: values for name, values in read.items() if name != "a"}, lambda *_: True)
    assert sample.rows == 300

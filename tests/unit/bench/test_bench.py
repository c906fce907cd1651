from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.bench.drift import compared as drift
from tests.bench.drift import month
from tests.bench.joins import aggregates
from tests.bench.joins import compared as joins
from tests.bench.search import compared as search
from tests.bench.start import compared as start
from tests.bench.turns import ROOT, Disagreement, Way, WayFailed, in_turns

COUNTING = """
import sys
from tests.bench.worker import take_turns
turns = []
def way():
    print("what a library says")
    turns.append(bytes(int(sys.argv[1])).replace(bytes(1), b"x"))
    return turns
take_turns(way, answer=lambda turns: {"turns": len(turns)}, packages=("rich",))
"""


def bench(*arguments: str) -> dict[str, Any]:
    command = [sys.executable, "-m", "tests.bench", *arguments, "--json", "--without-peers", "--quick"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    document: dict[str, Any] = json.loads(done.stdout)
    return document


def counting(folder: Path, monkeypatch: pytest.MonkeyPatch, *, grow: int = 0) -> Way:
    (folder / "counting.py").write_text(COUNTING)
    monkeypatch.setenv("PYTHONPATH", str(folder))
    return Way(name=f"{grow}", module="counting", python=Path(sys.executable), arguments=[str(grow)])


@pytest.mark.long
def test_each_benchmark_agrees_with_its_own_ways_and_says_what_it_left_out() -> None:
    found = bench("drift", "joins")
    assert found["left_out"] == ["Evidently: as asked", "polars: as asked", "Feast: as asked"]
    [drifted, *months, alarmed] = found["benchmarks"]["drift"]
    [joined, grown, *windows] = found["benchmarks"]["joins"]
    assert [row["way"] for row in drifted["rows"]] == [
        drift.JOINS, drift.MONITOR, drift.FIVE, drift.ESTIMATED, drift.TOGETHER, drift.PROFILE, drift.BOTH,
        drift.PANDAS,
    ]  # fmt: skip
    assert [[row["way"] for row in table["rows"]] for table in months] == 2 * [[*month.WAYS.values()]]
    assert [row["found"].endswith(" of 12") for row in alarmed["rows"]] == [True, True, True]
    assert [row["way"] for row in joined["rows"]] == [
        joins.ARRAYS, joins.ARRAYS_LATE, joins.PARQUET, joins.LATE, joins.ASOF, joins.PANDAS,
    ]  # fmt: skip
    assert [row["way"] for row in grown["rows"]][-1] == "10x rows, 10x events, shuffled"
    assert [[row["way"] for row in table["rows"]][-1] for table in windows] == [
        aggregates.FRAMES,
        "10x rows and events",
    ]
    tables = [drifted, *months, joined, grown, *windows]
    assert all(row["cpu_seconds"] > 0 for table in tables for row in table["rows"])


def test_a_month_whose_hours_say_something_else_than_its_rows_is_not_measured() -> None:
    same = {way: {"distance": 0.1} for way in month.WAYS.values()}
    month._agree(same)
    with pytest.raises(
        Disagreement, match=r"\['distance'\] differ by hours, loaded before from what rows say"
    ):
        month._agree({**same, month.LOADED: {"distance": 0.1 + 1e-15}})


def test_aggregates_with_other_values_or_sums_that_are_not_exact_are_not_compared() -> None:
    same = {name: {"rows": 3.0, "error": 0.0} for name in (aggregates.ARRAYS, aggregates.FRAMES)}
    aggregates._agree(same, errors={})
    with pytest.raises(Disagreement, match=r"rows: 4\.0 by DuckDB window frames, memory, 3\.0 by keepfit"):
        aggregates._agree({**same, aggregates.FRAMES: {"rows": 4.0}}, errors={})
    with pytest.raises(Disagreement, match=r"a sum is 1e-09 from the exact one"):
        aggregates._agree({**same, aggregates.ARRAYS: {"rows": 3.0, "error": 1e-9}}, errors={})


@pytest.mark.long
def test_requests_need_no_peers_and_nothing_is_left_out() -> None:
    found = bench("requests")
    assert found["left_out"] == []
    assert [len(table["rows"]) for table in found["benchmarks"]["requests"]] == [5, 5, 2, 5, 5, 5]


def test_keepfit_serves_the_same_answers_in_all_forms_of_a_request() -> None:
    found = bench("serving")
    assert found["left_out"] == ["FastAPI: as asked", "MLServer: as asked", "BentoML: as asked"]
    for table in found["benchmarks"]["serving"]:
        assert [row["way"] for row in table["rows"]] == ["keepfit", "keepfit, V2 JSON", "keepfit, V2 binary"]
        assert all(row["per_cpu_second"] > 0 for row in table["rows"])


@pytest.mark.long
def test_each_way_to_start_answers_and_memory_is_told_where_it_is_known() -> None:
    [started, by_size] = bench("start")["benchmarks"]["start"]
    assert [row["way"] for row in started["rows"]] == [
        start.KEEPFIT, start.SOURCES, start.BOTO3, start.POWERTOOLS, start.PANDAS,
    ]  # fmt: skip
    for row in started["rows"]:
        assert row["cpu_seconds"] > 0
        assert row["wall_seconds"] > 0
        assert (row["resident_bytes"] is not None) == Path("/proc/self/status").exists()
    sizes = [row["model_bytes"] for row in by_size["rows"]]
    assert sizes[0] == min(sizes)
    assert all(0 < row["packing_seconds"] < row["package_bytes"] for row in by_size["rows"])


def test_a_start_sees_nothing_but_its_own_paths(tmp_path: Path) -> None:
    (tmp_path / "alone.py").write_text("import msgspec\n")
    with pytest.raises(WayFailed, match="alone ended with exit code 1"):
        start.once(start.Start(name="alone", module="alone", paths=[tmp_path]), tmp_path, {})


def test_handlers_that_answer_differently_are_not_compared() -> None:
    same = {name: {"probability": 0.25} for name in (start.KEEPFIT, start.PANDAS)}
    start._agree(same)
    with pytest.raises(Disagreement, match=r"probability: 0\.3 by pandas and scikit-learn, 0\.25 by keepfit"):
        start._agree({**same, start.PANDAS: {"probability": 0.3}})


def test_ways_that_disagree_are_not_compared() -> None:
    same = {name: dict.fromkeys([*drift.PLAIN, "number_00"], 0.1) for name in (drift.MONITOR, drift.PANDAS)}
    drift._agree(same)
    with pytest.raises(Disagreement, match=r"number_00: 0\.2 by keepfit monitor, 0\.1 by hand"):
        drift._agree({**same, drift.MONITOR: {**same[drift.MONITOR], "number_00": 0.2}})


def test_joins_with_other_values_are_not_compared() -> None:
    same = {name: {"rows": 3.0, "sum mean_0": 7.5} for name in (joins.ARRAYS, joins.ASOF)}
    joins._agree(same)
    with pytest.raises(Disagreement, match=r"sum mean_0: 7\.6 by DuckDB by hand, memory, 7\.5 by keepfit"):
        joins._agree({**same, joins.ASOF: {"rows": 3.0, "sum mean_0": 7.6}})


def test_searches_that_find_models_of_another_kind_are_not_compared() -> None:
    alike = {name: {"roc_auc": 0.77} for name in (search.HALVING, search.RANDOMIZED)}
    search._agree(alike)
    with pytest.raises(
        Disagreement, match=r"keepfit, halving has a test ROC AUC of 0\.7000, another 0\.7700"
    ):
        search._agree({**alike, search.HALVING: {"roc_auc": 0.7}})


def test_the_only_turn_counts_where_no_other_is_wanted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken = in_turns([counting(tmp_path, monkeypatch)], rounds=0, check=lambda answers: None)
    assert 0 <= taken["0"].cpu_seconds < 1_000_000


def test_the_answers_are_checked_before_any_time_is_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def check(answers: Mapping[str, Mapping[str, float]]) -> None:
        assert answers == {"0": {"turns": 1}}
        raise Disagreement("as the test wants")

    with pytest.raises(Disagreement):
        in_turns([counting(tmp_path, monkeypatch)], rounds=100, check=check)


@pytest.mark.skipif(not Path("/proc/self/clear_refs").exists(), reason="peak memory is known on Linux only")
def test_memory_is_what_a_way_adds_to_what_was_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ways = [counting(tmp_path, monkeypatch, grow=grow) for grow in (0, 50_000_000)]
    taken = in_turns(ways, rounds=2, check=lambda answers: None)
    assert (taken["0"].peak_bytes or 0) < 10_000_000
    assert 40_000_000 < (taken["50000000"].peak_bytes or 0) < 70_000_000
    assert taken["0"].versions.keys() == {"rich"}


def test_a_way_that_breaks_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    way = counting(tmp_path, monkeypatch, grow=-1)
    with pytest.raises(WayFailed, match="-1 \\(counting\\) ended with exit code 1"):
        in_turns([way], rounds=1, check=lambda answers: None)

"""`keepfit performance` shows how well versions do, and what became of every outcome."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import msgspec
import pytest

from cli.checkout import models_folder
from cli.places.deployment import Deployment
from keepfit.adapters.aws.clients import client
from keepfit.adapters.aws.s3_artifacts import S3Artifacts
from keepfit.adapters.aws.s3_intake import S3Intake
from keepfit.adapters.duckdb.parquet_predictions import ParquetPredictions
from keepfit.adapters.memory.features import MemoryEvents
from keepfit.definitions.compiling import compile_all
from keepfit.features.ingest.ingest import Ingest
from keepfit.monitoring.estimation.estimate import Estimate
from keepfit.monitoring.outcomes.counts import ToldOutcomes
from keepfit.monitoring.outcomes.report import Checked, Honesty, PerformanceReport, VersionPerformance
from keepfit.monitoring.prediction_log.parse import Prediction
from tests.unit.cli.conftest import Invoked, Keepfit
from tests.unit.cli.support.standin import OUTPUTS, Stacks

END = datetime(2026, 3, 1, tzinfo=UTC)
WINDOW = (END - timedelta(days=30), END)


def _version(version: int, period: datetime | None = None, **changes: Any) -> VersionPerformance:
    counts = {"predictions": 1200, "outcomes": 1000, "late": 7, "pending": 150, "overdue": 50}
    measured = {"value": 0.8125, "interval": (0.79, 0.83), "judged": 0.85}
    return VersionPerformance(**{"version": version, "period": period, **counts, **measured, **changes})


def _report(*versions: VersionPerformance, **changes: Any) -> PerformanceReport:
    told = ToldOutcomes(
        rows=1010, matched=1000, unknown=3, duplicates=5, corrected=2, unknown_ids=["a", "b", "c"]
    )
    said = {
        "model": "delay",
        "ran_at": END,
        "window": WINDOW,
        "as_of": END,
        "by": None,
        "metric": "roc_auc",
        "dataset": "delay_outcomes",
        "dataset_version": 4,
        "told": told,
        "versions": list(versions),
        "champion": 2,
        "expected_within": "2d",
    }
    return PerformanceReport(**{**said, **changes})


@pytest.fixture
def monitor(deployment: Deployment, invoked: Invoked) -> Invoked:
    invoked.answers["monitor"] = msgspec.to_builtins(_report(_version(2)))
    return invoked


def test_a_report_is_made_now_and_shown_with_the_reason_of_every_count(
    keepfit: Keepfit, monitor: Invoked
) -> None:
    shown = keepfit("performance", "delay").stdout
    assert monitor.calls == [("monitor", {"performance": {}})]
    for words in ("0.8125", "0.7900 to 0.8300", "0.8500", "1,000", "version 4 of delay_outcomes", "2d"):
        assert words in shown
    for name, meaning in (
        ("unknown", "no prediction of this model has the id"),
        ("duplicates", "says the same"),
        ("corrected", "counts in its place"),
    ):
        assert name in shown
        assert meaning in shown
    assert "unasked" not in shown


def test_what_is_asked_for_reaches_the_monitor(keepfit: Keepfit, monitor: Invoked) -> None:
    keepfit("performance", "delay", "--window", "90d", "--by", "week", "--as-of", "2026-02-01")
    assert monitor.calls == [
        ("monitor", {"performance": {"window": "90d", "by": "week", "as_of": "2026-02-01"}})
    ]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--window", "soon"], "--window 'soon' is not a duration"),
        (["--as-of", "then"], "--as-of 'then' is no instant"),
        (["--by", "month"], "month"),
    ],
)
def test_what_cannot_be_asked_never_reaches_the_monitor(
    keepfit: Keepfit, monitor: Invoked, options: list[str], said: str
) -> None:
    answer = keepfit("performance", "delay", *options)
    assert (answer.exit_code, monitor.calls) == (2, [])
    assert said in answer.stderr


def test_unknown_outcomes_of_other_models_are_told_as_foreign(
    keepfit: Keepfit, stacks: Stacks, monitor: Invoked
) -> None:
    stacks.stacks["keepfit-other"] = {**OUTPUTS, "Model": "other"}
    predictions = [
        Prediction(prediction_id=name, version=1, at=END, event_time=at, inputs={}, outputs={}, answer=[0.5])
        for name, at in (("b", END), ("z", END), ("c", END - timedelta(days=60)))
    ]
    ParquetPredictions(files=S3Artifacts(bucket="lake"), model="other").add("batch", predictions)
    assert keepfit("performance", "delay", "--json").json["foreign"] == {"other": 1}
    shown = keepfit("performance", "delay").stdout
    assert "foreign to" in shown
    assert "predictions of another model have the id" in shown


def test_without_predictions_and_outcomes_it_says_so(keepfit: Keepfit, monitor: Invoked) -> None:
    empty = _report(
        window=None, told=ToldOutcomes(), dataset_version=None, champion=None, expected_within=None
    )
    monitor.answers["monitor"] = msgspec.to_builtins(empty)
    shown = keepfit("performance", "delay").stdout
    for words in ("none was collected yet", "no prediction in this time", "none was told"):
        assert words in shown


ESTIMATED = Estimate(value=0.8, interval=(0.77, 0.84))
CHECKED = Checked(value=0.8, interval=(0.77, 0.84), error=-0.0125, held=True)


def test_estimates_stand_beside_what_came_true_with_how_honest_they_were(
    keepfit: Keepfit, monitor: Invoked
) -> None:
    report = _report(
        _version(1, estimated=ESTIMATED, checked=CHECKED),
        _version(2, value=None, interval=None, estimated=ESTIMATED),
        honesty=Honesty(checked=20, held=0.95, mean_absolute_error=0.0125),
    )
    monitor.answers["monitor"] = msgspec.to_builtins(report)
    shown = " ".join(keepfit("performance", "delay").stdout.split())
    for words in ("0.8000", "0.7700 to 0.8400", "-0.0125, held", "off by 0.0125 on average"):
        assert words in shown
    assert "95% of 20 intervals held what came true" in shown
    document = keepfit("performance", "delay", "--json").json
    assert document["honesty"] == {"checked": 20, "held": 0.95, "mean_absolute_error": 0.0125}
    assert document["versions"][1]["estimated"] == {"value": 0.8, "interval": [0.77, 0.84]}


def test_a_model_whose_outcomes_are_not_told_shows_estimates_and_says_how_to_tell_them(
    keepfit: Keepfit, monitor: Invoked
) -> None:
    only = _version(2, value=None, interval=None, note="no outcome is known", estimated=ESTIMATED)
    report = _report(only, dataset="", dataset_version=None, told=ToldOutcomes())
    monitor.answers["monitor"] = msgspec.to_builtins(report)
    answer = keepfit("performance", "delay")
    assert "0.7700 to 0.8400" in answer.stdout
    assert "[model.delay.outcomes] tells what came true" in answer.stderr


@pytest.mark.parametrize("by", [None, "day"])
def test_the_report_can_be_kept_as_a_page_with_a_plot(
    keepfit: Keepfit, monitor: Invoked, tmp_path: Path, by: str | None
) -> None:
    days = [END - timedelta(days=2), END - timedelta(days=1)] if by else [None]
    versions = [
        _version(number, day, estimated=ESTIMATED, checked=CHECKED) for day in days for number in (1, 2)
    ]
    nothing = _version(3, days[0], value=None, interval=None, note="9 outcomes <b>")
    monitor.answers["monitor"] = msgspec.to_builtins(_report(*versions, nothing, by=by))
    page = tmp_path / "performance.html"
    assert str(page) in keepfit("performance", "delay", "--html", str(page)).stderr
    drawn = page.read_text(encoding="utf-8")
    assert "<svg" in drawn
    assert "version 2, estimated" in drawn
    assert "9 outcomes &lt;b&gt;" in drawn
    assert ("days since 2026-01-30" in drawn) == bool(by)


DEFINITION = """
[dataset.trips]
event_time = "at"
[dataset.trips.fields]
at = { type = "timestamp" }
distance = { type = "float" }
remark = { type = "text", nullable = true }
late = { type = "bool" }
[model.delay]
dataset = "trips"
label = "late"
inputs = ["distance"]
"""


def _kept(deployment: Deployment) -> None:
    """A prediction, and what came true of it."""
    prediction = Prediction(
        prediction_id="p", version=1, at=END, event_time=END, inputs={"distance": 7}, outputs={}, answer=[0.5]
    )
    ParquetPredictions(files=S3Artifacts(bucket="lake"), model="delay").add("batch", [prediction])
    told = {"prediction_id": "p", "outcome": True, "known_at": END - timedelta(hours=1)}
    client("s3").put_object(Bucket="intake", Key="delay_outcomes/a.jsonl", Body=msgspec.json.encode(told))
    for bucket in ("intake", "lake"):
        client("s3").put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    ingest = Ingest(
        dataset="delay_outcomes",
        definition=compile_all(models_folder()).datasets["delay_outcomes"].definition,
        intake=S3Intake(bucket="intake"),
        lake=deployment.manifests,
        records=deployment.datasets,
        events=MemoryEvents(),
    )
    assert ingest.take("delay_outcomes/a.jsonl", None).outcome == "taken"


def test_requests_with_outcomes_are_written_as_rows_of_the_dataset(
    keepfit: Keepfit,
    monitor: Invoked,
    deployment: Deployment,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("KEEPFIT_MODELS", str(tmp_path))
    (tmp_path / "delay.toml").write_text(f"{DEFINITION}[model.delay.outcomes]\n")
    _kept(deployment)
    written = tmp_path / "rows.parquet"
    answer = keepfit("performance", "delay", "--rows", str(written))
    assert f"1 rows with outcomes: keepfit upload trips {written}" in answer.stderr
    [row] = duckdb.sql(f"SELECT late, distance, remark FROM '{written}'").fetchall()
    assert row == (True, "7.0", None)
    assert monitor.calls == [("monitor", {"performance": {}})]


@pytest.mark.parametrize(
    ("outcomes", "said"),
    [
        ("", "has no outcomes"),
        ('[model.delay.outcomes]\njoin_on = ["distance"]\n', "only category"),
        ("[model.delay.outcomes]\n[dataset.trips.fields.stops]\ntype = 'int'\n", "need stops"),
    ],
)
def test_rows_that_cannot_be_made_say_why(
    keepfit: Keepfit,
    monitor: Invoked,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    outcomes: str,
    said: str,
) -> None:
    monkeypatch.setenv("KEEPFIT_MODELS", str(tmp_path))
    (tmp_path / "delay.toml").write_text(f"{DEFINITION}{outcomes}")
    answer = keepfit("performance", "delay", "--rows", str(tmp_path / "rows.parquet"))
    assert answer.exit_code != 0
    assert said in answer.stderr

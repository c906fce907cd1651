"""Plays the parts of people and clients in the year; all else the product does by itself."""

from __future__ import annotations

import hashlib
import json
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from cli.places.deployment import Deployment
from cli.places.executions import Course, look
from cli.places.functions import invoke
from keepfit.evaluation.metrics.roc_auc import roc_auc
from keepfit.layout import ModelScope
from keepfit.registry.ledger import gains
from keepfit.serving.inference.scorer import Scorer
from keepfit.training.runs.run import RELEASED
from keepfit.training.runs.run_files import MODEL as MODEL_FILE
from keepfit.training.runs.run_files import SIGNATURE
from replay.bake_traffic import MOST_ASKED, BakeTraffic
from replay.client import Answer, PredictionClient, singles_and_batches
from replay.flights import Requests, Year
from replay.real_time import RealTimeDay
from replay.results import MonthResult, YearResult
from replay.told import write_told
from replay.watch import Watch

MODEL = "flight_delay"
FIRST_MONTHS = [1, 2]
# Each month's weather, then its flights: both are data of the model, and both ask its state machine.
_UPLOADS = 2
# High-resolution metrics are judged in periods of ten seconds: two verdicts in one period would blur into one.
_ALARM_PERIOD_S = 10.0
# Of the last day's flights, one request each.
ASKED = 250

Tell = Callable[[str], None]


@dataclass(slots=True, kw_only=True)
class Play:
    """A year on one deployment; ``sample`` is the number of flights per month, None for all."""

    deployment: Deployment
    year: Year
    client: PredictionClient
    sample: int | None
    tell: Tell
    watch: Watch = field(init=False)
    _frozen: Scorer = field(init=False)
    _verdict_at: float = field(init=False, default=0.0)

    def __post_init__(self) -> None:
        self.watch = Watch(self.deployment, MODEL)

    def run(self, months: list[int], seed: int) -> YearResult:
        """Uploads the first months, then replays ``months`` one after the other."""
        start = time.monotonic()
        rows, seconds = self._first_release()
        results = [self._month(m, None if m == months[-1] else m + 1) for m in months]
        day = RealTimeDay(deployment=self.deployment, client=self.client, tell=self.tell)
        real_time = day.run(self.year.last_day(months[-1], ASKED))
        return YearResult(
            seed=seed,
            months=results,
            gains=gains(self.deployment.ledger(MODEL).entries()),
            real_time=real_time,
            champions=[{"month": r.month, "champion": r.champion} for r in results],
            upload_to_release_seconds=round(seconds, 1),
            upload_to_release_rows=rows,
            seconds=round(time.monotonic() - start, 1),
        )

    def threshold(self) -> float:
        """The drift score at which the alarm starts."""
        return self.watch.alarm_threshold()

    def _first_release(self) -> tuple[int, float]:
        self.tell("January and February: upload, train, release")
        start = time.monotonic()
        rows = self._upload_outcomes(FIRST_MONTHS, "2013-01-02")
        self.watch.settled(_UPLOADS)
        seconds = time.monotonic() - start
        self._frozen = self._load_scorer(1)
        return rows, seconds

    def _month(self, month: int, coming: int | None) -> MonthResult:
        start = time.monotonic()
        name = f"2013-{month:02d}"
        requests = self.year.sample(month, self.sample)
        self.tell(f"{name}: {len(requests.instances)} flights ask for a prediction")
        answers = self.client.send(requests.instances, singles_and_batches(len(requests.instances)))
        self.tell(f"{name}: the monitor compares the month with what the champion learned from")
        traffic = self._traffic(coming or month)
        report = self._monitor(traffic)
        self.tell(f"{name}: clients tell what came true of what they asked")
        courses = [*report["courses"], *self._tell_outcomes(name, requests, answers)]
        before = len(self.watch.executions())
        self.tell(
            f"{name}: outcomes arrive"
            + (" while the drift alarm stands: a retraining" if report["alarm"] else "")
        )
        # Of the last month the last day comes as it happens.
        self._upload_outcomes([month], name, last_day=coming is not None)
        executions = self.watch.settled(before + _UPLOADS, meanwhile=traffic)
        self._verdict_at = time.time()
        courses += self._courses(executions[: len(executions) - before])
        runs = [course.run for course in courses if course.run]
        return MonthResult(
            month=month,
            requests=len(answers),
            failed_requests=sum(a.status != 200 for a in answers),
            worst_drift=report["worst_drift"],
            worst_input=report["worst_input"],
            drifted=report["drifted"],
            alarm=report["alarm"],
            retrained=[f"{run.outcome} v{run.version}" if run.version else str(run.outcome) for run in runs],
            released=[run.version for run in runs if run.version and run.outcome == RELEASED],
            asked_by=[run.trigger.kind for run in runs],
            suppressed=[course.suppressed for course in courses if course.suppressed],
            champion=_version(answers),
            auc=_auc(
                requests, np.array([np.nan if a.probability is None else a.probability for a in answers])
            ),
            auc_frozen=_auc(requests, self._frozen_scores(requests)),
            seconds=round(time.monotonic() - start, 1),
        )

    def _traffic(self, month: int) -> BakeTraffic:
        return BakeTraffic(
            client=self.client,
            watch=self.watch,
            waiting=self.year.others(month, self.sample or 0, MOST_ASKED).instances,
        )

    def _monitor(self, traffic: Callable[[], None]) -> dict[str, Any]:
        """Runs the monitor, waits for its alarm and for the executions that the alarm starts."""
        self.watch.logs_delivered()
        self._leave_alarm_period()
        before = len(self.watch.executions())
        report = invoke(self.deployment.model(MODEL)["MonitorFunction"], {})
        alarm = report["worst_drift"] >= report["threshold"]
        self.watch.alarm_is("ALARM" if alarm else "OK")
        # A new alarm starts the state machine; so does one that has stood since before this run.
        executions = self.watch.settled(before + (1 if alarm else 0), meanwhile=traffic)
        self._verdict_at = time.time()
        return {**report, "alarm": alarm, "courses": self._courses(executions[: len(executions) - before])}

    def _tell_outcomes(self, name: str, requests: Requests, answers: list[Answer]) -> list[Course]:
        """Uploads what came true of predictions, and has the gain of a retrained version measured.

        The monitor's next turn does that, and finds the same drift, so that an alarm that stands asks again.
        """
        with tempfile.TemporaryDirectory() as folder:
            told = Path(folder) / "outcomes.csv"
            write_told(told, requests, answers)
            self._upload(ModelScope(MODEL).outcomes, name, told)
        if _version(answers) <= max(1, self.deployment.progress(MODEL).load().gain_of):
            return []
        return list(self._monitor(lambda: None)["courses"])

    def _leave_alarm_period(self) -> None:
        """Waits until the last result's alarm period is over; a release's own result counts too."""
        time.sleep(max(0.0, (self._verdict_at // _ALARM_PERIOD_S + 1) * _ALARM_PERIOD_S - time.time()))

    def _upload_outcomes(self, months: list[int], name: str, *, last_day: bool = True) -> int:
        """Uploads the weather first: the flights' update starts a run that needs its features."""
        with tempfile.TemporaryDirectory() as folder:
            weather, flights = Path(folder) / "weather.csv", Path(folder) / "flights.csv"
            self.year.write_weather(months, weather, last_day=last_day)
            rows = self.year.write_outcomes(months, flights, last_day=last_day)
            for dataset, path in (("weather", weather), ("flights", flights)):
                self._upload(dataset, name, path)
        return rows

    def _upload(self, dataset: str, name: str, path: Path) -> None:
        """Uploads a file, and waits until it is a version of the dataset."""
        body = path.read_bytes()
        self.deployment.place.client("s3").put_object(
            Bucket=self.deployment.platform("IntakeBucket"), Key=f"{dataset}/{name}.csv", Body=body
        )
        self.watch.ingested(dataset, hashlib.sha256(body).hexdigest())

    def _courses(self, executions: list[dict[str, Any]]) -> list[Course]:
        """The histories of executions, the oldest first."""
        return [look(self.deployment, MODEL, execution["executionArn"]) for execution in reversed(executions)]

    def _load_scorer(self, version: int) -> Scorer:
        folder = ModelScope(MODEL).version(version)
        store = self.deployment.artifacts
        return Scorer.load(store.get(f"{folder}{MODEL_FILE}"), store.get(f"{folder}{SIGNATURE}"))

    def _frozen_scores(self, requests: Requests) -> np.ndarray:
        batch = self._frozen.decode(json.dumps({"instances": requests.instances}).encode())
        return np.asarray(self._frozen.score(batch), dtype=float)


def _version(answers: list[Answer]) -> int:
    versions = {a.version for a in answers if a.version is not None}
    return max(versions) if versions else 0


def _auc(requests: Requests, scores: np.ndarray) -> float:
    known = ~np.isnan(requests.late) & ~np.isnan(scores)
    return round(float(roc_auc(requests.late[known] == 1.0, scores[known])), 4)

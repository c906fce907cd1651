"""Proof: over 200 trials in one run stay bounded, cost only themselves, and have one winner."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import msgspec

from cli.exits import CommandError
from cli.places.deployment import Deployment
from cli.places.place import at_cloud
from keepfit.training.runs.execution_limits import MAX_EVENTS
from keepfit.training.runs.run_files import MODEL, REPORT, TRIALS, RunFiles
from keepfit.training.search.record import SearchRecord
from localcloud.cloud import Cloud
from proofs.proof import Claim, Proof, Tell, at_least, at_most
from proofs.searches.errands import (
    CANDIDATE,
    DATASET,
    HANGS,
    KILLS,
    RAISES,
    WORKERS,
    model_of,
    strengths,
    write_definitions,
    write_rows,
)
from proofs.searches.histories import Extent, extent_of

NAME = "search"
_CLOUD = "search"
_MIN_TRIALS, _MAX_PAYLOAD = 200, 256 * 1024
_TIMEOUT_S, _POLL_S, _MAX_SHOWN = 3600.0, 1.0, 2000
_EXPECTED = {RAISES: "failed", HANGS: "too slow", KILLS: "failed"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What came of one model's search."""

    record: SearchRecord
    report: dict[str, Any]
    digest: str
    extent: Extent

    @property
    def winner(self) -> Any:
        """The number and the parameters of the best trial."""
        best = [trial.parameters for trial in self.record.trials if trial.number == self.record.best]
        return self.record.best, best

    @property
    def bad(self) -> dict[float, tuple[str, str]]:
        """The outcome and the reason of each trial that misbehaves, by its strength."""
        trials = {trial.parameters.get("C"): trial for trial in self.record.trials}
        return {value: (trials[value].outcome, trials[value].reason or "") for value in _EXPECTED}

    @property
    def lost(self) -> int:
        """Other trials that were not measured."""
        return sum(
            trial.outcome != "measured"
            for trial in self.record.trials
            if trial.parameters.get("C") not in _EXPECTED
        )


def prove(tell: Tell) -> Proof:
    """Searches by one worker, two and four on a cloud of its own."""
    with tempfile.TemporaryDirectory(prefix="keepfit-search-") as name:
        folder = Path(name)
        models, state = folder / "models", folder / "state"
        for each in (models, state):
            each.mkdir()
        write_definitions(models)
        cloud = Cloud(name=_CLOUD, root=state)
        own = {"KEEPFIT_STATE": str(state), "KEEPFIT_MODELS": str(models)}
        try:
            tell(f"deploying models whose searches have {', '.join(map(str, WORKERS))} workers")
            _keepfit(own, "local", "up", "--name", _CLOUD)
            write_rows(folder / "rows.csv")
            _keepfit(own, "upload", DATASET, folder / "rows.csv", "--wait")
            place = at_cloud(_CLOUD, cloud.endpoint())
            place.enter()
            deployment = Deployment(place)
            found = {}
            for workers in WORKERS:
                tell(f"{1 + len(strengths())} trials by {workers}")
                found[workers] = _searched(deployment, model_of(workers))
        finally:
            cloud.down()
    return summarize(found)


def summarize(found: dict[int, Found]) -> Proof:
    """What the searches together say of the promises."""
    bad = [each.bad for each in found.values()]
    as_expected = all(
        {value: outcome for value, (outcome, _) in one.items()} == _EXPECTED for one in bad
    ) and all("ended the process" in one[KILLS][1] for one in bad)
    winners = {str(each.winner) for each in found.values()}
    digests = {each.digest for each in found.values()}
    fanned = [each.extent for workers, each in found.items() if workers > 1]
    trials = min(len(each.record.trials) for each in found.values())
    return Proof(
        name=NAME,
        claims=[
            at_least("trials in one run", trials, _MIN_TRIALS),
            at_most(
                "events in the history of any execution",
                max(max(each.events, each.most_of_a_child) for each in fanned),
                MAX_EVENTS - 1,
            ),
            at_most(
                "events of the run's own history for each trial",
                round(max(each.events for each in fanned) / trials, 2),
                1,
            ),
            at_most(
                "bytes of the largest payload", max(each.largest_payload for each in fanned), _MAX_PAYLOAD
            ),
            Claim(
                promise="one trial raises, one hangs, one kills its process",
                found="; ".join(f"{outcome}: {reason}" for outcome, reason in bad[-1].values()),
                holds=as_expected,
            ),
            at_most("other trials that were lost", max(each.lost for each in found.values()), 0),
            Claim(
                promise=f"the same winner by {', '.join(map(str, found))} workers",
                found="; ".join(sorted(winners)),
                holds=len(winners) == 1,
            ),
            Claim(
                promise="and the same model",
                found=", ".join(sorted(digest[:12] for digest in digests)),
                holds=len(digests) == 1,
            ),
        ],
        figures={str(workers): asdict(each.extent) for workers, each in found.items()},
        details=[
            {
                "workers": workers,
                "trials": len(each.record.trials),
                "winner": each.record.best,
                "model": each.digest[:12],
                "trained_on": each.report["compute"]["on"],
                "after": each.report["compute"]["moved"],
                "events": each.extent.events,
                "rounds": each.extent.children,
                "most_events_of_a_round": each.extent.most_of_a_child,
                "largest_payload": each.extent.largest_payload,
            }
            for workers, each in found.items()
        ],
    )


def _searched(deployment: Deployment, model: str) -> Found:
    """Raises CommandError where the run of a model does not end with a trained candidate."""
    runs, end = deployment.runs(model), time.monotonic() + _TIMEOUT_S
    while not (closed := [run for run in runs.newest(1) if run.outcome is not None]):
        if time.monotonic() > end:
            raise CommandError(f"the run of {model} has not ended in {_TIMEOUT_S:.0f} s")
        time.sleep(_POLL_S)
    [run] = closed
    files = RunFiles(deployment.artifacts, run.folder).candidate(CANDIDATE)
    bodies = {name: files.find(name) for name in (TRIALS, REPORT, MODEL)}
    if missing := [name for name, body in bodies.items() if body is None]:
        raise CommandError(
            f"{model} was not trained: {', '.join(missing)} missing; {run.outcome}, {run.reason}"
        )
    return Found(
        record=msgspec.json.decode(bodies[TRIALS] or b"", type=SearchRecord),
        report=json.loads(bodies[REPORT] or b""),
        digest=hashlib.sha256(bodies[MODEL] or b"").hexdigest(),
        extent=extent_of(deployment, run.execution_arn),
    )


def _keepfit(own: dict[str, str], *words: str | Path) -> None:
    keepfit = Path(sys.executable).with_name("keepfit")
    place = [] if words[0] == "local" else ["--place", f"local:{_CLOUD}"]
    done = subprocess.run(
        [keepfit, *words, *place], env={**os.environ, **own}, capture_output=True, text=True, check=False
    )
    if done.returncode:
        said = f"{done.stdout}{done.stderr}"[-_MAX_SHOWN:]
        raise CommandError(f"keepfit {' '.join(map(str, words))} failed:\n{said}")

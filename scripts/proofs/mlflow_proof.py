"""Proof: MLflow takes versions and shows runs, asked by MLflow itself."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from cli.checkout import ROOT
from cli.exits import CommandError
from cli.places.deployment import Deployment
from cli.places.place import at_cloud
from keepfit import variables
from keepfit.training.runs.run import TrainingRun
from localcloud.cloud import Cloud
from proofs.mlflow_users.rides import FIELDS, MODELS, write_definitions, write_rides
from proofs.mlflow_users.servers import PYTHON, model_server, post, tracking_server
from proofs.proof import Claim, Proof, Tell, at_least, at_most

NAME = "mlflow"
_CLOUD = "mlflow"
_RIDES, _MORE_RIDES, _ASKED = 1500, 300, 40
_MAX_DIFFERENCE = 1e-6
_TIMEOUT_S, _POLL_S = 600.0, 1.0
_ASK = ROOT / "scripts" / "proofs" / "mlflow_users" / "ask.py"


def prove(tell: Tell) -> Proof:
    """Trains three models beside a tracking server, exports them, and asks each by MLflow and by keepfit."""
    tell("installing MLflow")
    subprocess.run([ROOT / "scripts" / "setup", NAME], check=True, stdout=subprocess.DEVNULL)
    with tempfile.TemporaryDirectory(prefix="keepfit-mlflow-") as name:
        return _proven(_Product(Path(name)), tell)


def _proven(product: _Product, tell: Tell) -> Proof:
    with ExitStack() as up:
        tracking = ExitStack()
        up.enter_context(tracking)
        address = tracking.enter_context(tracking_server(product.folder / "tracking"))
        up.enter_context(product.cloud(address))
        tell("training three models")
        product.upload(first=0, count=_RIDES)
        runs = {model: product.closed(model, 1).run_id for model in MODELS}
        tell("asking them by MLflow")
        differences = {model: product.difference(model) for model in MODELS}
        shown = {model: _shown(address, model, run) for model, run in runs.items()}
        figures = {"differences": differences, "dropped": product.dropped(runs["ride_late"])}
        tracking.close()  # the server is gone, and a run ends all the same
        tell("training without a tracking server")
        product.upload(first=_RIDES, count=_MORE_RIDES)
        ended = [str(product.closed(model, 2).outcome) for model in MODELS]
    trials = sum(len(each["trials"]) for each in shown.values())
    return Proof(
        name=NAME,
        claims=[
            at_most(
                "difference of pyfunc, models serve and the API", max(differences.values()), _MAX_DIFFERENCE
            ),
            at_least(
                "runs on the tracking server", sum(bool(each["run"]) for each in shown.values()), len(MODELS)
            ),
            at_least("candidates below them", sum(len(each["candidates"]) for each in shown.values()), 3),
            at_least("trials below those", trials, 4),
            Claim(
                promise="runs end without the tracking server, too",
                found=", ".join(ended),
                holds=not {"abandoned", "aborted"} & {*ended},
            ),
        ],
        figures=figures,
    )


class _Product:
    """`keepfit` with definitions and an embedded cloud of its own, in ``folder``."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._state, self._models = folder / "state", folder / "models"
        for each in (self._state, self._models):
            each.mkdir()
        write_definitions(self._models)
        self._environment: Mapping[str, str] = {}

    @contextmanager
    def cloud(self, tracking: str) -> Iterator[None]:
        """The cloud, deployed with the address of a tracking server."""
        own = {"KEEPFIT_STATE": str(self._state), "KEEPFIT_MODELS": str(self._models)}
        self._environment = {**os.environ, **own, variables.MLFLOW_URI: tracking}
        try:
            self._keepfit("local", "up", "--name", _CLOUD)
            yield
        finally:
            Cloud(name=_CLOUD, root=self._state).down()

    def upload(self, *, first: int, count: int) -> None:
        """Uploads rides, which starts a training of each model."""
        path = self.folder / f"rides-{first}.csv"
        write_rides(path, first=first, count=count)
        self._keepfit("upload", "rides", path, "--wait")

    def closed(self, model: str, number: int) -> TrainingRun:
        """The run of a model that was closed as the ``number``-th. Raises CommandError where there is none."""
        place = at_cloud(_CLOUD, Cloud(name=_CLOUD, root=self._state).endpoint())
        place.enter()
        runs, end = Deployment(place).runs(model), time.monotonic() + _TIMEOUT_S
        while time.monotonic() < end:
            closed = [run for run in runs.newest(number) if run.outcome is not None]
            if len(closed) == number:
                return closed[0]
            time.sleep(_POLL_S)
        raise CommandError(f"{model} has not ended {number} runs in {_TIMEOUT_S:.0f} s")

    def difference(self, model: str) -> float:
        """The largest difference between what the API answers and what MLflow does, in three ways."""
        folder, instances = self.folder / model, self._instances()
        self._keepfit("models", "export", model, folder)
        file = self.folder / "instances.json"
        file.write_text(json.dumps(instances))
        served = self._keepfit("predict", model, "-f", file)
        loaded = json.loads(
            subprocess.run(
                [PYTHON, _ASK, folder], input=file.read_bytes(), check=True, capture_output=True
            ).stdout
        )
        with model_server(folder, self.folder) as address:
            answered = post(f"{address}/invocations", {"dataframe_records": instances})["predictions"]
            example = json.loads((folder / "serving_input_example.json").read_bytes())
            post(f"{address}/invocations", example)
        ways = (loaded["json"], loaded["pandas"], answered)
        return max(_apart(served, rows, loaded["outputs"]) for rows in ways)

    def dropped(self, run: str) -> list[str]:
        """The columns that the run's selection dropped."""
        selection = self._keepfit("runs", "show", run)["selection"]
        return [column["column"] for column in selection["columns"] if not column["kept"]]

    def _instances(self) -> list[dict[str, Any]]:
        path = self.folder / "asked.csv"
        write_rides(path, first=5000, count=_ASKED)
        lines = [line.split(",") for line in path.read_text().splitlines()[1:]]
        return [_instance(dict(zip(FIELDS, line, strict=False))) for line in lines]

    def _keepfit(self, *words: str | Path) -> Any:
        keepfit = Path(sys.executable).with_name("keepfit")
        done = subprocess.run(
            [keepfit, *words, "--json"], env=self._environment, check=False, capture_output=True
        )
        if not done.stdout:
            raise CommandError(f"keepfit {words[0]}: {done.stderr.decode()[-2000:]}")
        document = json.loads(done.stdout)
        if isinstance(document, dict) and "error" in document:
            raise CommandError(f"keepfit {words[0]}: {document['error']['message']}")
        return document


def _instance(texts: dict[str, str]) -> dict[str, Any]:
    """A ride as a client sends it."""
    return {
        **texts,
        "distance": float(texts["distance"]),
        "passengers": int(texts["passengers"]) if texts["passengers"] else None,
        "weekend": texts["weekend"] == "True",
        "remark": texts["remark"] or None,
        "noise": float(texts["noise"]),
    }


def _apart(served: Mapping[str, Any], rows: list[dict[str, Any]], names: list[str]) -> float:
    """The largest difference of a number; infinite where another decision is made, or a column is missing."""
    if any([*row] != names for row in rows) or [row["prediction"] for row in rows] != served["predictions"]:
        return float("inf")
    outputs = [name for name in names if name != "prediction"]
    answered = [[row[name] for name in outputs] for row in rows]
    known = [row if isinstance(row, list) else [row] for row in served.get("probabilities", [])]
    pairs = [pair for a, b in zip(answered, known, strict=False) for pair in zip(a, b, strict=True)]
    return max((abs(a - b) for a, b in pairs), default=0.0)


def _shown(address: str, model: str, run: str) -> dict[str, list[str]]:
    """What the tracking server has of a run: itself where it is over, what is below it, and below that."""
    url = f"{address}/api/2.0/mlflow"
    experiments = post(f"{url}/experiments/search", {"max_results": 100, "filter": f"name = '{model}'"})
    wanted = {"experiment_ids": [each["experiment_id"] for each in experiments["experiments"]]}
    found = post(f"{url}/runs/search", {**wanted, "filter": f"tags.`keepfit.run` = '{run}'"})["runs"]
    names = {each["info"]["run_id"]: each["info"]["run_name"] for each in found}
    parents = {
        each["info"]["run_id"]: tag["value"]
        for each in found
        for tag in each["data"]["tags"]
        if tag["key"] == "mlflow.parentRunId"
    }
    below = {number: [child for child, of in parents.items() if of == number] for number in names}
    whole = {each["info"]["run_id"] for each in found if each["info"]["status"] == "FINISHED"}
    roots = [number for number in whole if names[number] == run]
    candidates = [child for number in roots for child in below[number]]
    return {
        "run": [names[number] for number in roots],
        "candidates": [names[number] for number in candidates],
        "trials": [names[child] for number in candidates for child in below[number]],
    }

"""Proof: MLflow takes versions and shows runs, asked by MLflow itself."""

from __future__ import annotations

import json
import subprocess
import tempfile
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from cli.checkout import ROOT
from keepfit import variables
from proofs.mlflow_users.servers import PYTHON, model_server, post, tracking_server
from proofs.proof import Claim, Proof, Tell, at_least, at_most
from proofs.rides.product import RidesProduct
from proofs.rides.table import MODELS

NAME = "mlflow"
_RIDES, _MORE_RIDES, _ASKED = 1500, 300, 40
_MAX_DIFFERENCE = 1e-6
_ASK = ROOT / "scripts" / "proofs" / "mlflow_users" / "ask.py"


def prove(tell: Tell) -> Proof:
    """Trains three models beside a tracking server, exports them, and asks each by MLflow and by keepfit."""
    tell("installing MLflow")
    subprocess.run([ROOT / "scripts" / "setup", NAME], check=True, stdout=subprocess.DEVNULL)
    with tempfile.TemporaryDirectory(prefix="keepfit-mlflow-") as name:
        return _proven(_Product(Path(name), NAME), tell)


def _proven(product: _Product, tell: Tell) -> Proof:
    with ExitStack() as up:
        tracking = ExitStack()
        up.enter_context(tracking)
        address = tracking.enter_context(tracking_server(product.folder / "tracking"))
        up.enter_context(product.cloud(**{variables.MLFLOW_URI: address}))
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


class _Product(RidesProduct):
    """The product, and what MLflow makes of its versions."""

    def difference(self, model: str) -> float:
        """The largest difference between what the API answers and what MLflow does, in three ways."""
        folder, instances = self.folder / model, self.instances(_ASKED)
        self.keepfit("models", "export", model, folder)
        file = self.folder / "instances.json"
        file.write_text(json.dumps(instances))
        served = self.keepfit("predict", model, "-f", file)
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
        selection = self.keepfit("runs", "show", run)["selection"]
        return [column["column"] for column in selection["columns"] if not column["kept"]]


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

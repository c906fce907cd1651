"""A finished model goes through the gates, the registry and a release like a trained one."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from keepfit.instants import to_iso
from keepfit.layout import ModelScope
from keepfit.training.runs.run_files import RunFiles
from tests.functions.conftest import Load
from tests.functions.inference import FUNCTION
from tests.functions.small_run import ARTIFACTS
from tests.functions.whole_loop import START, WholeLoop, World
from tests.unit.training.support.finished import by_column

_DEFINITION = """
[dataset.flights]
event_time = "departure"
[dataset.flights.fields]
departure = { type = "timestamp" }
distance  = { type = "float", min = 0 }
carrier   = { type = "category" }
late      = { type = "bool", nullable = true }
[model.delay]
dataset  = "flights"
label    = "late"
inputs   = ["distance", "carrier"]
[model.delay.training]
holdout      = "5d"
minimum_rows = 100
"""


def _row(hour: int) -> str:
    distance, carrier = hour * 37 % 2000, ("UA", "AA", "DL")[hour % 3]
    late = (distance > 1000) != (hour % 10 == 0)
    return f"{to_iso(START + pd.Timedelta(hours=hour))},{distance},{carrier},{str(late).lower()}\n"


@pytest.mark.usefixtures("training_stack")
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_a_finished_model_is_judged_registered_and_answers_as_it_did_before(
    tmp_path: Path, load: Load, context: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    random = np.random.default_rng(0)
    table = pd.DataFrame(
        {
            "distance": random.uniform(0, 2000, 400).astype(np.float32),
            "carrier": random.choice(["UA", "AA", "DL"], 400),
        }
    )
    estimator, file = by_column(table, table["distance"] > 1000, categories=["carrier"])
    digest = hashlib.sha256(file).hexdigest()
    ARTIFACTS.put_new(ModelScope("delay").imported(digest), file)

    header = "departure,distance,carrier,late"
    world = World(definition=_DEFINITION, header=header, row=_row)
    loop = WholeLoop(None, tmp_path, load, context, monkeypatch, world)
    loop.upload("first", first_day=0, days=20)
    wish = {"by": "ada", "imported": digest, "file": "model.onnx"}
    _, admitted = loop.admit("Training Requested", wish, source="keepfit.person")
    release = loop.prepare(loop.train(admitted["run_id"]))

    files = RunFiles(ARTIFACTS, f"runs/delay/{release['run_id']}")
    judgement, report = files.judgement(), files.candidate("imported").report()
    assert (judgement.winner, files.run().trigger.imported) == ("imported", digest)
    assert "nobody here knows what it was trained on" in files.training_set().doubts[-1]
    assert report is not None
    assert (report.algorithm, report.rows, report.parity.max_difference) == ("imported", 0, 0.0)
    explanation = files.candidate("imported").explanation()
    assert explanation is not None
    assert explanation.permutation is not None
    assert explanation.permutation.columns[0].column == "distance"
    assert explanation.shap is not None
    assert explanation.shap.method == "drawn orders"
    assert explanation.learning_curve is None

    asked = table[:20].to_dict("records")
    event = {"version": "2.0", "body": json.dumps({"instances": asked}), "isBase64Encoded": False}
    payload = json.dumps(event).encode()
    response = loop.inference.invoke(
        FunctionName=FUNCTION, Qualifier=release["lambda_version"], Payload=payload
    )
    answered = json.loads(json.loads(response["Payload"].read())["body"])
    assert answered["probabilities"] == pytest.approx(estimator.predict_proba(table[:20])[:, 1], abs=1e-5)

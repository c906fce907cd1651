"""Measures a request above the model itself, beside other ways to write the handler: `scripts/bench`.

All ways answer the same requests with the same logistic regression, in turns within one process, so that the ratios
hold on a noisy machine. Each figure is the best of its rounds, in CPU time of the thread, the system's share included,
with the garbage collector on.

"session.run" is the bare call of onnxruntime with rows that are ready. Every way writes its log lines before it
answers, as a Lambda function must: one write per request, here to /dev/null, by the code that a release writes with.
"""

from __future__ import annotations

import json
import os
import uuid
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime as ort
import pandas as pd
from sklearn.compose import make_column_transformer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import OrdinalEncoder, StandardScaler

from keepfit.features.encoding.matrix import Encoder
from keepfit.features.schema.signature import Column, Signature, to_json
from keepfit.runtime.predict import write
from keepfit.serving.inference.onnx_session import Session
from keepfit.serving.inference.scorer import Scorer
from keepfit.serving.requests.predictor import Predictor
from keepfit.training.recipes.sklearn_onnx import to_onnx
from tests.bench import explained_requests, graph_requests, text_requests
from tests.bench.figures import Comparison
from tests.bench.in_process import best_in_turns

Handler = Callable[[Mapping[str, Any]], dict[str, Any]]

CATEGORIES = {
    "carrier": ["AA", "B6", "UA"],
    "origin": ["EWR", "JFK", "LGA"],
    "dest": ["BOS", "LAX", "MIA", "ORD"],
}
WEATHER = ["temp", "dewp", "humid", "wind_dir", "wind_speed", "wind_gust", "precip", "pressure", "visib"]
DERIVED = {"hour": "hour", "weekday": "isodow"}
_DEPARTURE = ["column", "departure", "timestamp"]
SIGNATURE = Signature(
    model="flight_delay",
    label="late",
    event_time="departure",
    columns=[
        *(Column(name=n, source="input", type="category", vocabulary=v) for n, v in CATEGORIES.items()),
        Column(name="distance", source="input", type="float", min=0),
        Column(name="departure", source="input", type="timestamp"),
        *(Column(name=name, source="feature", type="float") for name in WEATHER),
        *(
            Column(name=name, source="derived", type="float", expression=["extract", part, _DEPARTURE])
            for name, part in DERIVED.items()
        ),
    ],
)


def instances(count: int) -> list[dict[str, Any]]:
    random = np.random.default_rng(1)
    return [
        {
            **{name: str(random.choice(values)) for name, values in CATEGORIES.items()},
            "distance": float(random.integers(80, 3000)),
            "departure": f"2013-03-{1 + n % 28:02}T{n % 24:02}:{n % 60:02}:00Z",
            **{name: round(float(random.uniform(0, 100)), 1) for name in WEATHER},
        }
        for n in range(count)
    ]


class Handlers:
    """The same model behind four handlers; each writes its log to the same open file."""

    def __init__(self, log: Callable[[bytes], object]) -> None:
        rows = instances(2000)
        scorer_columns = {name: [row[name] for row in rows] for name in rows[0]}
        scorer_columns["departure"] = [datetime.fromisoformat(at) for at in scorer_columns["departure"]]
        matrix = Encoder(SIGNATURE).encode(scorer_columns)
        labels = matrix[:, -2] + matrix[:, 4] / 20 > 14
        logistic = make_pipeline(StandardScaler(), LogisticRegression()).fit(matrix, labels)
        self.model = to_onnx(logistic, columns=matrix.shape[1])
        self.scorer = Scorer.load(self.model, to_json(SIGNATURE))
        self.session = Session(self.model, self.scorer.task.onnx_outputs)
        self.predictor = Predictor(scorer=self.scorer, model="flight_delay", version=3, log=log)
        self.pipeline = _pipeline().fit(_frame(rows), labels)
        self.log = log
        self._codes = {
            name: {value: float(code) for code, value in enumerate(values, start=2)}
            for name, values in CATEGORIES.items()
        }

    def keepfit(self, event: Mapping[str, Any]) -> dict[str, Any]:
        return self.predictor.answer(event)

    def stdlib(self, event: Mapping[str, Any]) -> dict[str, Any]:
        """What one writes by hand, without checking more than that the fields are there."""
        sent = json.loads(event["body"])["instances"]
        rows = []
        for instance in sent:
            at = datetime.fromisoformat(instance["departure"])
            codes = [self._codes[name].get(instance[name], 1.0) for name in CATEGORIES]
            weather = [float(instance[name]) for name in WEATHER]
            rows.append([*codes, float(instance["distance"]), *weather, at.hour, at.isoweekday()])
        return self._answer(sent, self.session.run(np.array(rows, np.float32))[0][:, -1].tolist())

    def pandas(self, event: Mapping[str, Any]) -> dict[str, Any]:
        """What a notebook becomes: a data frame into the pipeline that was fitted on one."""
        sent = json.loads(event["body"])["instances"]
        return self._answer(sent, self.pipeline.predict_proba(_frame(sent))[:, 1].tolist())

    def _answer(self, sent: list[dict[str, Any]], probabilities: list[float]) -> dict[str, Any]:
        at = datetime.now(UTC).isoformat()
        ids = [uuid.uuid4().hex for _ in sent]
        self.log(
            "".join(
                json.dumps(
                    {"kind": "prediction", "prediction_id": i, "at": at, "inputs": row, "probability": p}
                )
                + "\n"
                for i, row, p in zip(ids, sent, probabilities, strict=True)
            ).encode()
        )
        body = {
            "model": "flight_delay",
            "model_version": 3,
            "predictions": [p >= 0.5 for p in probabilities],
            "probabilities": probabilities,
            "prediction_ids": ids,
        }
        return {"statusCode": 200, "headers": {"content-type": "application/json"}, "body": json.dumps(body)}


def _pipeline() -> Pipeline:
    codes = OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1)
    return make_pipeline(
        make_column_transformer((codes, list(CATEGORIES)), remainder="passthrough"),
        StandardScaler(),
        LogisticRegression(),
    )


def _frame(rows: list[dict[str, Any]]) -> pd.DataFrame:
    frame = pd.DataFrame(rows)
    at = pd.to_datetime(frame.pop("departure"), utc=True)
    return frame.assign(hour=at.dt.hour, weekday=at.dt.day_of_week)


def compared(*, rounds: int) -> list[Comparison]:
    """One table per number of rows, and one of a text."""
    with Path(os.devnull).open("wb") as nowhere:
        handlers = Handlers(partial(write, nowhere.fileno()))
        tables = [_compared(handlers, count, rounds) for count in (1, 1000)]
        bodies = {f"{count} row{'s' if count > 1 else ''} a request": instances(count) for count in (1, 1000)}
        events = {title: {"body": json.dumps({"instances": rows})} for title, rows in bodies.items()}
        graphs = graph_requests.compared(handlers.scorer, handlers.log, events, rounds=max(1, rounds // 4))
    others = [text_requests.compared(rounds=rounds), explained_requests.compared(rounds=rounds)]
    return [*tables, *others, *graphs]


def _compared(handlers: Handlers, count: int, rounds: int) -> Comparison:
    event = {"body": json.dumps({"instances": instances(count)}), "isBase64Encoded": False}
    ways: dict[str, Callable[[], object]] = {
        "session.run alone": _bare_run(handlers.model, count),
        "log write alone": partial(handlers.log, _logged(handlers, event)),
        "keepfit": partial(handlers.keepfit, event),
        "stdlib json": partial(handlers.stdlib, event),
        "pandas + scikit-learn": partial(handlers.pandas, event),
    }
    found = best_in_turns(ways, rounds=rounds, seconds=0.003)
    rows = []
    for name, took in found.items():
        above = took - found["session.run alone"] if name in ("keepfit", "stdlib json") else None
        rows.append(
            {
                "way": name,
                "microseconds": took * 1e6,
                "above_run": None if above is None else above * 1e6,
                "above_write": None if above is None else (above - found["log write alone"]) * 1e6,
                "times keepfit": took / found["keepfit"],
            }
        )
    return Comparison(title=f"{count} row{'s' if count > 1 else ''} a request, CPU microseconds", rows=rows)


def _bare_run(model: bytes, count: int) -> Callable[[], object]:
    """What onnxruntime itself takes for as many rows, called as ``serving.session`` calls it."""
    options = ort.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    session = ort.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    width = len(SIGNATURE.model_columns)
    rows = np.random.default_rng(0).uniform(0, 100, (count, width)).astype(np.float32)
    return partial(session.run, ["probabilities"], {session.get_inputs()[0].name: rows})


def _logged(handlers: Handlers, event: Mapping[str, Any]) -> bytes:
    """The lines of one request."""
    written: list[bytes] = []
    Predictor(scorer=handlers.scorer, model="flight_delay", version=3, log=written.append).answer(event)
    return written[0]

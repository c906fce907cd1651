"""Explained answers: contributions of each column that add up to the score, by every protocol."""

from __future__ import annotations

import csv
import io
import json
from functools import cache
from typing import Any

import numpy as np
import pytest

from keepfit.explanations.explainer import Explainer, from_bytes
from keepfit.features.schema.signature import to_json
from keepfit.serving.inference.scorer import Scorer
from keepfit.serving.requests.predictor import Predictor
from keepfit.tasks.answers import MAX_EXPLAINED
from tests.unit.serving.support.explained_model import fitted
from tests.unit.serving.support.small_model import INSTANCE, SIGNATURE, constant_model, instances

COLUMNS = [column.name for column in SIGNATURE.model_columns]


@cache
def model(algorithm: str) -> tuple[Scorer, Explainer]:
    onnx, explainer = fitted(algorithm)
    return Scorer.load(onnx, to_json(SIGNATURE)), from_bytes(explainer)


def predictor(algorithm: str = "lightgbm", *, log: Any = lambda _lines: None) -> Predictor:
    scorer, explainer = model(algorithm)
    return Predictor(scorer=scorer, model="m", version=3, log=log, explainer=lambda: explainer)


def asked(*rows: Any, **more: Any) -> dict[str, Any]:
    return {"body": json.dumps({"instances": rows, **more}), "isBase64Encoded": False}


def log_odds(probability: float) -> float:
    return float(np.log(probability / (1 - probability)))


@pytest.mark.parametrize("algorithm", ["lightgbm", "logistic_regression", "stacking"])
def test_contributions_add_up_to_the_score_of_each_row(algorithm: str) -> None:
    response = predictor(algorithm).answer(asked(*instances(4), explain=True))
    answer = json.loads(response["body"])
    explained = answer["explanation"]
    assert response["statusCode"] == 200
    assert [*explained["contributions"]] == COLUMNS
    for row, probability in enumerate(answer["probabilities"]):
        added = sum(values[row] for values in explained["contributions"].values())
        assert explained["base"] + added == pytest.approx(explained["scores"][row])
        answered = probability if explained["unit"] == "probability" else log_odds(probability)
        assert explained["scores"][row] == pytest.approx(answered, abs=1e-4)
    assert (explained["standard_error"] is None) == (algorithm != "stacking")


def test_an_answer_without_explanation_is_the_same_otherwise_and_both_are_logged() -> None:
    log: list[bytes] = []
    with_it, without = (
        json.loads(predictor(log=log.append).answer(asked(INSTANCE, explain=explain))["body"])
        for explain in (True, False)
    )
    assert "explanation" not in without
    assert with_it["probabilities"] == without["probabilities"]
    assert [json.loads(lines)["prediction_ids"] for lines in log] == [
        with_it["prediction_ids"],
        without["prediction_ids"],
    ]


def test_a_sheet_asks_by_the_address_and_has_a_column_for_each_contribution() -> None:
    row = {name: value for name, value in INSTANCE.items() if value is not None}
    sheet = f"{','.join(row)}\n{','.join(map(str, row.values()))}\n"
    event = {
        "body": sheet,
        "isBase64Encoded": False,
        "headers": {"content-type": "text/csv"},
        "queryStringParameters": {"explain": "true"},
    }
    [line] = csv.DictReader(io.StringIO(predictor().answer(event)["body"]))
    parts = [float(line[f"contribution {name}"]) for name in COLUMNS]
    assert float(line["base"]) + sum(parts) == pytest.approx(log_odds(float(line["probability"])), abs=1e-4)


def test_tensors_ask_by_a_parameter_and_get_a_tensor_of_rows_and_columns() -> None:
    inputs = [
        {"name": name, "shape": [1], "datatype": kind, "data": [INSTANCE[name]]}
        for name, kind in (
            ("carrier", "BYTES"),
            ("distance", "FP64"),
            ("stops", "INT64"),
            ("international", "BOOL"),
            ("departure", "BYTES"),
            ("wind gust", "FP64"),
        )
        if INSTANCE.get(name) is not None
    ]
    body = {"inputs": inputs, "parameters": {"explain": True}}
    event = {
        "routeKey": "POST /v2/models/m/infer",
        "body": json.dumps(body),
        "isBase64Encoded": False,
        "headers": {},
    }
    answer = json.loads(predictor().answer(event)["body"])
    outputs = {output["name"]: output for output in answer["outputs"]}
    assert outputs["contributions"]["shape"] == [1, len(COLUMNS)]
    assert outputs["contribution_columns"]["data"] == COLUMNS
    total = outputs["base"]["data"][0] + sum(outputs["contributions"]["data"])
    assert total == pytest.approx(outputs["score"]["data"][0])


@pytest.mark.parametrize(
    ("rows", "code", "status"),
    [(1, "no_explainer", 400), (MAX_EXPLAINED + 1, "too_many_instances", 413)],
)
def test_what_cannot_be_explained_is_told_and_not_logged(rows: int, code: str, status: int) -> None:
    log: list[bytes] = []
    one = predictor(log=log.append)
    if code == "no_explainer":
        old = Scorer.load(constant_model(0.5), to_json(SIGNATURE))
        one = Predictor(scorer=old, model="m", version=1, log=log.append)
    response = one.answer(asked(*instances(rows), explain=True))
    assert (response["statusCode"], json.loads(response["body"])["code"]) == (status, code)
    assert log == []


def test_explain_that_is_no_truth_is_told() -> None:
    response = predictor().answer(asked(INSTANCE, explain="yes"))
    assert response["statusCode"] == 400
    assert "explain" in json.loads(response["body"])["detail"]

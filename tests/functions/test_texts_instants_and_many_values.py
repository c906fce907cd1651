"""Texts, instants, JSON and categories of very many values, from an upload to a judged candidate."""

from __future__ import annotations

import csv
import io
import json
import random
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import msgspec
import numpy as np
import pytest

from keepfit.application.holdout import ask, read_holdout
from keepfit.features.encoding.numbers import row_numbers
from keepfit.features.schema.signature import from_json
from keepfit.layout import rows_folder
from keepfit.serving.inference.scorer import Scorer
from keepfit.serving.release.golden import choose_instances
from keepfit.training.runs.run_files import RunFiles
from tests.functions.conftest import Load
from tests.functions.small_run import RUN_ID
from tests.functions.uploaded_run import trained

FOLDER = f"runs/urgent/{RUN_ID}"
ROWS = 1500
TOML = """
[dataset.tickets]
event_time = "opened"
[dataset.tickets.fields]
opened   = { type = "timestamp" }
message  = { type = "text", nullable = true }
customer = { type = "category" }
payload  = { type = "text", nullable = true }
urgent   = { type = "bool" }
[model.urgent]
dataset  = "tickets"
label    = "urgent"
inputs   = ["opened", "message", "customer", "payload"]
derive.plan  = "payload ->> '$.account.plan'"
derive.seats = "(payload -> '$.account' ->> 'seats')::double"
[model.urgent.training]
holdout  = "12d"
window   = "90d"
minimum_rows = 100
[model.urgent.training.candidates.boosting]
algorithm = "hist_gradient_boosting"
[model.urgent.training.candidates.logistic]
algorithm = "logistic_regression"
"""


def tickets() -> str:
    """Urgent ones are written at night, by some customers, or in words that come in many forms."""
    chance, text = random.Random(1), io.StringIO()
    lines = csv.writer(text)
    lines.writerow(["opened", "message", "customer", "payload", "urgent"])
    for row in range(ROWS):
        at = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=37 * row)
        customer = chance.randrange(400)
        urgent = chance.random() < 0.2 + 0.25 * (at.hour < 6) + 0.3 * (customer % 7 == 0)
        words = [chance.choice(["the", "a", "invoice", "büro", "screen", "日本"]) for _ in range(6)]
        if urgent and chance.random() < 0.8:
            words.insert(3, chance.choice(["crashed", "crashes", "CRASH!!", "crashing"]) + str(row % 3))
        message = "" if row % 50 == 0 else " ".join(words)
        account = {"plan": chance.choice(["gold", "free"]), "owner": f"Ann {row}", "seats": customer / 4}
        payload = "" if row % 40 == 0 else json.dumps({"account": account})[: None if row % 30 else -1]
        lines.writerow([at.isoformat(), message, f"c{customer}", payload, str(urgent).lower()])
    return text.getvalue()


@pytest.fixture
def files(
    training_stack: None,
    load: Load,
    context: SimpleNamespace,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> RunFiles:
    """A run whose training set was built from one upload, and whose candidates were trained."""
    monkeypatch.setenv("KEEPFIT_LAKE_BUCKET", "lake")
    monkeypatch.setenv("KEEPFIT_MODEL", "urgent")
    return trained(
        tmp_path,
        TOML,
        "tickets/all.csv",
        tickets().encode(),
        load=load,
        context=context,
        candidates=["boosting", "logistic"],
    )


def test_a_candidate_learns_from_words_clocks_and_customers_and_serves_what_it_learned(
    files: RunFiles,
) -> None:
    holdout = read_holdout(files.rows.get("holdout.jsonl"))
    assert rows_folder(FOLDER) in files.rows.folder
    for name in ("boosting", "logistic"):
        own = files.candidate(name)
        report = own.report()
        assert report is not None
        assert report.metrics["roc_auc"] > 0.8
        assert report.parity.flipped_labels == 0
        signature = from_json(own.get("signature.json"))
        numbers = [number.name for number in row_numbers(signature)]
        assert numbers == [
            *(f"opened ({part})" for part in ("hour", "weekday", "month", "year")),
            *("message (score)", "message (words)"),
            *("customer", "customer (mean)"),
            *("plan", "seats"),
        ]
        scorer = Scorer.load(own.get("model.onnx"), own.get("signature.json"))
        served = ask(scorer, [row.instance for row in holdout])
        native = np.load(io.BytesIO(own.get("scores.npy")))
        assert np.abs(served - native).max() < 1e-6


def test_golden_requests_hold_only_words_that_several_texts_share(files: RunFiles) -> None:
    signature = from_json(files.candidate("boosting").get("signature.json"))
    rows: list[dict[str, Any]] = [
        json.loads(msgspec.json.decode(line)["instance"])
        if isinstance(msgspec.json.decode(line)["instance"], str)
        else msgspec.json.decode(line)["instance"]
        for line in files.rows.get("holdout.jsonl").splitlines()
    ]
    rows = [{**row, "message": f"{row['message'] or ''} to Jane Q. Doe"} for row in rows]
    shown = json.dumps(choose_instances(signature, rows))
    assert "invoice" in shown
    assert "jane" not in shown.lower()
    payloads = {row["payload"] for row in choose_instances(signature, rows)} - {None}
    assert any('"plan": "gold"' in payload for payload in payloads)
    assert any('"seats": ' in payload for payload in payloads)
    assert not any("Ann" in payload or "owner" in payload for payload in payloads)

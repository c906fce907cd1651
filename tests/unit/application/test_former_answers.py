"""A former version answers collected requests as it did, or as it would have, when clients asked."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest

from keepfit.adapters.duckdb.answered_requests import AnsweredRequests
from keepfit.adapters.duckdb.parquet_predictions import ParquetPredictions
from keepfit.adapters.memory.registry import MemoryArtifacts, MemoryVersions
from keepfit.application.answer_rows import answers_of
from keepfit.application.former_answers import former_answers
from keepfit.features.database import database
from keepfit.features.schema.signature import Signature, to_json
from keepfit.layout import ModelScope
from keepfit.monitoring.outcomes.gain import FormerAnswers
from keepfit.monitoring.outcomes.pairs import Answered
from keepfit.monitoring.prediction_log.parse import Prediction
from keepfit.registry.artifact_store import sha256
from keepfit.registry.versions import Manifest, write_manifest
from keepfit.serving.inference.scorer import Scorer
from keepfit.tasks.spec import TaskSpec
from tests.unit.serving.support import batches
from tests.unit.serving.support.small_model import SIGNATURE, instances, model

AT = datetime(2013, 3, 1, tzinfo=UTC)


def a_version(onnx: bytes, signature: Signature) -> tuple[MemoryArtifacts, MemoryVersions]:
    """A registry with version 1."""
    store, versions = MemoryArtifacts(), MemoryVersions(model="m")
    files = {"model.onnx": onnx, "signature.json": to_json(signature)}
    versions.claim("run", AT)
    for name, body in files.items():
        store.put(f"{ModelScope('m').version(1)}{name}", body)
    digests = {name: sha256(body) for name, body in files.items()}
    made = Manifest(
        model="m", version=1, run_id="run", created_at=AT, files=digests, data={}, digests={}, metrics={}
    )
    versions.register(write_manifest(store, made))
    return store, versions


def collected(asked: list[dict[str, Any]], folder: Path) -> Answered:
    """The requests after they were logged, collected and read again."""
    files = MemoryArtifacts()
    made = [
        Prediction(
            prediction_id=f"p{row:04}",
            version=2,
            at=AT,
            event_time=AT + row * timedelta(minutes=1),
            inputs=instance,
            outputs={},
            answer=[0.5],
        )
        for row, instance in enumerate(asked)
    ]
    predictions = ParquetPredictions(files=files, model="m")
    predictions.add("a", made[: len(made) // 2])
    predictions.add("b", made[len(made) // 2 :])
    with database(folder, memory_mb=512) as connection:
        connection.execute(
            "CREATE TABLE asked (id VARCHAR, version BIGINT, answer DOUBLE[], outcome BOOLEAN)"
        )
        ids = [[each.prediction_id] for each in made]
        connection.executemany("INSERT INTO asked VALUES ($1, 2, [0.5], true)", ids)
        requests = AnsweredRequests(connection, 2, width=1, limit=10_000)
        for paths in predictions.copies(predictions.keys(), folder):
            requests.collect(paths)
        return requests.read()


def test_it_answers_what_was_collected_as_it_answers_clients(tmp_path: Path) -> None:
    asked = instances(60)
    store, versions = a_version(model(), SIGNATURE)
    found = former_answers(store, versions, 1, collected(asked, tmp_path), SIGNATURE.task)
    assert isinstance(found, FormerAnswers)
    assert found.answered.all()
    expected, _ = answers_of(Scorer.load(model(), to_json(SIGNATURE)), asked)
    assert np.array_equal(found.outputs, expected)


def test_columns_of_every_type_come_back_as_they_were_sent(tmp_path: Path) -> None:
    rows = [batches.good_row(), batches.good_row(carrier="7", position=None, booked=None, weight=None)]
    rows = [{name: value for name, value in row.items() if name != "picture"} for row in rows]
    columns = [column for column in batches.SIGNATURE.columns if column.name != "picture"]
    signature = msgspec.structs.replace(batches.SIGNATURE, columns=columns)
    found = collected(rows, tmp_path)
    spec = signature.task
    onnx = batches.linear(len(batches.row_numbers(signature)))
    store, versions = a_version(onnx, signature)
    answers = former_answers(store, versions, 1, found, spec)
    assert isinstance(answers, FormerAnswers), answers
    expected, refused = answers_of(Scorer.load(onnx, to_json(signature)), rows)
    assert not refused
    assert np.array_equal(answers.outputs, expected)


def test_a_row_that_it_refuses_is_left_out(tmp_path: Path) -> None:
    asked = [*instances(4), {**instances(1)[0], "distance": -5.0}]
    store, versions = a_version(model(), SIGNATURE)
    found = former_answers(store, versions, 1, collected(asked, tmp_path), SIGNATURE.task)
    assert isinstance(found, FormerAnswers)
    assert found.answered.tolist() == [True] * 4 + [False]


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"distance": -5.0}, "version 1 answers none of the requests: distance"),
        ({"wind gust": ...}, "the log does not hold wind gust, which version 1 reads"),
    ],
)
def test_why_it_answers_nothing_is_said(change: dict[str, Any], says: str, tmp_path: Path) -> None:
    asked = [
        {name: value for name, value in {**each, **change}.items() if value is not ...}
        for each in instances(4)
    ]
    store, versions = a_version(model(), SIGNATURE)
    found = former_answers(store, versions, 1, collected(asked, tmp_path), SIGNATURE.task)
    assert isinstance(found, str)
    assert found.startswith(says)


def test_another_task_or_a_version_that_is_gone_is_not_compared(tmp_path: Path) -> None:
    store, versions = a_version(model(), SIGNATURE)
    found = collected(instances(4), tmp_path)
    assert isinstance(former_answers(store, versions, 1, found, TaskSpec(kind="regression")), str)
    assert "version 7 cannot be loaded" in str(former_answers(store, versions, 7, found, SIGNATURE.task))

"""Runs that somebody made by hand: the files of a real run with another model in the winner's place."""

from __future__ import annotations

import hashlib
import json
import os

import msgspec
import numpy as np
from onnx import NodeProto, TensorProto, helper, numpy_helper

from keepfit import instants
from keepfit.features.schema.signature import from_json
from keepfit.layout import rows_folder
from keepfit.training.runs.run import TrainingRun, name_run
from tests.e2e.loop.product import MODEL, Product

WINNER = "logistic"


def imitate(product: Product, run: TrainingRun, model: bytes | None = None) -> str:
    """The id of a new, open run that is ``run`` over again, won by ``WINNER`` with ``model``."""
    started_at = instants.now()
    made_up = f"{run.execution_arn}-{hashlib.sha256(os.urandom(8)).hexdigest()[:8]}"
    copy = msgspec.structs.replace(
        run,
        run_id=name_run(made_up, started_at),
        execution_arn=made_up,
        started_at=started_at,
        closed_at=None,
        outcome=None,
        reason=None,
        version=None,
    )
    store = product.deployment.artifacts
    for key in [*store.list(f"{run.folder}/"), *store.list(f"{rows_folder(run.folder)}/")]:
        store.put(key.replace(run.run_id, copy.run_id), store.get(key))
    if model is not None:
        store.put(f"{copy.folder}/candidates/{WINNER}/model.onnx", model)
        judgement = json.loads(store.get(f"{copy.folder}/judgement.json"))
        store.put(f"{copy.folder}/judgement.json", json.dumps({**judgement, "winner": WINNER}).encode())
    product.deployment.runs(MODEL).put(copy)
    return copy.run_id


def winner_of(product: Product, run: TrainingRun) -> str:
    """The candidate that won the run."""
    judgement = json.loads(product.deployment.artifacts.get(f"{run.folder}/judgement.json"))
    return str(judgement["winner"])


def column_of(product: Product, run: TrainingRun, name: str) -> tuple[int, int]:
    """The place of a column among those that the run's models read, and how many there are."""
    columns = from_json(product.deployment.artifacts.get(f"{run.folder}/signature.json")).model_columns
    return [column.name for column in columns].index(name), len(columns)


def answers_nan_where(column: int, value: float, width: int) -> bytes:
    """A model that says 0.3, but NaN where ``column`` of ``width`` is ``value``."""
    return _model(
        width,
        {"column": np.array([column], np.int64), "trap": np.array(value, np.float32)},
        helper.make_node("Gather", ["rows", "column"], ["seen"], axis=1),
        helper.make_node("Equal", ["seen", "trap"], ["trapped"]),
    )


def answers_nan(width: int) -> bytes:
    """A model that never says anything else."""
    return _model(
        width,
        {"column": np.array([0], np.int64)},
        helper.make_node("Gather", ["rows", "column"], ["seen"], axis=1),
        helper.make_node("Equal", ["seen", "seen"], ["trapped"]),
    )


def _model(width: int, constants: dict[str, np.ndarray], *until_trapped: NodeProto) -> bytes:
    known = {
        "usual": np.array(0.3, np.float32),
        "nan": np.array(np.nan, np.float32),
        "one": np.array(1, np.float32),
    }
    nodes = [
        *until_trapped,
        helper.make_node("Where", ["trapped", "nan", "usual"], ["late"]),
        helper.make_node("Sub", ["one", "late"], ["in_time"]),
        helper.make_node("Concat", ["in_time", "late"], ["probabilities"], axis=1),
    ]
    graph = helper.make_graph(
        nodes,
        "impostor",
        [helper.make_tensor_value_info("rows", TensorProto.FLOAT, [None, width])],
        [helper.make_tensor_value_info("probabilities", TensorProto.FLOAT, [None, 2])],
        [numpy_helper.from_array(value, name) for name, value in (known | constants).items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    return bytes(model.SerializeToString())

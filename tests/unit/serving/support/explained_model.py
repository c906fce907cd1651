"""A model of the small flights that is fitted with what explains it."""

from __future__ import annotations

import json
from functools import cache

import numpy as np

from keepfit.explanations.explainer import to_bytes
from keepfit.features.encoding.matrix import Encoder
from keepfit.training.definition import CandidateDefinition
from keepfit.training.explanation.explainers import explainer_of
from keepfit.training.recipes.base import Fitted
from keepfit.training.trials.fit_candidate import fit
from tests.unit.serving.support.small_model import SIGNATURE, columns_of, instances
from tests.unit.serving.support.small_model import scorer as small_scorer
from tests.unit.training.support.tables import task_of


@cache
def fitted(algorithm: str) -> tuple[bytes, bytes]:
    """model.onnx and explainer.msgpack."""
    asked = [{**each, "distance": 10.0 * n % 700, "stops": n % 3} for n, each in enumerate(instances(200))]
    decoded = small_scorer().decode(json.dumps({"instances": asked}))
    rows = Encoder(SIGNATURE).encode(columns_of(SIGNATURE, decoded))
    labels = (np.arange(200) % 3 > 1).astype(np.float64)
    model: Fitted = fit(
        CandidateDefinition(algorithm=algorithm), rows, labels, task=task_of("binary"), code_sizes={}, seed=0
    )
    explainer = explainer_of(model, rows, SIGNATURE, kind="classifier", seed=0)
    return model.to_onnx(), to_bytes(explainer)

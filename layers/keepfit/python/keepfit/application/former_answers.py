"""What a former version answers of collected requests, from its package."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec
import numpy as np

from keepfit.application.answer_rows import answers_of, as_known_to
from keepfit.errors import InvalidModel, InvalidOutput, NotFound
from keepfit.features.schema.signature import Column
from keepfit.monitoring.outcomes.gain import FormerAnswers
from keepfit.monitoring.outcomes.pairs import Answered
from keepfit.registry.artifact_store import ArtifactStore
from keepfit.registry.ports import Versions
from keepfit.registry.segment_pack import SEGMENTS
from keepfit.registry.versions import read_model
from keepfit.serving.inference.scorer import Scorer
from keepfit.tasks.spec import TaskSpec


def former_answers(
    store: ArtifactStore, versions: Versions, version: int, found: Answered, spec: TaskSpec
) -> FormerAnswers | str:
    """Loads ``version`` and asks it what another was asked, whose outputs ``spec`` explains.

    It is asked nothing where a column that it reads was never collected: with blanks for it, it would answer worse than
    it would have.
    """
    try:
        files = read_model(store, versions.get(version))
        scorer = Scorer.load(files["model.onnx"], files["signature.json"], files.get(SEGMENTS))
    except (NotFound, InvalidModel) as error:
        return f"version {version} cannot be loaded: {error}"
    columns = scorer.signature.instance_columns
    missing = sorted(column.name for column in columns if column.name not in found.columns)
    if missing:
        return f"the log does not hold {', '.join(missing)}, which version {version} reads"
    other = scorer.task.compared_with(spec)
    if other is not None:
        return other
    asked = [as_known_to(scorer, _typed(columns, instance)) for instance in found.instances]
    try:
        outputs, refused = answers_of(scorer, asked)
        outputs = scorer.task.translated(outputs, spec)
    except InvalidOutput as error:
        return f"version {version} fails on what was asked: {error}"
    answered = np.ones(len(asked), dtype=np.bool_)
    answered[list(refused)] = False
    if not answered.any():
        first = next(iter(refused.values()), "it refuses them")
        return f"version {version} answers none of the requests: {first}"
    return FormerAnswers(outputs=outputs, answered=answered)


def _typed(columns: tuple[Column, ...], instance: Mapping[str, Any]) -> dict[str, Any]:
    """The instance as it was sent: collected vectors are texts of JSON."""
    vectors = [column.name for column in columns if column.type in ("vector", "image")]
    texts = {name: value for name in vectors if str(value := instance.get(name)).startswith("[")}
    return {**instance, **{name: msgspec.json.decode(str(value)) for name, value in texts.items()}}

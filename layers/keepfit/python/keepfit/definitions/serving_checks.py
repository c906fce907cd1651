"""Checks of what answers a model's requests: what does not go together with containers."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import UNSET

from keepfit.definitions.model import ModelDefinition
from keepfit.features.extractors.own_onnx import OwnExtractor
from keepfit.features.schema.definition import DatasetDefinition
from keepfit.serving.container_definition import CONTAINER


def serving_mistakes(name: str, model: ModelDefinition, spine: DatasetDefinition) -> Iterator[str]:
    """What is wrong with a model's ``serving``."""
    serving = model.serving
    if serving is UNSET:
        return
    place = f"[model.{name}.serving]"
    if serving.mistake:
        yield f"{place} {serving.mistake}"
    if serving.on != CONTAINER:
        return
    if model.lookup:
        yield (
            f"{place} on cannot be {CONTAINER!r} for a model with lookup: its tasks read nothing but their package; "
            'let clients send the features, or leave on = "lambda"'
        )
    if model.graph is not UNSET:
        yield (
            f"{place} on cannot be {CONTAINER!r} for a model with a graph, whose nodes may ask other services; "
            'leave on = "lambda"'
        )
    if model.quota is not UNSET:
        yield (
            f"{place} on cannot be {CONTAINER!r} for a model with a quota, which its tasks do not count together; give "
            'clients quotas of their own, which each task counts by itself, or leave on = "lambda"'
        )
    own = [
        each
        for each in model.inputs
        if each in spine.fields and isinstance(spine.fields[each].extractor, OwnExtractor)
    ]
    if own:
        yield (
            f"{place} on cannot be {CONTAINER!r} for a model that reads {', '.join(own)} by a network of your own, "
            'which the image does not have; leave on = "lambda"'
        )

"""Composition root of `predict`; everything imported here adds to every cold start."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import msgspec

from keepfit import variables
from keepfit.serving.access.guard import Guard
from keepfit.serving.access.quota import Quota
from keepfit.serving.inference.scorer import Scorer
from keepfit.serving.requests.predictor import Predictor

if TYPE_CHECKING:
    from keepfit.explanations.explainer import Explainer

_STDOUT = 1
# Imported for clients with quotas, and by models that have lookups, extractors of the user's own, or a graph; names, so
# that no other pays for them.
_QUOTAS: Final = "keepfit.runtime.quota_meter"
_LOOKUPS: Final = "keepfit.runtime.predict_online"
_EXTRACTORS: Final = "keepfit.features.extractors.onnx_session"
_GRAPHS: Final = "keepfit.runtime.predict_graph"


class ReleasedModel(msgspec.Struct, frozen=True, kw_only=True):
    """`release.json`: the model version inside a package."""

    model: str
    version: int


def load(folder: Path) -> Callable[[Mapping[str, Any]], dict[str, Any]]:
    """Loads the model in ``folder`` and returns the handler of API Gateway events; see ``predictor_of``."""
    log, quota = partial(write, _STDOUT), os.environ.get(variables.QUOTA)
    return Guard(
        predictor_of(folder, log).answer,
        model=_release(folder).model,
        write=log,
        quota=msgspec.json.decode(quota, type=Quota) if quota else None,
        meter=lambda: import_module(_QUOTAS).make_meter(log),
    ).answer


def predictor_of(folder: Path, log: Callable[[bytes], object]) -> Predictor:
    """The predictor of the model in ``folder``, whose lines ``log`` takes.

    Extractors of the user's own are loaded here, so that a release without them fails its test and is none.

    ``folder`` holds model.onnx, signature.json, release.json and, where the version has them, explainer.msgpack,
    segments.zip, and graph.json with the folder graph; the release step has checked them.
    """
    release = _release(folder)
    scorer = _scorer(folder, log)
    for column in scorer.signature.instance_columns:
        if column.extractor and not isinstance(column.extractor, str):
            import_module(_EXTRACTORS).session_of(column.extractor)
    make = import_module(_LOOKUPS).make_predictor if scorer.signature.lookups else Predictor
    predictor: Predictor = make(
        scorer=scorer,
        model=release.model,
        version=release.version,
        log=log,
        lambda_version=os.environ.get("AWS_LAMBDA_FUNCTION_VERSION", ""),
        explainer=partial(_explainer, folder / "explainer.msgpack"),
    )
    return predictor


def _release(folder: Path) -> ReleasedModel:
    return msgspec.json.decode((folder / "release.json").read_bytes(), type=ReleasedModel)


def _scorer(folder: Path, log: Callable[[bytes], object]) -> Scorer:
    if (folder / "graph.json").exists():
        scorer: Scorer = import_module(_GRAPHS).load_scorer(folder, log)
        return scorer
    segments = folder / "segments.zip"
    return Scorer.load(
        (folder / "model.onnx").read_bytes(),
        (folder / "signature.json").read_bytes(),
        segments if segments.exists() else None,
    )


def _explainer(file: Path) -> Explainer | None:
    """What explains the model's answers; read by the first request that asks for it."""
    if not file.exists():
        return None
    from keepfit.explanations.explainer import from_bytes  # noqa: PLC0415  few requests explain

    return from_bytes(file.read_bytes())


def write(descriptor: int, lines: bytes) -> None:
    """Writes a log line at once, in one system call where possible.

    Lambda freezes a function as soon as it has answered.
    """
    while lines:
        lines = lines[os.write(descriptor, lines) :]

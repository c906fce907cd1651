"""Puts together what answers requests. Everything imported here is paid for by every cold start."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import msgspec

from keepfit.serving.predict import Predictor
from keepfit.serving.scorer import Scorer


class ReleasedModel(msgspec.Struct, frozen=True, kw_only=True):
    """`release.json`: which model version a package holds."""

    model: str
    version: int


def load(folder: Path) -> Callable[[Mapping[str, Any]], dict[str, Any]]:
    """A function of API Gateway events, answering with the model in ``folder``.

    ``folder`` holds model.onnx, signature.json and release.json; the release step has checked them.
    """
    release = msgspec.json.decode((folder / "release.json").read_bytes(), type=ReleasedModel)
    scorer = Scorer.load((folder / "model.onnx").read_bytes(), (folder / "signature.json").read_bytes())
    return Predictor(scorer=scorer, model=release.model, version=release.version, log=_to_stdout).answer


def _to_stdout(lines: str) -> None:
    sys.stdout.write(lines)
    sys.stdout.flush()

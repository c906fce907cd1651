"""Runs a model for the first time in a limited process of its own, isolated from this one.

What passed `registry.onnx_inspection` can still ask for a terabyte or for a week; this is where that ends.
"""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from keepfit.errors import InvalidModel
from keepfit.registry.segment_pack import SEGMENTS
from keepfit.sandbox import Failed, Killed, confine, run_confined

_CPU_S = 20
_WALL_S = 60
# Two thousand segments take ten milliseconds each.
_SECONDS_OF_SEGMENTS = 60
# Beyond the libraries: a forest takes about twelve times its file while it is loaded.
_MEMORY_BYTES = 256 * 1024**2
_MEMORY_PER_MODEL_BYTE = 13
# Those that are loaded at once, by estimate, and what holds them.
_MEMORY_OF_SEGMENTS = 384 * 1024**2


def probe(
    model: bytes, signature: bytes, instances: Sequence[Mapping[str, Any]], segments: bytes | None = None
) -> list[Any]:
    """The outputs for each instance, computed by the serving code in a fresh process.

    Of ``segments``, a pack, every model is asked, whoever the instances are of.

    Raises:
        InvalidModel: the model does not load, answers what its task does not allow, or needs more time or memory
            than it may.
    """
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "model.onnx").write_bytes(model)
        (folder / "signature.json").write_bytes(signature)
        if segments is not None:
            (folder / SEGMENTS).write_bytes(segments)
        (folder / "request.json").write_text(json.dumps({"instances": list(instances)}))
        try:
            more = _SECONDS_OF_SEGMENTS if segments is not None else 0
            output = run_confined(__name__, folder, seconds=_WALL_S + more)
        except Killed as error:
            raise InvalidModel(f"the model's first run, of {len(instances)} instances, {error}") from error
        except Failed as error:
            raise InvalidModel(f"the model's first run {error}") from error
    return msgspec.json.decode(output, type=list[Any])


def _main(folder: Path) -> None:
    from keepfit.serving.inference.scorer import Scorer  # noqa: PLC0415  the limits count from when the libraries are loaded

    model, pack = (folder / "model.onnx").read_bytes(), folder / SEGMENTS
    segments = pack if pack.exists() else None
    memory = _MEMORY_BYTES + _MEMORY_PER_MODEL_BYTE * len(model)
    confine(
        memory_bytes=memory + (_MEMORY_OF_SEGMENTS if segments else 0),
        cpu_s=_CPU_S + (_SECONDS_OF_SEGMENTS if segments else 0),
    )
    scorer = Scorer.load(model, (folder / "signature.json").read_bytes(), segments)
    scorer.try_segments()
    answer = scorer.score(scorer.decode((folder / "request.json").read_bytes()))
    sys.stdout.write(json.dumps(answer.tolist()))


if __name__ == "__main__":
    _main(Path(sys.argv[1]))

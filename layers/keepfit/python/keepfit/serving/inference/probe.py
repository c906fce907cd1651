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
from keepfit.sandbox import Failed, Killed, confine, run_confined

_CPU_S = 20
_WALL_S = 60
# Beyond the libraries: a forest takes about twelve times its file while it is loaded.
_MEMORY_BYTES = 256 * 1024**2
_MEMORY_PER_MODEL_BYTE = 13


def probe(model: bytes, signature: bytes, instances: Sequence[Mapping[str, Any]]) -> list[Any]:
    """The outputs for each instance, computed by the serving code in a fresh process.

    Raises:
        InvalidModel: the model does not load, answers what its task does not allow, or needs more time or memory
            than it may.
    """
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "model.onnx").write_bytes(model)
        (folder / "signature.json").write_bytes(signature)
        (folder / "request.json").write_text(json.dumps({"instances": list(instances)}))
        try:
            output = run_confined(__name__, folder, seconds=_WALL_S)
        except Killed as error:
            raise InvalidModel(f"the model's first run, of {len(instances)} instances, {error}") from error
        except Failed as error:
            raise InvalidModel(f"the model's first run {error}") from error
    return msgspec.json.decode(output, type=list[Any])


def _main(folder: Path) -> None:
    from keepfit.serving.inference.scorer import Scorer  # noqa: PLC0415  the limits count from when the libraries are loaded

    model = (folder / "model.onnx").read_bytes()
    confine(memory_bytes=_MEMORY_BYTES + _MEMORY_PER_MODEL_BYTE * len(model), cpu_s=_CPU_S)
    scorer = Scorer.load(model, (folder / "signature.json").read_bytes())
    answer = scorer.score(scorer.decode((folder / "request.json").read_bytes()))
    sys.stdout.write(json.dumps(answer.tolist()))


if __name__ == "__main__":
    _main(Path(sys.argv[1]))

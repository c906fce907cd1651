"""A first run of a model in a process of its own, with limits: what it does to that process stays there.

What passed `registry.onnx_inspection` can still ask for a terabyte or for a week; this is where that ends.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from keepfit.errors import InvalidModel

_CPU_S = 20
_WALL_S = 60
# Beyond the libraries: a forest takes about twelve times its file while it is loaded.
_MEMORY_BYTES = 256 * 1024**2
_MEMORY_PER_MODEL_BYTE = 13
_MOST_SHOWN = 300


def probe(model: bytes, signature: bytes, instances: Sequence[Mapping[str, Any]]) -> list[float]:
    """P(true) of each instance, as the serving code gives it in a fresh process.

    Raises:
        InvalidModel: the model does not load, answers no probabilities, or needs more time or memory than it may.
    """
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "model.onnx").write_bytes(model)
        (folder / "signature.json").write_bytes(signature)
        (folder / "request.json").write_text(json.dumps({"instances": list(instances)}))
        try:
            done = subprocess.run(
                [sys.executable, "-m", __name__, name],
                env=_environment(),
                capture_output=True,
                timeout=_WALL_S,
                check=False,
            )
        except subprocess.TimeoutExpired as error:
            raise InvalidModel(
                f"the model took longer than {_WALL_S} s for {len(instances)} instances"
            ) from error
    if done.returncode != 0:
        ending = done.stderr.decode(errors="replace").strip()[-_MOST_SHOWN:]
        raise InvalidModel(
            f"the model's first run ended with {done.returncode}: {ending or 'killed by a limit'}"
        )
    return msgspec.json.decode(done.stdout, type=list[float])


def _environment() -> dict[str, str]:
    """No credentials, and the same packages: a layer's folders are on this process's path, not in its variables."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    return {**kept, "PYTHONPATH": os.pathsep.join(entry for entry in sys.path if entry)}


def _limit(model_bytes: int) -> None:
    """Linux only, which is where models are registered; elsewhere only the time is limited."""
    import resource  # noqa: PLC0415  not on every system

    resource.setrlimit(resource.RLIMIT_CPU, (_CPU_S, _CPU_S))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform == "linux":
        pages = int(Path("/proc/self/statm").read_text().split()[0])
        most = pages * resource.getpagesize() + _MEMORY_BYTES + _MEMORY_PER_MODEL_BYTE * model_bytes
        resource.setrlimit(resource.RLIMIT_AS, (most, most))


def _main(folder: Path) -> None:
    from keepfit.serving.scorer import Scorer  # noqa: PLC0415  the limits count from when the libraries are loaded

    model = (folder / "model.onnx").read_bytes()
    _limit(len(model))
    scorer = Scorer.load(model, (folder / "signature.json").read_bytes())
    answer = scorer.score(scorer.decode((folder / "request.json").read_bytes()))
    sys.stdout.write(json.dumps(answer.tolist()))


if __name__ == "__main__":
    _main(Path(sys.argv[1]))

"""Runs an extractor of the user's own for the first time in a limited process of its own.

What was admitted by its bytes can still ask for a terabyte or for a week; this is where that ends, before an upload is
read with it.
"""

from __future__ import annotations

import sys
import tempfile
from functools import lru_cache
from pathlib import Path
from typing import Final

import msgspec

from keepfit.errors import InvalidModel
from keepfit.features.extractors.own_onnx import Trial
from keepfit.sandbox import ConfinedError, confine, run_confined

_CPU_S: Final = 20
_WALL_S: Final = 60
# Beyond the libraries. A network takes a few times its file, and what lies between its layers.
_MEMORY_BYTES: Final = 512 * 2**20


def try_extractor(trial: Trial) -> None:
    """Makes a vector of a grey picture, once in a process.

    Raises:
        InvalidModel: the extractor does not load, takes more time or memory than it may, or gives another vector than
            it says.
    """
    _try(msgspec.json.encode(trial))


@lru_cache(maxsize=8)
def _try(trial: bytes) -> None:
    with tempfile.TemporaryDirectory(prefix="keepfit-extractor-") as folder:
        path = Path(folder) / "trial.json"
        path.write_bytes(trial)
        try:
            run_confined(__name__, path, seconds=_WALL_S)
        except ConfinedError as error:
            name = msgspec.json.decode(trial, type=Trial).extractor.onnx
            raise InvalidModel(f"the first run of the extractor {name} {error}") from error


def _main(path: Path) -> None:
    import numpy as np  # noqa: PLC0415  the limits count from when the libraries are loaded
    import onnxruntime  # noqa: F401, PLC0415

    from keepfit.features.extractors.onnx_session import Session  # noqa: PLC0415

    trial = msgspec.json.decode(path.read_bytes(), type=Trial)
    confine(memory_bytes=_MEMORY_BYTES, cpu_s=_CPU_S)
    session, (width, height) = Session(trial.extractor), trial.size
    vector = session.vector(np.full((height, width, session.channels), 0.5, np.float32))
    if not np.isfinite(vector).all():
        sys.exit("of a grey picture it gives numbers that are not finite")


if __name__ == "__main__":
    _main(Path(sys.argv[1]))

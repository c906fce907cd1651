"""The build context of the training image: its Dockerfile and step, and the library."""

from __future__ import annotations

import shutil
from pathlib import Path

from bundling.digests import digest, tree
from bundling.errors import SourceMissing

_STAMP = "train_candidate.digest"


def image_files(root: Path) -> dict[str, Path]:
    """Every file of the context by its name inside.

    Raises:
        SourceMissing: there is no Dockerfile.
    """
    step = root / "functions" / "train_candidate"
    if not (step / "Dockerfile").is_file():
        raise SourceMissing(
            "functions/train_candidate/Dockerfile is missing: the training image is built from it"
        )
    return tree(step) | tree(root / "layers" / "keepfit" / "python" / "keepfit", under="keepfit/")


def image_context(root: Path) -> str:
    """Updates ``build/images/train_candidate`` and returns its digest.

    It is the same for every target: the image is Linux.
    """
    images = root / "build" / "images"
    context, stamp = images / "train_candidate", images / _STAMP
    files = image_files(root)
    digested = digest(files)
    if context.is_dir() and stamp.is_file() and stamp.read_text() == digested:
        return digested
    stamp.unlink(missing_ok=True)
    shutil.rmtree(context, ignore_errors=True)
    for name, path in files.items():
        (context / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, context / name)
    stamp.write_text(digested)
    return digested

"""The build contexts of images: the Dockerfile and program of a function's folder, and the library."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from bundling.closure import closure
from bundling.digests import digest, tree
from bundling.errors import SourceMissing
from toolchain.folders import build_folder, library_folder

TRAINING: Final = "train_candidate"
SERVING: Final = "serve_model"
_SERVES: Final = "runtime.serve_release"


def image_files(root: Path) -> dict[str, Path]:
    """Every file of the context of the training image by its name inside.

    Raises:
        SourceMissing: there is no Dockerfile.
    """
    return _program(root, TRAINING) | tree(library_folder(root), under="keepfit/")


def server_files(root: Path) -> dict[str, Path]:
    """Likewise of the image that serves: with the files of the library that it needs, and no other."""
    return _program(root, SERVING) | closure(library_folder(root), _SERVES)


def image_context(root: Path) -> str:
    """Updates ``build/images/train_candidate`` and returns its digest.

    It is the same for every target: the image is Linux.
    """
    return _context(root, TRAINING, image_files(root))


def server_context(root: Path) -> str:
    """Updates ``build/images/serve_model`` likewise."""
    return _context(root, SERVING, server_files(root))


def _context(root: Path, name: str, files: Mapping[str, Path]) -> str:
    images = build_folder(root) / "images"
    context, stamp = images / name, images / f"{name}.digest"
    digested = digest(files)
    if context.is_dir() and stamp.is_file() and stamp.read_text() == digested:
        return digested
    stamp.unlink(missing_ok=True)
    shutil.rmtree(context, ignore_errors=True)
    for inside, path in files.items():
        (context / inside).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, context / inside)
    stamp.write_text(digested)
    return digested


def _program(root: Path, name: str) -> dict[str, Path]:
    folder = root / "functions" / name
    if not (folder / "Dockerfile").is_file():
        raise SourceMissing(f"functions/{name}/Dockerfile is missing: an image is built from it")
    return tree(folder)

"""Lambda layers: third-party packages from their locks, and keepfit itself."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

from bundling.archive import content_digest, unpacked_bytes, write_zip
from bundling.compiling import LAYERS_PLACE, compile_sources, with_bytecode
from bundling.digests import digest, text_digest, tree
from bundling.errors import SourceMissing, TooLarge
from bundling.installing import install
from bundling.manifest import Bundle
from bundling.targets import Target
from toolchain.folders import build_folder, library_folder

EXTRACTION = "extraction"
"""ONNX Runtime beside the data layer: for batches, gains that are measured later, and networks of the user."""
THIRD_PARTY = ("inference", "data", "powertools", "vision", EXTRACTION)
_RECIPE = {
    name: Path(__file__).with_name(name)
    for name in ("archive.py", "compiling.py", "installing.py", "interpreter.py", "targets.py")
}
MAX_UNPACKED_BYTES = 250 * 1024 * 1024  # bytes of all layers and the code of one function, unpacked


def made_of(root: Path, name: str) -> str:
    """The digest of a layer's sources, the same for every target and every machine.

    Raises:
        SourceMissing: it has no lock.
    """
    lock = _lock(root, name)
    if not lock.is_file():
        raise SourceMissing(
            f"{lock.relative_to(root)} is missing; scripts/lock makes it from requirements.in"
        )
    return digest({"requirements.txt": lock, **_RECIPE})


def third_party_layer(root: Path, name: str, target: Target, python: str | None) -> Bundle:
    """The layer of ``layers/<name>/requirements.txt``, cached per lock and target.

    ``python`` compiles its bytecode; it has none where that is None. Its digest is that of its files: layers that
    differ, by target or by their bytecode, have different names everywhere.
    """
    compiled = "compiled" if python else "not compiled"
    key = text_digest([made_of(root, name), target.identity, compiled])[:16]
    cached = build_folder(root) / "cache" / f"{name}-{key}.zip"
    said = cached.with_suffix(".digest")
    if not (cached.is_file() and said.is_file()):
        said.unlink(missing_ok=True)
        _make(root, name, cached, target, python)
        said.write_text(content_digest(cached))
    built = build_folder(root) / target
    made = built / "layers" / f"{name}.zip"
    _place(cached, made)
    path = made.relative_to(built).as_posix()
    return Bundle(path=path, digest=said.read_text(), bytes=unpacked_bytes(made))


def keepfit_layer(root: Path, target: Target, python: str | None) -> Bundle:
    """The layer of keepfit's own code, whose digest is that of its sources, however it is compiled.

    On this machine each process that imports it may keep the bytecode, so that a build need not make it.
    """
    files = tree(library_folder(root), under="python/keepfit/")
    made = build_folder(root) / target / "layers" / "keepfit.zip"
    with tempfile.TemporaryDirectory(prefix="keepfit-layer-") as folder:
        compiles = python if target is Target.AWS else None
        kept = with_bytecode(files, LAYERS_PLACE, compiles, Path(folder)) if compiles else files
        write_zip(made, kept, compress=target.compress)
    return Bundle(path="layers/keepfit.zip", digest=digest(files), bytes=unpacked_bytes(made))


def _lock(root: Path, name: str) -> Path:
    return root / "layers" / name / "requirements.txt"


def _make(root: Path, name: str, cached: Path, target: Target, python: str | None) -> None:
    lock = _lock(root, name)
    with tempfile.TemporaryDirectory(prefix="keepfit-layer-") as folder:
        packages = Path(folder)
        install(root, lock, packages, target)
        if python:
            compile_sources(packages, f"{LAYERS_PLACE}/python", python)
        files = {
            f"python/{path.relative_to(packages).as_posix()}": path
            for path in packages.rglob("*")
            if path.is_file()
        }
        write_zip(cached, files, compress=target.compress)
    size = unpacked_bytes(cached)
    if size > MAX_UNPACKED_BYTES:
        cached.unlink()
        raise TooLarge(
            f"{lock.relative_to(root)} unpacks to {size / 2**20:.0f} MB and Lambda takes "
            f"{MAX_UNPACKED_BYTES / 2**20:.0f}: take packages out of its requirements.in"
        )


def _place(cached: Path, made: Path) -> None:
    """Links or copies the cached file to the layer's name."""
    made.parent.mkdir(parents=True, exist_ok=True)
    if made.exists() and made.samefile(cached):
        return
    made.unlink(missing_ok=True)
    try:
        os.link(cached, made)
    except OSError:
        shutil.copyfile(cached, made)

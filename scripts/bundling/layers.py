"""Lambda layers: third-party packages from their locks, and keepfit itself."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

from bundling.archive import unpacked_bytes, write_zip
from bundling.compiling import compile_sources
from bundling.digests import digest, text_digest, tree
from bundling.errors import SourceMissing, TooLarge
from bundling.installing import install
from bundling.manifest import Bundle
from bundling.targets import Target

THIRD_PARTY = ("inference", "data", "powertools")
_RECIPE = {
    name: Path(__file__).with_name(name)
    for name in ("archive.py", "compiling.py", "installing.py", "targets.py")
}
LAMBDA_LIMIT = 250 * 1024 * 1024  # bytes of all layers and the code of one function, unpacked


def third_party_layer(root: Path, name: str, target: Target) -> Bundle:
    """The layer of ``layers/<name>/requirements.txt``; made once per lock and target, then taken from the cache.

    Its digest leaves the target out: the stacks' templates are the same for every target.
    """
    lock = root / "layers" / name / "requirements.txt"
    if not lock.is_file():
        raise SourceMissing(
            f"{lock.relative_to(root)} is missing; scripts/lock makes it from requirements.in"
        )
    digested = digest({"requirements.txt": lock, **_RECIPE})
    cached = root / "build" / "cache" / f"{name}-{text_digest([digested, target.identity])[:16]}.zip"
    if not cached.is_file():
        _make(root, lock, cached, target)
    made = root / "build" / target / "layers" / f"{name}.zip"
    _place(cached, made)
    return Bundle(
        path=made.relative_to(root / "build" / target).as_posix(), digest=digested, bytes=unpacked_bytes(made)
    )


def keepfit_layer(root: Path, target: Target) -> Bundle:
    """First-party code as a layer: sources only."""
    files = tree(root / "layers" / "keepfit" / "python", under="python/")
    files = {name: path for name, path in files.items() if ".egg-info/" not in name}
    made = root / "build" / target / "layers" / "keepfit.zip"
    write_zip(made, files, compress=target.compress)
    return Bundle(path="layers/keepfit.zip", digest=digest(files), bytes=unpacked_bytes(made))


def _make(root: Path, lock: Path, cached: Path, target: Target) -> None:
    with tempfile.TemporaryDirectory(prefix="keepfit-layer-") as folder:
        packages = Path(folder)
        install(root, lock, packages, target)
        compile_sources(root, packages, target)
        files = {
            f"python/{path.relative_to(packages).as_posix()}": path
            for path in packages.rglob("*")
            if path.is_file()
        }
        write_zip(cached, files, compress=target.compress)
    size = unpacked_bytes(cached)
    if size > LAMBDA_LIMIT:
        cached.unlink()
        raise TooLarge(
            f"{lock.relative_to(root)} unpacks to {size / 2**20:.0f} MB and Lambda takes {LAMBDA_LIMIT / 2**20:.0f}: "
            "take packages out of its requirements.in"
        )


def _place(cached: Path, made: Path) -> None:
    """The cached file under the layer's name, without a copy where the file system can link."""
    made.parent.mkdir(parents=True, exist_ok=True)
    if made.exists() and made.samefile(cached):
        return
    made.unlink(missing_ok=True)
    try:
        os.link(cached, made)
    except OSError:
        shutil.copyfile(cached, made)

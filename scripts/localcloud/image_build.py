"""Builds container images without a container engine: files and packages in a folder."""

from __future__ import annotations

import hashlib
import os
import shlex
import shutil
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from localcloud import dockerfile
from localcloud.dockerfile import Ignore, InstallRequirements, Instruction, MakeFolders
from localcloud.errors import ImageRefused
from localcloud.images import Image, ImageStore
from localcloud.packages import install_locked


def content_key(context: Path, file: Path) -> str:
    """The key of an image's content: the context's files, the Dockerfile, this interpreter."""
    digest = hashlib.sha256(f"{sys.implementation.cache_tag}-{sys.platform}\n".encode())
    for path in sorted(each for each in {file, *context.rglob("*")} if each.is_file()):
        digest.update(f"{os.path.relpath(path, context)}\0{path.stat().st_mode & 0o111}\0".encode())
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()[:40]


def build(store: ImageStore, context: Path, file: Path, progress: Callable[[str], None]) -> str:
    """Builds an image unless it was built before; returns its content key.

    Args:
        store: where images are kept.
        context: folder the Dockerfile copies from.
        file: the Dockerfile.
        progress: told each instruction as it is executed.

    Raises:
        ImageRefused: the Dockerfile asks for something a process cannot be given.
    """
    key = content_key(context, file)
    target = store.built(key)
    if (target / "image.json").exists():
        return key
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = Path(tempfile.mkdtemp(dir=target.parent, prefix=".partial-"))
    try:
        image = _Build(context, partial, target, progress).run(dockerfile.parse(file))
        store.save(partial, image)
        try:
            partial.rename(target)
        except OSError:
            if not (target / "image.json").exists():
                raise
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    return key


class _Build:
    """One build: the image's state after the instructions so far."""

    def __init__(self, context: Path, folder: Path, final: Path, progress: Callable[[str], None]) -> None:
        self._context = context.resolve()
        self._root = folder / "rootfs"
        self._site = folder / "site"
        self._final = final
        self._progress = progress
        self._workdir = "/"
        self._environment: dict[str, str] = {}
        self._vectors: dict[str, list[str]] = {"ENTRYPOINT": [], "CMD": []}
        self._ignored: list[str] = []
        self._arguments: dict[str, str] = {}
        for made in (self._root, self._site):
            made.mkdir()

    def run(self, instructions: list[Instruction]) -> Image:
        for instruction in instructions:
            self._progress(instruction.text)
            self._execute(instruction)
        return Image(
            root=str(self._final / "rootfs"),
            site=str(self._final / "site"),
            workdir=self._workdir,
            environment=self._environment,
            entrypoint=self._vectors["ENTRYPOINT"],
            command=self._vectors["CMD"],
            ignored=self._ignored,
        )

    def _execute(self, instruction: Instruction) -> None:
        arguments = (
            self._expand(instruction.arguments) if instruction.name != "RUN" else instruction.arguments
        )
        match instruction.name:
            case "FROM":
                self._ignored.append(instruction.text)
            case "ARG":
                name, _, default = arguments.partition("=")
                self._arguments[name] = default.strip("\"'")
            case "ENV":
                self._environment |= dockerfile.variables(arguments)
            case "WORKDIR":
                self._workdir = self._absolute(arguments)
                self._place(self._workdir).mkdir(parents=True, exist_ok=True)
            case "COPY" | "ADD":
                self._copy(instruction, arguments)
            case "ENTRYPOINT" | "CMD":
                self._vectors[instruction.name] = dockerfile.vector(arguments)
            case "RUN":
                for step in dockerfile.steps(instruction):
                    self._step(step, instruction)
            case _ if dockerfile.is_harmless(instruction):
                self._ignored.append(instruction.text)
            case _:
                raise ImageRefused(
                    f"line {instruction.line}: the instruction {instruction.text!r} is not known."
                )

    def _step(self, step: dockerfile.Step, instruction: Instruction) -> None:
        match step:
            case InstallRequirements(file=file):
                path = self._place(self._absolute(self._expand(file)))
                if not path.is_file():
                    raise ImageRefused(f"line {instruction.line}: {file} has not been copied into the image.")
                install_locked(path, self._site)
            case MakeFolders(folders=folders):
                for folder in folders:
                    self._place(self._absolute(self._expand(folder))).mkdir(parents=True, exist_ok=True)
            case Ignore(command=command):
                self._ignored.append(f"RUN {command}")

    def _copy(self, instruction: Instruction, arguments: str) -> None:
        words = shlex.split(arguments)
        if any(word.startswith("--from") for word in words):
            raise ImageRefused(f"line {instruction.line}: {instruction.text!r} copies from another image.")
        *patterns, target = [word for word in words if not word.startswith("--")]
        into_folder = target.endswith("/") or target in (".", "./") or len(patterns) > 1
        destination = self._place(self._absolute(target))
        for pattern in patterns:
            for source in self._sources(pattern, instruction):
                if source.is_dir():
                    shutil.copytree(source, destination, dirs_exist_ok=True)
                    continue
                place = destination / source.name if into_folder or destination.is_dir() else destination
                place.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(source, place)

    def _sources(self, pattern: str, instruction: Instruction) -> list[Path]:
        found = (
            sorted(self._context.glob(pattern.lstrip("/"))) if pattern not in (".", "./") else [self._context]
        )
        if not found or any(not each.resolve().is_relative_to(self._context) for each in found):
            raise ImageRefused(
                f"line {instruction.line}: {pattern} is not in the build context {self._context}."
            )
        return found

    def _expand(self, text: str) -> str:
        known = {**self._arguments, **self._environment}
        for name, value in known.items():
            text = text.replace(f"${{{name}}}", value).replace(f"${name}", value)
        return text

    def _absolute(self, path: str) -> str:
        return os.path.normpath(f"{self._workdir}/{path}" if not path.startswith("/") else path)

    def _place(self, path: str) -> Path:
        return self._root / path.lstrip("/")

"""Pins the base images of Dockerfiles by digest, because tags are reassigned."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

_FROM = re.compile(r"^FROM (?P<image>[^\s@]+)(?:@(?P<digest>\S+))?", re.MULTILINE)
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")

Ask = Callable[[str], str]


class DigestUnknown(Exception):
    """The digest of a tag cannot be resolved here; the message says why."""


def resolve_images(root: Path, *, upgrade: bool, ask: Ask | None = None) -> dict[Path, bytes]:
    """Each Dockerfile with its new content: every FROM with the digest of its tag.

    A digest that is there is kept, with ``upgrade`` only where ``ask``, by itself Docker, cannot be asked.

    Raises:
        DigestUnknown: an image has no digest and cannot be asked for.
    """
    return {
        path: _pinned(path, upgrade=upgrade, ask=ask or _ask_docker).encode()
        for path in sorted(root.glob("functions/*/Dockerfile"))
    }


def _pinned(path: Path, *, upgrade: bool, ask: Ask) -> str:
    def pin(found: re.Match[str]) -> str:
        image, digest = found["image"], found["digest"]
        if digest and not upgrade:
            return found[0]
        try:
            return f"FROM {image}@{ask(image)}"
        except DigestUnknown as error:
            if not digest:
                raise
            print(
                f"kept: {image} in {path.parent.name}/{path.name} as it is pinned: {error}", file=sys.stderr
            )
            return found[0]

    return _FROM.sub(pin, path.read_text())


def _ask_docker(image: str) -> str:
    docker = shutil.which("docker")
    if docker is None:
        raise DigestUnknown(f"resolving the digest of {image} needs Docker, which is not on the PATH")
    command = [docker, "buildx", "imagetools", "inspect", "--format", "{{json .Manifest}}", image]
    answer = subprocess.run(command, capture_output=True, text=True, check=False)
    if answer.returncode:
        raise DigestUnknown(
            f"`docker buildx imagetools inspect {image}` does not print its digest: {answer.stderr.strip()}"
        )
    digest = str(json.loads(answer.stdout)["digest"])
    if not _DIGEST.fullmatch(digest):
        raise DigestUnknown(f"Docker prints {digest!r} for {image}, which is not a digest")
    return digest

"""A store of container images that are run as processes, by tag."""

from __future__ import annotations

import json
import os
import tempfile
from dataclasses import asdict, dataclass, field
from pathlib import Path

from localcloud.errors import LocalCloudError


@dataclass(frozen=True, slots=True, kw_only=True)
class Image:
    """A built image.

    Attributes:
        root: folder that holds the image's files, as if it were ``/``.
        site: folder with the packages its Dockerfile installed.
        workdir: working directory inside the image.
        environment: variables set by ENV.
        entrypoint: argument vector, empty when there is none.
        command: default arguments.
        ignored: Dockerfile lines that change nothing for a process.
    """

    root: str
    site: str
    workdir: str = "/"
    environment: dict[str, str] = field(default_factory=dict)
    entrypoint: list[str] = field(default_factory=list)
    command: list[str] = field(default_factory=list)
    ignored: list[str] = field(default_factory=list)


class ImageStore:
    """Images and tags in one folder; a tag is a small file that names an image."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def built(self, key: str) -> Path:
        """The folder of the image built from content ``key``; it exists once the build is complete."""
        return self.folder / "built" / key

    def save(self, folder: Path, image: Image) -> None:
        """Writes an image's description into its folder."""
        (folder / "image.json").write_text(json.dumps(asdict(image), indent=1))

    def load(self, key: str) -> Image:
        """The image built from content ``key``."""
        return Image(**json.loads((self.built(key) / "image.json").read_text()))

    def tag(self, key: str, name: str) -> None:
        """Lets ``name`` (``repository:tag``, with or without a registry) refer to the image ``key``."""
        path = self._tag_file(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor, partial = tempfile.mkstemp(dir=path.parent)
        with os.fdopen(descriptor, "w") as file:
            file.write(key)
        Path(partial).replace(path)

    def key_of(self, name: str) -> str | None:
        """The content key of a tagged image, or None."""
        path = self._tag_file(name)
        if not path.exists():
            return None
        key = path.read_text()
        return key if (self.built(key) / "image.json").exists() else None

    def resolve(self, name: str) -> Image:
        """The image with a tag.

        Raises:
            LocalCloudError: nothing was built under this tag on this machine.
        """
        key = self.key_of(name)
        if key is None:
            raise LocalCloudError(
                f"No image {name} has been built on this machine: deploy the assembly that holds its Dockerfile."
            )
        return self.load(key)

    def _tag_file(self, name: str) -> Path:
        return self.folder / "tags" / name.rsplit("/", 1)[-1].replace(":", "__").replace("@", "__")

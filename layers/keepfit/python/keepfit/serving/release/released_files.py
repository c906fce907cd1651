"""The files of a released version: with its graph, where one answers."""

from __future__ import annotations

import base64
import io
import zipfile
from typing import Final

from keepfit.layout import ModelScope
from keepfit.registry.artifact_store import ArtifactStore, read_verified
from keepfit.registry.ports import Versions
from keepfit.registry.versions import ModelVersion
from keepfit.serving.release.package import model_files

_FOLDER: Final = "model/"


def released_files(store: ArtifactStore, versions: Versions, version: ModelVersion) -> dict[str, bytes]:
    """The files of a package that make up its model, by path: as last released, where a graph answers.

    A version that was not released with a graph is as it was registered.

    Raises:
        TamperedArtifact: files that are not those that were registered or released.
        NotFound: a file that is gone.
    """
    releases = [each for each in versions.releases() if each.version == version.version and each.nodes]
    if not releases:
        return model_files(store, version)
    newest = max(releases, key=lambda each: each.published_at)
    digest = base64.b64decode(newest.code_sha256).hex()
    package = read_verified(store, ModelScope(version.model).package(version.version, digest), digest)
    with zipfile.ZipFile(io.BytesIO(package)) as opened:
        names = [name for name in opened.namelist() if name.startswith(_FOLDER)]
        return {name.removeprefix(_FOLDER): opened.read(name) for name in names}

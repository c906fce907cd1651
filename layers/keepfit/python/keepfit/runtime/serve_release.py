"""Composition root of `serve_model`: a release from the bucket of artifacts, behind uvicorn."""

from __future__ import annotations

import io
import os
import tempfile
import zipfile
from pathlib import Path
from typing import Final

from keepfit import variables
from keepfit.adapters.aws.s3_artifacts import S3Artifacts
from keepfit.errors import TamperedArtifact
from keepfit.runtime.serve import listen, serve
from keepfit.runtime.settings import setting
from keepfit.serving.release.package import lambda_sha256

PORT: Final = 8080
"""Where a task listens, unless its environment says otherwise."""
_MODEL: Final = "model/"


def serve_release() -> int:
    """Serves the release that the environment names until a signal ends it; returns how much it answered.

    Raises:
        NotFound: there is no such package any more.
        TamperedArtifact: it is not the one that was released.
    """
    package = S3Artifacts(bucket=setting(variables.ARTIFACTS_BUCKET)).get(setting(variables.PACKAGE))
    # As in Lambda, whose variable it is: who asks on the route of tests is told what answers.
    os.environ["AWS_LAMBDA_FUNCTION_VERSION"] = setting(variables.RELEASE)
    with tempfile.TemporaryDirectory(prefix="keepfit-release-") as folder:
        model = unpack_release(package, setting(variables.PACKAGE_SHA256), Path(folder))
        del package
        listener = listen("0.0.0.0", int(os.environ.get(variables.PORT) or PORT))  # noqa: S104  the load balancer asks
        return serve(model, listener=listener, log=None, released=True)


def unpack_release(package: bytes, sha256: str, folder: Path) -> Path:
    """Unpacks the files of the model into ``folder``, and says where they are.

    Raises TamperedArtifact where it is not the package with this digest, as AWS Lambda writes it.
    """
    if lambda_sha256(package) != sha256:
        raise TamperedArtifact(
            f"the package has the digest {lambda_sha256(package)}, and the release that is to serve has {sha256}: "
            "release the version again"
        )
    with zipfile.ZipFile(io.BytesIO(package)) as packed:
        packed.extractall(folder, [name for name in packed.namelist() if name.startswith(_MODEL)])
    return folder / _MODEL

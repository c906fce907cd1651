"""Fetches the release package of a deployed model, and what a server of it needs in its environment."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import boto3

from cli.exits import CommandError, Exit
from cli.places.chosen_place import Where
from cli.places.deployment import Deployment
from keepfit import variables
from keepfit.serving.release.released_files import released_files


@contextmanager
def package_folder(where: Where, source: str, version: int | None) -> Iterator[Path]:
    """The folder of a package, which is made for a model that is deployed somewhere.

    Raises:
        CommandError: ``source`` is neither a folder nor the name of such a model.
        NotFound: there is no such version.
    """
    folder = Path(source)
    if folder.is_dir():
        unpacked = folder / "model"  # beside the handler, where a whole package was unpacked
        yield unpacked if unpacked.is_dir() else folder
        return
    if "/" in source or folder.exists():
        raise CommandError(f"{source} is no folder of a release package", Exit.NOT_FOUND)
    with tempfile.TemporaryDirectory(prefix="keepfit-package-") as made:
        packaged(where.deployment(), source, version, into=Path(made))
        yield Path(made)


def packaged(deployment: Deployment, model: str, version: int | None, *, into: Path) -> None:
    """Writes the files of a version, and leads to the online store if there is one.

    By default it is the version that serves.

    Raises:
        CommandError: there is no such model, or nothing is released yet.
        NotFound: there is no such version.
    """
    stores = deployment.stores(model)
    number = version if version is not None else deployment.serving(model).version
    files = released_files(stores.artifacts, stores.versions, stores.versions.get(number))
    for name, body in files.items():
        path = into / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(body)
    if deployment.online_views:
        os.environ[variables.ONLINE_TABLE] = deployment.platform("OnlineTable")
        _lend_credentials()


def _lend_credentials() -> None:
    """Sets region and keys as Lambda does for a function, where a profile holds them."""
    session = boto3.Session()
    found = session.get_credentials()
    if found is None:
        return
    keys = found.get_frozen_credentials()
    told = {
        "AWS_REGION": session.region_name,
        "AWS_ACCESS_KEY_ID": keys.access_key,
        "AWS_SECRET_ACCESS_KEY": keys.secret_key,
        "AWS_SESSION_TOKEN": keys.token,
    }
    os.environ.update({name: value for name, value in told.items() if value})

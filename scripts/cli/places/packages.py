"""Fetches the release package of a deployed model, and what a server of it needs in its environment."""

from __future__ import annotations

import os
from pathlib import Path

import boto3

from cli.places.deployment import Deployment
from keepfit import variables
from keepfit.serving.release.package import model_files


def packaged(deployment: Deployment, model: str, version: int | None, *, into: Path) -> None:
    """Writes the files of a version, and leads to the online store if there is one.

    By default it is the version that serves.

    Raises:
        CommandError: there is no such model, or nothing is released yet.
        NotFound: there is no such version.
    """
    stores = deployment.stores(model)
    number = version if version is not None else deployment.serving(model).version
    for name, body in model_files(stores.artifacts, stores.versions.get(number)).items():
        (into / name).write_bytes(body)
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

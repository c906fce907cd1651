"""Reads the reference profile of a registered version, proven by its digest."""

from __future__ import annotations

import msgspec

from keepfit import variables
from keepfit.adapters.aws.dynamodb_items import ModelItems
from keepfit.adapters.aws.dynamodb_versions import DynamoVersions
from keepfit.adapters.aws.s3_artifacts import S3Artifacts
from keepfit.errors import InvalidModel
from keepfit.monitoring.profiles.profile import ReferenceProfile
from keepfit.registry.versions import read_files
from keepfit.runtime.settings import setting

PROFILE = "profile.json"


def reference_profile(items: ModelItems, version: int, *, alone: bool) -> ReferenceProfile:
    """The profile of a version; without what it answered of the holdout, where a graph answers with it.

    Raises:
        InvalidModel: a profile that cannot be read.
    """
    registered = DynamoVersions(items=items, stack=setting(variables.STACK_ID)).get(version)
    files = read_files(S3Artifacts(bucket=setting(variables.ARTIFACTS_BUCKET)), registered, [PROFILE])
    try:
        profile = ReferenceProfile.from_json(files[PROFILE])
    except msgspec.MsgspecError as error:
        raise InvalidModel(f"{PROFILE} of version {version} cannot be read: {error}; train again") from error
    return profile if alone else msgspec.structs.replace(profile, outputs={}, estimator=None)

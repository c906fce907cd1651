"""`keepfit drift --whom`: reads the requests of a report's window, of which columns drifted."""

from __future__ import annotations

from typing import Final

import msgspec

from cli.exits import CommandError, Exit
from cli.output import working
from cli.places.deployment import Deployment
from keepfit.adapters.duckdb.parquet_predictions import ParquetPredictions
from keepfit.application.affected_requests import AffectedRequests, affected_requests
from keepfit.features.schema.signature import from_json, sensitive_inputs
from keepfit.monitoring.profiles.profile import ReferenceProfile
from keepfit.monitoring.profiles.window import columns_to_read
from keepfit.registry.versions import read_files
from keepfit.views.drift import Drift

MOST_COLUMNS: Final = 5
_PROFILE, _SIGNATURE = "profile.json", "signature.json"


def affected_by(deployment: Deployment, report: Drift) -> list[AffectedRequests]:
    """The requests behind the columns of a report that drifted, without what is sensitive.

    Raises:
        CommandError: the report compared nothing.
    """
    if report.window is None or report.champion is None or report.drift is None:
        why = report.nothing_compared or "no request was collected yet"
        raise CommandError(f"there is nothing to look into: {why}", Exit.NOT_FOUND)
    drifted = [column for column in report.drift.columns if column.drifted][:MOST_COLUMNS]
    if not drifted:
        return []
    reference = _reference(deployment, report.model, report.champion)
    predictions = ParquetPredictions(files=deployment.lake, model=report.model)
    with working(f"reading the requests of {report.model}"):
        parts = predictions.between(*report.window, columns_to_read(reference))
        return affected_requests(parts, reference, drifted)


def _reference(deployment: Deployment, model: str, version: int) -> ReferenceProfile:
    """The profile of a version, without inputs that it, or what serves now, knows as sensitive."""
    versions, store = deployment.versions(model), deployment.artifacts
    files = read_files(store, versions.get(version), [_PROFILE, _SIGNATURE])
    serving = deployment.champion(model)
    signatures = [files[_SIGNATURE]]
    if serving is not None:
        signatures.append(read_files(store, versions.get(serving.version), [_SIGNATURE])[_SIGNATURE])
    hidden = frozenset[str]().union(*(sensitive_inputs(from_json(each)) for each in signatures))
    profile = ReferenceProfile.from_json(files[_PROFILE]).without(hidden)
    # Rows alone are wanted, and no estimate of what came true.
    return msgspec.structs.replace(profile, estimator=None)

"""What holds clients' inputs, where it rests, and the rules by which it expires: ``keep`` of the definitions."""

from __future__ import annotations

from collections.abc import Sequence

from aws_cdk import Duration
from aws_cdk import aws_logs as logs
from aws_cdk import aws_s3 as s3

from keepfit import instants
from keepfit.definitions.model import CompiledDataset, CompiledModel
from keepfit.definitions.retention import days
from keepfit.layout import DatasetScope, ModelScope

_QUARANTINE = 90
_UNFINISHED = 7
# As long as an event waits in the dead-letter queue, the version of the upload that it tells of is there.
_OVERWRITTEN_UPLOADS = 14
_LOGS = {
    1: logs.RetentionDays.ONE_DAY,
    3: logs.RetentionDays.THREE_DAYS,
    5: logs.RetentionDays.FIVE_DAYS,
    7: logs.RetentionDays.ONE_WEEK,
    14: logs.RetentionDays.TWO_WEEKS,
    30: logs.RetentionDays.ONE_MONTH,
}


def uploads_expire(datasets: Sequence[CompiledDataset]) -> list[s3.LifecycleRule]:
    """In the intake: by the end of ``keep`` older versions are gone too."""
    rules = []
    for dataset in datasets:
        if keep := dataset.definition.keep:
            old_versions = max(1, min(_OVERWRITTEN_UPLOADS, days(keep) - 1))
            current = max(1, days(keep) - old_versions)
            rules.append(
                _rule(f"uploads-of-{dataset.name}", DatasetScope(dataset.name).uploads, current, old_versions)
            )
    return rules


def rows_expire(datasets: Sequence[CompiledDataset]) -> list[s3.LifecycleRule]:
    """In the lake: rows that were taken, and those that were left out, which go after 90 days in any case."""
    rules = []
    for dataset in datasets:
        scope, keep = DatasetScope(dataset.name), dataset.definition.keep
        rule_id = f"quarantine-of-{dataset.name}"
        if keep:
            rules.append(_rule(f"rows-of-{dataset.name}", scope.parts, days(keep)))
            rules.append(_rule(rule_id, scope.quarantine, min(_QUARANTINE, days(keep))))
        else:
            expiration = Duration.days(_QUARANTINE)
            rules.append(s3.LifecycleRule(id=rule_id, prefix=scope.quarantine, expiration=expiration))
    return rules


def requests_expire(models: Sequence[CompiledModel]) -> list[s3.LifecycleRule]:
    """In the lake: the log of predictions as it was delivered, what could not be, and what the monitor made of it."""
    rules = []
    for model in models:
        if keep := model.definition.keep:
            scope = ModelScope(model.name)
            for prefix in (scope.prediction_log, scope.undelivered_log, scope.predictions):
                what = prefix.partition("/")[0]
                rules.append(_rule(f"{what}-of-{model.name}", prefix, days(keep)))
    return rules


def copied_rows_expire(models: Sequence[CompiledModel]) -> list[s3.LifecycleRule]:
    """Among the artifacts: the rows that a run trained and judged on. What it says of them stays."""
    return [
        _rule(f"rows-of-{model.name}", ModelScope(model.name).rows, days(keep))
        for model in models
        if (keep := model.definition.keep)
    ]


def log_retention(keep: instants.Duration | None) -> logs.RetentionDays:
    """A month, or as much of it as ``keep`` allows."""
    allowed = [number for number in _LOGS if keep is None or number <= days(keep)]
    return _LOGS[max(allowed)]


def _rule(rule_id: str, prefix: str, keep: int, old_versions: int = 1) -> s3.LifecycleRule:
    """What expires is an old version from then on, and would stay for as long as old versions do in any bucket."""
    return s3.LifecycleRule(
        id=rule_id,
        prefix=prefix,
        expiration=Duration.days(keep),
        noncurrent_version_expiration=Duration.days(old_versions),
        abort_incomplete_multipart_upload_after=Duration.days(min(_UNFINISHED, keep)),
    )

"""Lifecycle rules that expire clients' inputs by the ``keep`` of the definitions."""

from __future__ import annotations

from collections.abc import Sequence

from aws_cdk import Duration
from aws_cdk import aws_logs as logs
from aws_cdk import aws_s3 as s3

from keepfit import instants
from keepfit.definitions.compiled_model import CompiledDataset, CompiledModel
from keepfit.definitions.retention_checks import days
from keepfit.features.forgetting.days_left import DAYS_LEFT, classes
from keepfit.layout import BATCH_PARTS, QUERY_RESULTS, DatasetScope, ModelScope

_MAX_QUARANTINE_DAYS = 90
_MAX_UNFINISHED_DAYS = 7
# As long as an event waits in the dead-letter queue, the version of the upload that it names is there.
_MAX_OVERWRITTEN_DAYS = 14
_LOG_RETENTIONS = {
    1: logs.RetentionDays.ONE_DAY,
    3: logs.RetentionDays.THREE_DAYS,
    5: logs.RetentionDays.FIVE_DAYS,
    7: logs.RetentionDays.ONE_WEEK,
    14: logs.RetentionDays.TWO_WEEKS,
    30: logs.RetentionDays.ONE_MONTH,
}


def upload_expiry_rules(datasets: Sequence[CompiledDataset]) -> list[s3.LifecycleRule]:
    """The rules of the intake bucket; by the end of ``keep`` old versions are deleted too."""
    rules = []
    for dataset in datasets:
        if keep := dataset.definition.keep:
            old_versions = max(1, min(_MAX_OVERWRITTEN_DAYS, days(keep) - 1))
            current = max(1, days(keep) - old_versions)
            rules.append(
                _rule(f"uploads-of-{dataset.name}", DatasetScope(dataset.name).uploads, current, old_versions)
            )
    return rules


def row_expiry_rules(datasets: Sequence[CompiledDataset]) -> list[s3.LifecycleRule]:
    """The rules of the lake for dataset rows and quarantined rows, which expire in 90 days at most."""
    rules = []
    for dataset in datasets:
        scope, keep = DatasetScope(dataset.name), dataset.definition.keep
        rule_id = f"quarantine-of-{dataset.name}"
        if keep:
            rules.append(_rule(f"rows-of-{dataset.name}", scope.parts, days(keep)))
            rules.append(_rule(f"profiles-of-{dataset.name}", scope.profiles, days(keep)))
            rules.append(_rule(rule_id, scope.quarantine, min(_MAX_QUARANTINE_DAYS, days(keep))))
        else:
            expiration = Duration.days(_MAX_QUARANTINE_DAYS)
            rules.append(s3.LifecycleRule(id=rule_id, prefix=scope.quarantine, expiration=expiration))
    return rules


def rewritten_expiry_rules(datasets: Sequence[CompiledDataset]) -> list[s3.LifecycleRule]:
    """The rules of the lake for rows that were written anew: they stay as long as they would have.

    There is one for each class of days, whichever dataset's they are: a bucket takes 1,000 rules.
    """
    kept = [dataset.definition.keep for dataset in datasets if dataset.definition.keep]
    longest = max(kept, key=lambda keep: keep.seconds, default=None)
    return [
        s3.LifecycleRule(
            id=f"rewritten-rows-{left}d",
            tag_filters={DAYS_LEFT: str(left)},
            expiration=Duration.days(left),
        )
        for left in (classes(longest) if longest else ())
    ]


def query_expiry_rule() -> s3.LifecycleRule:
    """The rule of the lake for answers to queries, which hold rows and may not outlive any ``keep``."""
    return _rule("query-results", QUERY_RESULTS, 1)


def request_expiry_rules(models: Sequence[CompiledModel]) -> list[s3.LifecycleRule]:
    """The rules of the lake for prediction logs, delivered or not, collected predictions, and batches."""
    rules = []
    for model in models:
        if keep := model.definition.keep:
            scope = ModelScope(model.name)
            for prefix in (
                scope.prediction_log,
                scope.undelivered_log,
                scope.predictions,
                scope.batch_jobs,
            ):
                kind = prefix.partition("/")[0]
                rules.append(_rule(f"{kind}-of-{model.name}", prefix, days(keep)))
    return rules


def batch_file_expiry_rules(models: Sequence[CompiledModel]) -> list[s3.LifecycleRule]:
    """The rules of the intake for files that are to be scored."""
    return [
        _rule(f"batches-of-{model.name}", ModelScope(model.name).batch_jobs, days(keep))
        for model in models
        if (keep := model.definition.keep)
    ]


def batch_part_expiry_rule() -> s3.LifecycleRule:
    """The rule of the lake for records that wait to be scored, and may not outlive any ``keep``."""
    return _rule("batch-parts", BATCH_PARTS, 1)


def shortest_keep(models: Sequence[CompiledModel]) -> instants.Duration | None:
    """The shortest ``keep`` of all models, if any has one."""
    kept = [model.definition.keep for model in models if model.definition.keep]
    return min(kept, key=lambda keep: keep.seconds, default=None)


def run_row_expiry_rules(models: Sequence[CompiledModel]) -> list[s3.LifecycleRule]:
    """The rules of the artifacts for rows that a run trained and judged on; its reports stay."""
    return [
        _rule(f"rows-of-{model.name}", ModelScope(model.name).rows, days(keep))
        for model in models
        if (keep := model.definition.keep)
    ]


def log_retention(keep: instants.Duration | None) -> logs.RetentionDays:
    """The longest log retention of at most a month that ``keep`` allows."""
    allowed = [number for number in _LOG_RETENTIONS if keep is None or number <= days(keep)]
    return _LOG_RETENTIONS[max(allowed)]


def _rule(rule_id: str, prefix: str, keep: int, old_versions: int = 1) -> s3.LifecycleRule:
    """An expired object becomes an old version, which would stay as long as in any bucket."""
    return s3.LifecycleRule(
        id=rule_id,
        prefix=prefix,
        expiration=Duration.days(keep),
        noncurrent_version_expiration=Duration.days(old_versions),
        abort_incomplete_multipart_upload_after=Duration.days(min(_MAX_UNFINISHED_DAYS, keep)),
    )

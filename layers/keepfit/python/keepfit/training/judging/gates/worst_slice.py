"""The gate of the worst slice: what is good on average may be bad for some."""

from __future__ import annotations

from keepfit.evaluation.metrics.base import Metric
from keepfit.evaluation.report import Slice
from keepfit.registry.verdicts import Verdict
from keepfit.training.gates_definition import WorstSliceDefinition
from keepfit.training.judging.evidence import Evidence

_MAX_DETAILS = 20


def _judge(evidence: Evidence) -> Verdict | None:
    asked, served, measured = evidence.gates.worst_slice, evidence.answers.candidate, evidence.measured
    if asked is None or served is None or measured is None:
        return None
    evaluation, metric = served.evaluation(), measured.metric
    slices = [each for each in (*evaluation.declared, *evaluation.worst.slices) if each.metric is not None]
    if not slices:
        note = f"of {evaluation.worst.examined} slices none is surely worse than the rest"
        return Verdict(gate="worst_slice", passed=True, reason=note) if evaluation.worst.examined else None
    # The metric of none is None, but types do not say so.
    worst = max(slices, key=lambda each: float(metric.gain(0.0, each.metric or 0.0)))
    failed = [told for each in slices if (told := _fault(each, asked, metric)) is not None]
    limit = asked.min_value if asked.min_value is not None else asked.max_gap
    reason = f"the worst is {_words(worst, metric)}; every slice passes"
    return Verdict(
        gate="worst_slice",
        passed=not failed,
        reason=failed[0] if failed else reason,
        value=worst.metric if asked.min_value is not None else worst.gap,
        limit=limit,
        details=failed[:_MAX_DETAILS],
    )


def _fault(each: Slice, asked: WorstSliceDefinition, metric: Metric) -> str | None:
    if asked.min_value is not None and metric.gain(each.metric, asked.min_value) < 0:
        beyond = "below" if metric.greater_is_better else "above"
        return f"{_words(each, metric)}, {beyond} {asked.min_value:.4f}"
    if (
        asked.max_gap is not None
        and each.gap is not None
        and each.gap > asked.max_gap
        and _is_sure(each, metric)
    ):
        return f"{_words(each, metric)}, {each.gap:.4f} worse than elsewhere; {asked.max_gap:.4f} is allowed"
    return None


def _is_sure(each: Slice, metric: Metric) -> bool:
    """Whether the metric of all other rows is no value that chance may give this slice."""
    if each.metric is None or each.gap is None or each.interval is None:
        return False
    elsewhere = each.metric + each.gap if metric.greater_is_better else each.metric - each.gap
    return not each.interval[0] <= elsewhere <= each.interval[1]


def _words(each: Slice, metric: Metric) -> str:
    return f"{each.name} ({each.rows:,} rows) with {metric.name} {each.metric:.4f}"


GATE = _judge

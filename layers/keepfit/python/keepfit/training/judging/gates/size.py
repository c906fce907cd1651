"""The gate of a model file that is not too large."""

from __future__ import annotations

from keepfit.registry.verdicts import Verdict
from keepfit.training.judging.evidence import Evidence

_MB = 1e6


def _judge(evidence: Evidence) -> Verdict | None:
    limit, served = evidence.gates.max_size_mb, evidence.answers.candidate
    if limit is None or served is None:
        return None
    megabytes = served.model_bytes / _MB
    return Verdict(
        gate="size",
        passed=megabytes <= limit,
        reason=f"the model has {megabytes:.3f} MB; {limit:g} MB are allowed",
        value=megabytes,
        limit=limit,
    )


GATE = _judge

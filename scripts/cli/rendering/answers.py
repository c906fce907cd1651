"""The answers of a candidate in a few words: threshold, calibration, interval, logarithm."""

from __future__ import annotations

from typing import Any


def answers_of(report: dict[str, Any]) -> str:
    """Threshold, calibration, interval and logarithm of a trial's report; empty without any.

    >>> answers_of({"answers": {"kind": "binary", "threshold": 0.2741}, "calibration": {"kind": "sigmoid"}})
    'true from 0.274 on, probabilities corrected by sigmoid'
    """
    answers = report.get("answers") or {}
    interval, parts = answers.get("interval"), []
    if answers.get("threshold") is not None:
        parts.append(f"true from {answers['threshold']:.3g} on")
    if report.get("calibration"):
        parts.append(f"probabilities corrected by {report['calibration']['kind']}")
    if interval:
        parts.append(f"intervals for {interval['level']:.0%}")
    if (report.get("target") or {}).get("is_logarithm"):
        parts.append("learned as a logarithm")
    return ", ".join(parts)

"""A version as a model card: Markdown with the front matter that Hugging Face reads.

What is not on record is said to be unknown, and never made up.

Source: Hugging Face model cards, https://huggingface.co/docs/hub/model-cards; Mitchell et al., Model Cards for Model
Reporting (2019).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from keepfit.evaluation.report import Evaluation
from keepfit.instants import to_iso
from keepfit.views.audit.evidence import VersionEvidence

UNKNOWN: Final = "Unknown: not on record."
_TASKS: Final[Mapping[str, str]] = {
    "binary": "tabular-classification",
    "multiclass": "tabular-classification",
    "regression": "tabular-regression",
}
_MAX_SLICES: Final = 5


def model_card(evidence: VersionEvidence) -> str:
    """The card of a version."""
    sections = {
        "Model details": _details(evidence),
        "Intended use": [str(evidence.definition.get("description") or UNKNOWN)],
        "Training data": _data(evidence),
        "Evaluation": _evaluated(evidence),
        "Gates": [
            f"* {each.gate}: {'passed' if each.passed else 'warned'}. {each.reason}"
            for each in evidence.version.manifest.verdicts
        ],
        "Limitations": _limits(evidence),
        "Environmental impact": [UNKNOWN],
        "Releases": [f"* {to_iso(m.at)}, {m.action} by {m.who}: {m.why}" for m in evidence.version.moves],
    }
    manifest = evidence.version.manifest
    lines = [
        "---",
        *_front_matter(evidence),
        "---",
        "",
        f"# {manifest.model}, version {manifest.version}",
        "",
    ]
    for title, said in sections.items():
        lines += [f"## {title}", "", *(said or [UNKNOWN]), ""]
    return "\n".join(lines)


def _front_matter(evidence: VersionEvidence) -> Iterator[str]:
    """YAML, whose values are JSON, as YAML allows."""
    manifest, task = evidence.version.manifest, str(evidence.definition.get("task") or "")
    metrics = [{"type": name, "value": value, "name": name} for name, value in manifest.metrics.items()]
    values: dict[str, Any] = {
        "library_name": "keepfit",
        "tags": ["tabular", "onnx", *(evidence.definition.get("tags") or [])],
        "metrics": [manifest.metric],
        "model-index": [
            {
                "name": manifest.model,
                "results": [
                    {
                        "task": {"type": _TASKS.get(task, "other")},
                        "dataset": {"type": "keepfit", "name": ", ".join(manifest.data) or "unknown"},
                        "metrics": metrics,
                    }
                ],
            }
        ],
    }
    for name, value in values.items():
        if value:
            yield f"{name}: {json.dumps(value, ensure_ascii=False)}"


def _details(evidence: VersionEvidence) -> list[str]:
    manifest, report = evidence.version.manifest, evidence.version.report
    definition = evidence.definition
    return _facts(
        {
            "Owner": definition.get("owner"),
            "Predicts": f"`{definition['label']}`" if definition.get("label") else None,
            "Task": definition.get("task"),
            "Algorithm": report.get("algorithm"),
            "Parameters": f"`{json.dumps(report['parameters'])}`" if report.get("parameters") else None,
            "Registered": to_iso(manifest.created_at),
            "Training run": manifest.run_id,
            "Digests": "; ".join(f"{name} `{digest}`" for name, digest in manifest.digests.items()),
            "License": None,
        }
    )


def _facts(facts: Mapping[str, Any]) -> list[str]:
    return [f"* {name}: {UNKNOWN if value in (None, '') else value}" for name, value in facts.items()]


def _data(evidence: VersionEvidence) -> list[str]:
    read = [
        f"* `{dataset}`, version {version}" for dataset, version in evidence.version.manifest.data.items()
    ]
    described = evidence.training_set
    return [
        *(read or [UNKNOWN]),
        *_facts(
            {
                "Rows that trained": described.get("rows"),
                "Rows of the holdout": described.get("holdout_rows"),
                "First event": described.get("first_event"),
                "Last event": described.get("last_event"),
                "Rows left out": json.dumps(described["left_out"]) if described.get("left_out") else None,
            }
        ),
        "* Rows are not in this document; the run keeps them as long as its definition says.",
    ]


def _evaluated(evidence: VersionEvidence) -> list[str]:
    chosen, judgement = evidence.chosen, evidence.judgement
    if chosen is None or judgement is None or chosen.metric is None:
        return [UNKNOWN]
    lines = [f"* {judgement.metric} {chosen.metric:.4f}{_interval(chosen.interval)} on {judgement.rows} rows"]
    if judgement.baseline is not None:
        lines.append(
            f"* better than the best constant answer by {judgement.baseline.gain:.4f}"
            f"{_interval(judgement.baseline.gain_interval)}"
        )
    if judgement.champion is not None and judgement.champion.metric is not None:
        lines.append(f"* version {judgement.champion.version} before it: {judgement.champion.metric:.4f}")
    evaluation = evidence.evaluation
    return [
        *lines,
        *(_worst(evaluation) if evaluation else []),
        *(_fairness(evaluation) if evaluation else []),
    ]


def _interval(interval: Iterable[float] | None) -> str:
    if interval is None:
        return ""
    low, high = interval
    return f" (95 %: {low:.4f} to {high:.4f})"


def _worst(evaluation: Evaluation) -> Iterator[str]:
    for each in evaluation.worst.slices[:_MAX_SLICES]:
        if each.metric is not None:
            yield f"* worse where {each.name}: {evaluation.metric} {each.metric:.4f}, {each.rows} rows"


def _fairness(evaluation: Evaluation) -> Iterator[str]:
    for column in evaluation.fairness:
        for gap in column.gaps:
            yield (
                f"* {gap.rate} by {column.column}: {gap.gap:.4f}{_interval(gap.interval)} between {gap.lowest} and "
                f"{gap.highest}"
            )


def _limits(evidence: VersionEvidence) -> list[str]:
    return [
        *(f"* {doubt}" for doubt in evidence.doubts),
        "* It is right for rows that are like those that it was trained on: the monitor tells where they drift.",
    ]

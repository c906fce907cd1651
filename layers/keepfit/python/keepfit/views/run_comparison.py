"""The view of runs side by side: data, definition, code, parameters, metrics and gates."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final, Literal

import msgspec

from keepfit.views.gates import furthest, gate_lines
from keepfit.views.runs import RunDetail

Part = Literal["data", "definition", "code", "parameters", "metrics", "gates"]
ABSENT: Final = None


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """A thing that runs do not have alike: its value in each of them, None where a run has none."""

    part: Part
    name: str
    values: list[Any]


class RunComparison(msgspec.Struct, frozen=True, kw_only=True):
    """Runs by their ids, and what differs; ``alike`` are the parts in which nothing does."""

    runs: list[str]
    differences: list[Difference]
    alike: list[Part]

    def of(self, part: Part) -> list[Difference]:
        """The differences in one part."""
        return [each for each in self.differences if each.part == part]


def compare_runs(details: Sequence[RunDetail]) -> RunComparison:
    """What differs between runs, of one model or of several."""
    differences = [
        difference
        for part, read in _PARTS.items()
        for difference in _differing(part, list(map(read, details)))
    ]
    differing = {each.part for each in differences}
    return RunComparison(
        runs=[detail.run.run_id for detail in details],
        differences=differences,
        alike=[part for part in _PARTS if part not in differing],
    )


def _differing(part: Part, documents: Sequence[Mapping[str, Any]]) -> Iterator[Difference]:
    for name in dict.fromkeys(name for document in documents for name in document):
        values = [document.get(name, ABSENT) for document in documents]
        if any(value != values[0] for value in values):
            yield Difference(part=part, name=name, values=values)


def _data(detail: RunDetail) -> dict[str, Any]:
    versions = {f"version of {name}": version for name, version in detail.run.data.items()}
    return {**versions, **_flat(detail.training_set or {})}


def _definition(detail: RunDetail) -> dict[str, Any]:
    return _flat(detail.definition or {})


def _code(detail: RunDetail) -> dict[str, Any]:
    report = _chosen_report(detail)
    packages = {f"package {name}": version for name, version in report.get("packages", {}).items()}
    return {"code": detail.run.code_digest, "own code": report.get("code_sha256"), **packages}


def _parameters(detail: RunDetail) -> dict[str, Any]:
    report = _chosen_report(detail)
    chosen = {"candidate": _chosen(detail), "algorithm": report.get("algorithm")}
    return {
        **chosen,
        **_flat(report.get("parameters") or {}),
        **_flat({"answers": report.get("answers") or {}}),
    }


def _metrics(detail: RunDetail) -> dict[str, Any]:
    """On each run's own holdout, so that they are compared with care."""
    judgement = detail.judged()
    evaluation = judgement.chosen if judgement else None
    if judgement is None or evaluation is None:
        return {}
    return {
        judgement.metric: evaluation.metric,
        f"{judgement.metric}, 95 %": None if evaluation.interval is None else list(evaluation.interval),
        "gain on the champion": evaluation.gain,
        **evaluation.metrics,
    }


def _gates(detail: RunDetail) -> dict[str, Any]:
    judgement = detail.judged()
    evaluation = furthest(judgement) if judgement else None
    outcome = {"outcome of the run": detail.run.outcome, "version": detail.run.version}
    if evaluation is None:
        return outcome
    lines = gate_lines(evaluation, detail.definition)
    return {**outcome, **{line.gate: f"{line.outcome}: {line.measured}" for line in lines}}


_PARTS: Final[Mapping[Part, Callable[[RunDetail], dict[str, Any]]]] = {
    "data": _data,
    "definition": _definition,
    "code": _code,
    "parameters": _parameters,
    "metrics": _metrics,
    "gates": _gates,
}


def _chosen(detail: RunDetail) -> str | None:
    judgement = detail.judged()
    return judgement.chosen.candidate if judgement and judgement.chosen else None


def _chosen_report(detail: RunDetail) -> dict[str, Any]:
    """The report of the candidate that was measured on the holdout; empty where none was."""
    return detail.candidates.get(_chosen(detail) or "", {})


def _flat(document: Mapping[str, Any], before: str = "") -> dict[str, Any]:
    """Nested tables as one, by the names on the way with dots between.

    >>> _flat({"training": {"seed": 1, "candidates": {}}, "inputs": ["a"]})
    {'training.seed': 1, 'training.candidates': {}, 'inputs': ['a']}
    """
    flat: dict[str, Any] = {}
    for name, value in document.items():
        if isinstance(value, Mapping) and value:
            flat |= _flat(value, f"{before}{name}.")
        else:
            flat[f"{before}{name}"] = value
    return flat

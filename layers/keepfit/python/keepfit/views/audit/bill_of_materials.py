"""A version as a machine learning bill of materials: CycloneDX 1.6, in JSON.

Source: CycloneDX 1.6, https://cyclonedx.org/docs/1.6/json (components of the types machine-learning-model and data).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final
from uuid import NAMESPACE_URL, uuid5

from keepfit.instants import to_iso
from keepfit.views.audit.evidence import VersionEvidence

_SCHEMA: Final = "http://cyclonedx.org/schema/bom-1.6.schema.json"
_MODEL_FILE: Final = "model.onnx"


def bill_of_materials(evidence: VersionEvidence) -> dict[str, Any]:
    """The document: the model with its card, the data it learned from, and the packages that trained it."""
    manifest = evidence.version.manifest
    name = f"keepfit:{manifest.model}:{manifest.version}:{manifest.files.get(_MODEL_FILE, '')}"
    data, packages = [*_data(evidence)], [*_packages(evidence)]
    model = _model(evidence, [component["bom-ref"] for component in data])
    parts = [component["bom-ref"] for component in (*data, *packages)]
    return {
        "$schema": _SCHEMA,
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{uuid5(NAMESPACE_URL, name)}",
        "version": 1,
        "metadata": {"timestamp": to_iso(manifest.created_at), "component": model},
        "components": [*data, *packages],
        "dependencies": [{"ref": model["bom-ref"], "dependsOn": parts}, *({"ref": part} for part in parts)],
    }


def _model(evidence: VersionEvidence, data: list[str]) -> dict[str, Any]:
    manifest, definition = evidence.version.manifest, evidence.definition
    hashes = (
        [{"alg": "SHA-256", "content": manifest.files[_MODEL_FILE]}] if _MODEL_FILE in manifest.files else []
    )
    described = {"description": str(definition["description"])} if definition.get("description") else {}
    owner = {"supplier": {"name": str(definition["owner"])}} if definition.get("owner") else {}
    return {
        "type": "machine-learning-model",
        "bom-ref": f"model/{manifest.model}@{manifest.version}",
        "name": manifest.model,
        "version": str(manifest.version),
        **described,
        **owner,
        "hashes": hashes,
        "modelCard": {
            "modelParameters": {
                "approach": {"type": "supervised"},
                **_given("task", definition.get("task")),
                **_given("architectureFamily", evidence.version.report.get("algorithm")),
                "datasets": [{"ref": each} for each in data],
            },
            "quantitativeAnalysis": {"performanceMetrics": [*_metrics(evidence)]},
            "considerations": {"technicalLimitations": evidence.doubts},
        },
        "properties": [
            {"name": "keepfit:run", "value": manifest.run_id},
            *({"name": f"keepfit:digest:{of}", "value": digest} for of, digest in manifest.digests.items()),
        ],
    }


def _given(key: str, value: Any) -> dict[str, str]:
    return {key: str(value)} if value else {}


def _metrics(evidence: VersionEvidence) -> Iterator[dict[str, Any]]:
    chosen, judgement = evidence.chosen, evidence.judgement
    for name, value in evidence.version.manifest.metrics.items():
        metric: dict[str, Any] = {"type": name, "value": repr(value)}
        if judgement and chosen and name == judgement.metric and chosen.interval is not None:
            low, high = chosen.interval
            metric["confidenceInterval"] = {"lowerBound": repr(low), "upperBound": repr(high)}
        yield metric
    evaluation = evidence.evaluation
    for each in evaluation.worst.slices if evaluation else []:
        if each.metric is not None and evaluation is not None:
            yield {"type": evaluation.metric, "value": repr(each.metric), "slice": each.name}


def _data(evidence: VersionEvidence) -> Iterator[dict[str, Any]]:
    manifest = evidence.version.manifest
    for dataset, version in manifest.data.items():
        ref = f"data/{dataset}@{version}"
        yield {
            "type": "data",
            "bom-ref": ref,
            "name": dataset,
            "version": str(version),
            "data": [{"type": "dataset", "name": dataset, "bom-ref": f"{ref}/rows"}],
        }


def _packages(evidence: VersionEvidence) -> Iterator[dict[str, Any]]:
    packages: Mapping[str, str] = evidence.version.report.get("packages") or {}
    for name, version in sorted(packages.items()):
        address = f"pkg:pypi/{name.lower().replace('_', '-')}@{version}"
        yield {"type": "library", "bom-ref": address, "name": name, "version": version, "purl": address}

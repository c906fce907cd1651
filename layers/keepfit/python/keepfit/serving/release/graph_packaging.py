"""Packages the graph of a model: the files of the other models' champions, and what its tests need."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

import msgspec

from keepfit.features.schema.signature import Signature, from_json
from keepfit.registry.artifact_store import ArtifactStore
from keepfit.registry.versions import EXPLAINER, ModelVersion, read_files, read_model
from keepfit.serving.graph.compiled import CompiledGraph
from keepfit.serving.graph.package import GRAPH, MODELS, PackagedGraph
from keepfit.serving.graph.request_signature import request_signature
from keepfit.serving.release.golden import GOLDEN, GoldenRequest
from keepfit.serving.release.released_graph import ReleasedGraph
from keepfit.serving.release.requests_to_test import placeholder

_SIGNATURE: Final = "signature.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class GraphPackaging:
    """Packages ``graph`` with the champions that ``champion_of`` names; see ``prepare.PackagesGraph``."""

    graph: CompiledGraph
    artifacts: ArtifactStore
    champion_of: Callable[[str], ModelVersion]

    def package(self, version: ModelVersion) -> tuple[dict[str, bytes], ReleasedGraph]:
        """The files of the graph, and what is kept beside the package.

        Raises:
            NotFound: no version of another model serves.
            InvalidModel: versions that cannot answer together.
        """
        others = {model: self.champion_of(model) for model in self.graph.models[1:]}
        packaged = PackagedGraph(
            graph=self.graph, versions={model: each.version for model, each in others.items()}
        )
        files = {GRAPH: msgspec.json.encode(packaged, order="deterministic")}
        for model, champion in others.items():
            for name, body in read_model(self.artifacts, champion).items():
                if name != EXPLAINER:
                    files[f"{MODELS}/{model}/{name}"] = body
        return files, self._released({version.model: version, **others})

    def _released(self, versions: dict[str, ModelVersion]) -> ReleasedGraph:
        signatures, golden = dict[str, Signature](), list[Sequence[GoldenRequest]]()
        for model, version in versions.items():
            files = read_files(self.artifacts, version, [_SIGNATURE, GOLDEN])
            signatures[model] = from_json(files[_SIGNATURE])
            golden.append(msgspec.json.decode(files[GOLDEN], type=list[GoldenRequest]))
        signature = request_signature(self.graph, signatures)
        return ReleasedGraph(
            versions={name: each.version for name, each in versions.items() if name != self.graph.model},
            signature=signature,
            instances=list(_instances(signature, golden)),
        )


def _instances(signature: Signature, golden: Sequence[Sequence[GoldenRequest]]) -> Iterator[dict[str, Any]]:
    """Instances of the graph, made of golden ones of its models, the own model's first."""
    for row in range(len(golden[0])):
        known: dict[str, Any] = {}
        for requests in reversed(golden):
            known |= requests[row % len(requests)].instance
        yield {
            column.name: known[column.name] if column.name in known else placeholder(column)
            for column in signature.instance_columns
        }

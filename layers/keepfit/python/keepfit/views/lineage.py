"""The view of a lineage: from uploaded files over versions and training runs to releases."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

import msgspec

from keepfit.features.datasets.manifest import Manifest
from keepfit.instants import from_iso
from keepfit.training.runs.run import TrainingRun
from keepfit.views.catalogue import Kind, Known
from keepfit.views.datasets import event_at
from keepfit.views.serving import read_serving
from keepfit.views.stores import DatasetStores, ModelStores

NodeKind = Literal["upload", "dataset_version", "run", "model_version", "release"]


class Node(msgspec.Struct, frozen=True, kw_only=True):
    """One thing of a lineage; ``current`` where it is what counts or serves now."""

    id: str
    kind: NodeKind
    name: str
    at: datetime | None = None
    says: str = ""
    current: bool = False


class Edge(msgspec.Struct, frozen=True, kw_only=True):
    """What was made from what, by the ids of nodes."""

    source: str
    target: str


class Lineage(msgspec.Struct, frozen=True, kw_only=True):
    """The nodes that a dataset, view or model has to do with, and what was made from what.

    ``older`` counts versions and runs before those shown.
    """

    kind: Kind
    name: str
    nodes: list[Node]
    edges: list[Edge]
    older: int = 0


@dataclass(slots=True, kw_only=True)
class _Drawing:
    """Nodes and edges so far, each once."""

    nodes: dict[str, Node] = field(default_factory=dict)
    edges: dict[Edge, None] = field(default_factory=dict)
    older: int = 0

    def add(self, node: Node, *sources: str) -> str:
        self.nodes.setdefault(node.id, node)
        for source in sources:
            self.edges[Edge(source=source, target=node.id)] = None
        return node.id


def read_lineage(known: Known, name: str, limit: int) -> Lineage:
    """The lineage of an entry: its ``limit`` newest versions and runs, and all that they touch.

    Raises:
        NotFound: nothing is called so.
    """
    kind, drawing = known.kind_of(name), _Drawing()
    models = _models(known, kind, name)
    runs = {model: _runs(stores, limit, drawing) for model, stores in models.items()}
    for dataset, versions in _versions(known, kind, name, runs, limit).items():
        _draw_dataset(known.datasets[dataset], versions, drawing)
    for model, stores in models.items():
        _draw_model(stores, runs[model], drawing)
    return Lineage(
        kind=kind, name=name, nodes=[*drawing.nodes.values()], edges=[*drawing.edges], older=drawing.older
    )


def _models(known: Known, kind: Kind, name: str) -> Mapping[str, ModelStores]:
    """The deployed models that a lineage is about."""
    match kind:
        case "model":
            users = [name]
        case "feature_view":
            users = known.users_of_view(name)
        case "dataset":
            users = known.users_of_dataset(name)
    return {user: known.models[user] for user in users if user in known.models}


def _runs(stores: ModelStores, limit: int, drawing: _Drawing) -> list[TrainingRun]:
    """The newest runs, the oldest first."""
    found = stores.runs.newest(limit + 1)
    drawing.older += len(found) > limit
    return found[:limit][::-1]


def _versions(
    known: Known, kind: Kind, name: str, runs: Mapping[str, Sequence[TrainingRun]], limit: int
) -> dict[str, list[int]]:
    """The versions to show by dataset: those that runs read, and the newest of a dataset itself."""
    of = {
        "dataset": name,
        "feature_view": known.definitions.views[name].dataset if kind == "feature_view" else "",
    }
    own = of.get(kind)
    read: dict[str, set[int]] = {own: set()} if own else {}
    for run in (run for each in runs.values() for run in each):
        for dataset, version in run.data.items():
            if own in (None, dataset):
                read.setdefault(dataset, set()).add(version)
    shown = {dataset: versions for dataset, versions in read.items() if dataset in known.datasets}
    if own in shown:
        newest = known.datasets[own].records.newest(own) or 0
        shown[own] |= {*range(max(1, newest - limit + 1), newest + 1)}
    return {dataset: sorted(versions) for dataset, versions in sorted(shown.items())}


def _draw_dataset(stores: DatasetStores, versions: Iterable[int], drawing: _Drawing) -> None:
    """Each version with the uploads that came since the one before it in the picture."""
    newest = stores.records.newest(stores.dataset)
    before: Manifest | None = None
    for number in versions:
        manifest = stores.manifests.manifest(stores.dataset, number)
        held = {part.key for part in before.parts} if before else set()
        uploads = [
            drawing.add(
                Node(
                    id=f"upload/{stores.dataset}/{part.sha256}",
                    kind="upload",
                    name=part.source.key,
                    at=event_at(part.source.uploaded_at),
                    says=f"{part.rows:,} rows",
                )
            )
            for part in manifest.parts
            if part.key not in held
        ]
        if before:
            uploads.insert(0, _version_id(stores.dataset, before.version))
        drawing.add(_version(manifest, current=number == newest), *uploads)
        before = manifest


def _version(manifest: Manifest, *, current: bool) -> Node:
    without = f", without {manifest.withdrawn.source.key}" if manifest.withdrawn else ""
    return Node(
        id=_version_id(manifest.dataset, manifest.version),
        kind="dataset_version",
        name=f"{manifest.dataset} {manifest.version}",
        at=from_iso(manifest.created_at),
        says=f"{manifest.rows:,} rows of {len(manifest.parts)} uploads{without}",
        current=current,
    )


def _version_id(dataset: str, version: int) -> str:
    return f"dataset/{dataset}/{version}"


def _draw_model(stores: ModelStores, runs: Sequence[TrainingRun], drawing: _Drawing) -> None:
    versions = {version.run_id: version for version in stores.versions.all()}
    releases, serving = stores.versions.releases(), read_serving(stores).champion
    live = serving.lambda_version if serving else None
    for run in runs:
        data = [_version_id(dataset, version) for dataset, version in run.data.items()]
        drawn = drawing.add(_run(run), *(each for each in data if each in drawing.nodes))
        version = versions.get(run.run_id)
        if version is None:
            continue
        made = drawing.add(
            Node(
                id=f"model/{stores.model}/{version.version}",
                kind="model_version",
                name=f"{stores.model} {version.version}",
                at=version.created_at,
                says=f"{version.metric} {version.metrics[version.metric]:.4f}"
                if version.metric in version.metrics
                else "",
                current=serving is not None and version.version == serving.version,
            ),
            drawn,
        )
        for release in (one for one in releases if one.version == version.version):
            drawing.add(
                Node(
                    id=f"release/{stores.model}/{release.lambda_version}",
                    kind="release",
                    name=f"{stores.model} as Lambda version {release.lambda_version}",
                    at=release.published_at,
                    says="serves" if release.lambda_version == live else "",
                    current=release.lambda_version == live,
                ),
                made,
            )


def _run(run: TrainingRun) -> Node:
    return Node(
        id=f"run/{run.model}/{run.run_id}",
        kind="run",
        name=run.run_id,
        at=run.started_at,
        says=run.outcome or "under way",
        current=run.closed_at is None,
    )

"""The evidence of a version: its files, the run that made it, and the moves of the alias."""

from __future__ import annotations

from typing import Any, Final

import msgspec

from keepfit.errors import NotFound
from keepfit.evaluation.report import Evaluation
from keepfit.registry.versions import MANIFEST, read_files, read_manifest
from keepfit.training.judging.judgement import CandidateEvaluation, Judgement
from keepfit.views.ledger import ReleaseLedger, read_ledger
from keepfit.views.models import VersionDetail, read_version
from keepfit.views.runs import RunDetail, read_run
from keepfit.views.stores import ModelStores

_DOCUMENTS: Final = (".json", ".py")
"""The files of a run that hold no rows and no models."""


class VersionEvidence(msgspec.Struct, frozen=True, kw_only=True):
    """All that is on record of a version; ``run`` is None where its record is gone."""

    version: VersionDetail
    run: RunDetail | None
    ledger: ReleaseLedger

    @property
    def definition(self) -> dict[str, Any]:
        """The model's own definition, as it was when the run was admitted; empty where it is gone."""
        compiled: dict[str, Any] = (self.run.definition if self.run else None) or {}
        return dict(compiled.get("definition") or {})

    @property
    def training_set(self) -> dict[str, Any]:
        """The description of the rows that trained and judged it; empty where it is gone."""
        return (self.run.training_set if self.run else None) or {}

    @property
    def doubts(self) -> list[str]:
        """Why its figures may prove little."""
        soft = self.judgement.soft if self.judgement else None
        return [*([soft] if soft else []), *(self.training_set.get("doubts") or [])]

    @property
    def judgement(self) -> Judgement | None:
        """The judgement of its run; None where nothing was judged."""
        return self.run.judged() if self.run else None

    @property
    def chosen(self) -> CandidateEvaluation | None:
        """The evaluation of its candidate on the holdout."""
        judgement = self.judgement
        return judgement.chosen if judgement else None

    @property
    def evaluation(self) -> Evaluation | None:
        """The slices, fairness and calibration of its candidate; None for runs of before."""
        found = self.run.evaluation if self.run else None
        return None if found is None else msgspec.convert(found, Evaluation)


def read_evidence(stores: ModelStores, number: int) -> VersionEvidence:
    """Reads what is on record of a version, with every file of it verified by its digest.

    Raises:
        NotFound: no version has this number, or a file of it is gone.
        TamperedArtifact: a file is not what was registered.
    """
    version = read_version(stores, number)
    return VersionEvidence(
        version=version, run=read_run([stores], version.manifest.run_id), ledger=read_ledger(stores)
    )


def read_evidence_files(stores: ModelStores, evidence: VersionEvidence) -> dict[str, bytes]:
    """The files of a version and the documents of its run, by their paths in an archive; no rows.

    Raises:
        NotFound: a file of the version is gone.
        TamperedArtifact: a file is not what was registered.
    """
    registered = stores.versions.get(evidence.version.manifest.version)
    manifest = read_manifest(stores.artifacts, registered)
    files = {f"version/{n}": b for n, b in read_files(stores.artifacts, registered, manifest.files).items()}
    files[f"version/{MANIFEST}"] = msgspec.json.format(msgspec.json.encode(manifest, order="deterministic"))
    if evidence.run is None:
        return files
    folder = evidence.run.run.folder
    for key in stores.artifacts.list(f"{folder}/"):
        if key.endswith(_DOCUMENTS):
            try:
                files[f"run/{key.removeprefix(f'{folder}/')}"] = stores.artifacts.get(key)
            except NotFound:  # it expired since it was listed
                continue
    return files

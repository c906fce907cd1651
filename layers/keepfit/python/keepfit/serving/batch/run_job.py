"""Runs a batch's job: plans its parts, scores each once, and closes it. Each step may be done again."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import msgspec

from keepfit.errors import Conflict, NotFound
from keepfit.features.io.formats import file_sha256
from keepfit.features.schema.signature import from_json
from keepfit.instants import now, to_iso
from keepfit.layout import ModelScope
from keepfit.registry.artifact_store import sha256
from keepfit.serving.batch.answer_columns import own_columns
from keepfit.serving.batch.chosen_columns import choose_columns
from keepfit.serving.batch.job import PARTS, PLAN, REFUSAL, JobRequest, Plan, Refusal, Wishes, record_name
from keepfit.serving.batch.opened_file import opened, readable_format, result_format
from keepfit.serving.batch.parquet_table import TAIL, footer_span
from keepfit.serving.batch.part import Part, Span
from keepfit.serving.batch.part_files import PartResult
from keepfit.serving.batch.ports import ArtifactStore, BatchFiles, BatchModels
from keepfit.serving.batch.summary import SUMMARY, Digests, Summary, counted
from keepfit.tasks.registry import task_of

_LOST: Final = (
    "its worker was ended before it was done, for time or memory; resume the job, or give smaller files"
)


@dataclass(frozen=True, kw_only=True)
class BatchJobs:
    """The steps of jobs.

    Args:
        files: the intake.
        results: the lake.
        models: what scores.
        clock: says what time it is.
    """

    files: BatchFiles
    results: ArtifactStore
    models: BatchModels
    clock: Callable[[], datetime] = now

    def plan(self, request: JobRequest) -> Plan:
        """Plans a job, or reads how it was planned before.

        Raises:
            RefusedUpload: the file is no table of the model.
            NotFound: the file, the model or the version is not there.
        """
        folder = ModelScope(request.model).batch_job(request.job)
        try:
            return msgspec.json.decode(self.results.get(folder + PLAN), type=Plan)
        except NotFound:
            plan = self._planned(request)
        parts = [{"part": part.number} for part in plan.parts]
        self.results.put(folder + PARTS, msgspec.json.encode(parts))
        self.results.put_new(folder + PLAN, msgspec.json.encode(plan))
        return plan

    def score(self, model: str, job: str, number: int) -> PartResult:
        """Scores a part of a job, unless that is done. Raises NotFound where there is no such job."""
        # The other steps ask no model, and their functions have no runtime for one.
        from keepfit.serving.batch.score_part import PartScorer  # noqa: PLC0415
        from keepfit.serving.inference.scorer import Scorer  # noqa: PLC0415

        plan, folder = self._plan(model, job), ModelScope(model).batch_job(job)
        part = plan.parts[number]
        try:
            return msgspec.json.decode(self.results.get(folder + record_name(part)), type=PartResult)
        except NotFound:
            pass
        with tempfile.TemporaryDirectory(prefix="batch-") as name:
            work = Path(name)
            path = self._fetched(plan, part, work / "file")
            files = self.models.files(model, plan.version)
            scoring = PartScorer(
                scorer=Scorer.load(files["model.onnx"], files["signature.json"], files.get("segments.zip")),
                stored=plan.stored,
                columns=plan.columns,
                chosen=plan.chosen,
                form=plan.form,
            )
            result = scoring.score(part, path, work)
            for written in filter(None, (result.result, result.refused_rows)):
                self.results.put_file(folder + written, work / written)
        try:
            self.results.put_new(folder + record_name(part), msgspec.json.encode(result))
        except Conflict:  # somebody else was asked the same, and was faster
            return msgspec.json.decode(self.results.get(folder + record_name(part)), type=PartResult)
        return result

    def close(self, model: str, job: str) -> Summary:
        """Writes the summary of what was scored; parts without a record are unread."""
        plan, folder = self._plan(model, job), ModelScope(model).batch_job(job)
        results = [self._result(folder, part) for part in plan.parts]
        summary = Summary(
            model=model,
            version=plan.version,
            file=plan.request.key,
            format=plan.form,
            digests=plan.digests,
            started_at=plan.started_at,
            ended_at=to_iso(self.clock()),
            **counted(results),  # type: ignore[arg-type]
        )
        self.results.put(folder + SUMMARY, msgspec.json.format(msgspec.json.encode(summary)) + b"\n")
        return summary

    def refuse(self, model: str, job: str, request: dict[str, Any], reason: str) -> Refusal:
        """Records why a job came to nothing."""
        refusal = Refusal(request=request, reason=reason, at=to_iso(self.clock()))
        self.results.put(ModelScope(model).batch_job(job) + REFUSAL, msgspec.json.encode(refusal))
        return refusal

    def _planned(self, request: JobRequest) -> Plan:
        started, found = self.clock(), readable_format(request.key)
        there = self.files.find(request.key, request.version_id)
        wishes = Wishes.of(there.said)
        version = self.models.serving(request.model) if wishes.version is None else wishes.version
        model = self.models.files(request.model, version)
        signature = from_json(model["signature.json"])
        with tempfile.TemporaryDirectory(prefix="batch-") as name:
            folder = Path(name)
            path = folder / "file"
            self.files.download(request.key, request.version_id, path)
            digest = file_sha256(path)
            with opened(path, found, signature, folder) as file:
                own = own_columns(task_of(signature.task))
                chosen = choose_columns(file.columns, signature, carry=wishes.carry, answered=own)
                parts = []
                for part, held in file.parts:
                    if file.stored == "records":
                        self.results.put_file(
                            ModelScope(request.model).batch_part(request.job, part.name), held
                        )
                    parts.append(part)
        return Plan(
            request=request,
            version=version,
            stored=file.stored,
            form=wishes.form or result_format(found),
            size=there.bytes,
            columns=file.columns,
            chosen=chosen,
            parts=parts,
            digests=Digests(
                file=digest, model=sha256(model["model.onnx"]), signature=sha256(model["signature.json"])
            ),
            started_at=to_iso(started),
        )

    def _plan(self, model: str, job: str) -> Plan:
        return msgspec.json.decode(self.results.get(ModelScope(model).batch_job(job) + PLAN), type=Plan)

    def _fetched(self, plan: Plan, part: Part, path: Path) -> Path:
        """The file of a part: its records, or of a Parquet file as much as it needs."""
        request = plan.request
        if plan.stored == "records":
            self.results.get_file(ModelScope(request.model).batch_part(request.job, part.name), path)
        elif not part.spans:
            self.files.download(request.key, request.version_id, path)
        else:
            tail = Span(start=plan.size - TAIL, end=plan.size)
            self.files.fetch(request.key, request.version_id, [tail], path, size=plan.size)
            with path.open("rb") as file:
                file.seek(tail.start)
                footer = footer_span(plan.size, file.read())
            self.files.fetch(request.key, request.version_id, [*part.spans, footer], path, size=plan.size)
        return path

    def _result(self, folder: str, part: Part) -> PartResult:
        try:
            return msgspec.json.decode(self.results.get(folder + record_name(part)), type=PartResult)
        except NotFound:
            return PartResult(number=part.number, rows=part.rows, answered=0, refused=part.rows, unread=_LOST)

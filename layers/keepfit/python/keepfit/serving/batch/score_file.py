"""Scores a whole file on this machine, part by part."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import msgspec

from keepfit.features.io.formats import file_sha256
from keepfit.instants import now, to_iso
from keepfit.serving.batch.answer_columns import own_columns
from keepfit.serving.batch.chosen_columns import choose_columns
from keepfit.serving.batch.opened_file import opened, readable_format, result_format
from keepfit.serving.batch.part_files import PartResult, ResultFormat
from keepfit.serving.batch.score_part import PartScorer
from keepfit.serving.batch.summary import SUMMARY, Digests, Summary, counted
from keepfit.serving.inference.scorer import Scorer


@dataclass(frozen=True, kw_only=True)
class LoadedModel:
    """A version that scores: its name, its number, its scorer, and the digests of its files."""

    name: str
    version: int
    scorer: Scorer
    model_sha256: str
    signature_sha256: str


@dataclass(frozen=True, kw_only=True)
class FileScorer:
    """Scores files by one model.

    Args:
        model: what scores.
        form: how results are written; None for as the file is.
        carry: the columns that results carry; None for all.
        clock: says what time it is.
    """

    model: LoadedModel
    form: ResultFormat | None = None
    carry: Sequence[str] | None = None
    clock: Callable[[], datetime] = now

    def score(self, path: Path, into: Path, told: Callable[[PartResult], None]) -> Summary:
        """Writes a file for each part into the empty folder ``into``, and a summary; ``told`` gets each part.

        Raises:
            RefusedUpload: the file cannot be read as a whole, or lacks columns.
            ServiceUnavailable: the disk is full.
        """
        started, found = self.clock(), readable_format(path.name)
        form, results = self.form or result_format(found), list[PartResult]()
        scorer = self.model.scorer
        # Beside the results, so that these are moved and not copied.
        with tempfile.TemporaryDirectory(dir=into, prefix=".work-") as name:
            folder, copy = Path(name), Path(name) / "file"
            shutil.copyfile(path, copy)
            with opened(copy, found, scorer.signature, folder) as file:
                chosen = choose_columns(
                    file.columns, scorer.signature, carry=self.carry, answered=own_columns(scorer.task)
                )
                parts = PartScorer(
                    scorer=scorer, stored=file.stored, columns=file.columns, chosen=chosen, form=form
                )
                for part, held in file.parts:
                    result = parts.score(part, held, folder)
                    for written in filter(None, (result.result, result.refused_rows)):
                        (folder / written).replace(into / written)
                    results.append(result)
                    told(result)
        summary = Summary(
            model=self.model.name,
            version=self.model.version,
            file=path.name,
            format=form,
            digests=Digests(
                file=file_sha256(path), model=self.model.model_sha256, signature=self.model.signature_sha256
            ),
            started_at=to_iso(started),
            ended_at=to_iso(self.clock()),
            **counted(results),  # type: ignore[arg-type]
        )
        (into / SUMMARY).write_bytes(msgspec.json.format(msgspec.json.encode(summary)) + b"\n")
        return summary

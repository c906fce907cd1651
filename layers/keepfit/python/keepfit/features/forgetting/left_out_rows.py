"""Takes an entity out of what is kept of rows left out: problems, reports, rests of uploads."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from keepfit.errors import NotFound
from keepfit.features.forgetting.entity import Entity
from keepfit.features.forgetting.ports import ObjectVersion, ObjectVersions
from keepfit.features.forgetting.progress import Progress
from keepfit.features.forgetting.record import ForgottenObject
from keepfit.layout import DatasetScope

_REASON: Final = "its rows were refused; the reason quoted one that was forgotten"
# Copies a file without an entity, whose rows are in these places; how many rows or values are left out.
_Change = Callable[[Path, Path, set[int], Entity], int]


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftOutRows:
    """The quarantine of one dataset."""

    dataset: str
    objects: ObjectVersions

    def forget(self, sha256: str, lines: set[int], entity: Entity, progress: Progress) -> None:
        """Rewrites in its place what is kept of the upload ``sha256``, of which ``lines`` are the entity's.

        An empty ``sha256`` stands for every upload. The new version of an object is there before the former one goes.
        """
        seen = set[str]()
        for found in [*self.objects.list(f"{DatasetScope(self.dataset).quarantine}{sha256}")]:
            self._forget(found, lines, entity, progress, newest=found.key not in seen)
            seen.add(found.key)

    def _forget(
        self, found: ObjectVersion, lines: set[int], entity: Entity, progress: Progress, *, newest: bool
    ) -> None:
        with TemporaryDirectory(prefix="forget-") as folder:
            path, target = Path(folder) / "kept", Path(folder) / "left"
            try:
                self.objects.fetch(found.key, found.version_id, path)
            except NotFound:
                return  # it expired this moment
            rows = _change(found.key)(path, target, lines, entity)
            if not rows:
                return
            if not progress.dry:
                if newest:
                    self.objects.put(found.key, target)
                self.objects.remove(found.key, found.version_id)
            progress.found(
                ForgottenObject(
                    place="report" if found.key.endswith(".report.json") else "quarantine",
                    key=found.key,
                    version_id=found.version_id,
                    rows=rows,
                    became=found.key if newest and not progress.dry else None,
                    removed=not progress.dry,
                )
            )


def _change(key: str) -> _Change:
    if key.endswith(".report.json"):
        return _without_examples
    return _without_rows if key.endswith(".rest.jsonl") else _without_problems


def _without_problems(path: Path, target: Path, lines: set[int], entity: Entity) -> int:
    return _filtered(path, target, lambda one: _is_of(one, one.get("field"), lines, entity))


def _without_rows(path: Path, target: Path, _lines: set[int], entity: Entity) -> int:
    """Rests were made before: the places of their rows are not in them."""
    return _filtered(path, target, lambda one: entity.is_written(one.get(entity.field)))


def _without_examples(path: Path, target: Path, lines: set[int], entity: Entity) -> int:
    """What quotes no row of the entity stays."""
    report: dict[str, Any] = json.loads(path.read_bytes())
    gone = 0
    for flaw in report.get("flaws", []):
        others = [one for one in flaw["examples"] if not _is_of(one, flaw.get("field"), lines, entity)]
        gone += len(flaw["examples"]) - len(others)
        flaw["examples"] = others
    if gone and report.get("refused"):
        report["refused"] = _REASON
    target.write_text(json.dumps(report) + "\n")
    return gone


def _filtered(path: Path, target: Path, goes: Callable[[dict[str, Any]], bool]) -> int:
    gone = 0
    with target.open("w") as left:
        for line, one in _objects(path):
            if goes(one):
                gone += 1
            else:
                left.write(line)
    return gone


def _objects(path: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    with path.open() as lines:
        for line in lines:
            yield line, json.loads(line)


def _is_of(problem: dict[str, Any], field: str | None, lines: set[int], entity: Entity) -> bool:
    same = field == entity.field and entity.is_written(problem.get("value"))
    return problem["row"] in lines or same

"""Takes an entity out of the requests of clients: prediction log and collected predictions."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from keepfit.errors import NotFound
from keepfit.features.forgetting.entity import Entity
from keepfit.features.forgetting.parquet_rows import leave_out as leave_out_rows
from keepfit.features.forgetting.parquet_rows import rows_of
from keepfit.features.forgetting.ports import ObjectVersion, ObjectVersions
from keepfit.features.forgetting.progress import Progress
from keepfit.features.forgetting.record import ForgottenObject
from keepfit.layout import ModelScope
from keepfit.monitoring.prediction_log.leave_out import leave_out as leave_out_instances


@dataclass(frozen=True, slots=True, kw_only=True)
class ForgettingRequests:
    """The requests of models, in the lake's ``objects``."""

    objects: ObjectVersions

    def forget(
        self,
        models: Sequence[str],
        entity: Entity,
        progress: Progress,
        goes_on: Callable[[], bool],
    ) -> bool:
        """Rewrites every object with a request about the entity in its place; False where the time is up.

        A request is about the entity where it has a column of the field's name with its value.
        """
        scopes = [ModelScope(model) for model in models]
        prefixes = [prefix for scope in scopes for prefix in (scope.prediction_log, scope.predictions)]
        done, key = progress.record.requests_after, ""
        for prefix in sorted(prefixes):
            for found in self.objects.list(prefix, done):
                newest = found.key != key
                if newest:
                    done, key = key or done, found.key
                if not goes_on():
                    progress.note(requests_after=done)
                    return False
                if rows := self._forget(found, entity, progress, newest=newest):
                    _count(progress, prefix, rows)
        progress.note(requests_after=key or done)
        return True

    def _forget(self, found: ObjectVersion, entity: Entity, progress: Progress, *, newest: bool) -> int:
        """How many requests of an object are about the entity; the new version of it comes before one goes."""
        with TemporaryDirectory(prefix="forget-") as folder:
            path, target = Path(folder) / "held", Path(folder) / "left"
            try:
                self.objects.fetch(found.key, found.version_id, path)
                rows = _leave_out(found.key, path, target, entity)
            except NotFound:
                return 0  # it expired this moment
            except ValueError:
                progress.unclear(f"{found.key} ({found.version_id})")
                return 0
            if rows and not progress.dry:
                if newest:
                    self.objects.put(found.key, target)
                self.objects.remove(found.key, found.version_id)
        return rows


def _count(progress: Progress, prefix: str, rows: int) -> None:
    """One object more with requests about the entity: there may be a million, and the record is one file."""
    before = next((one for one in progress.record.of("requests") if one.key == prefix), None)
    progress.found(
        ForgottenObject(
            place="requests",
            key=prefix,
            version_id="",
            objects=(before.objects if before else 0) + 1,
            rows=((before.rows if before else 0) or 0) + rows,
            removed=not progress.dry,
        )
    )


def _leave_out(key: str, path: Path, target: Path, entity: Entity) -> int:
    """Writes ``path`` without requests about the entity; how many those are."""
    if key.endswith(".parquet"):
        if rows := rows_of(path, entity):
            leave_out_rows(path, entity, target)
        return rows

    def goes(instance: Mapping[str, Any]) -> bool:
        return entity.field in instance and entity.is_written(instance[entity.field])

    left = leave_out_instances(path.read_bytes(), goes)
    target.write_bytes(left.body)
    return left.instances

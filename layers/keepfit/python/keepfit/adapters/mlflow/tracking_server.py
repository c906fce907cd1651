"""MLflow's tracking server, by its REST API: no client of it is installed where runs end.

Source: https://mlflow.org/docs/latest/api_reference/rest-api.html and, for files, the server's artifact proxy.
"""

from __future__ import annotations

import base64
import json
import re
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from http import HTTPStatus
from typing import Any, Final
from urllib.error import HTTPError, URLError
from urllib.parse import quote, urlsplit, urlunsplit
from urllib.request import Request, urlopen

from keepfit.application.tracking import TrackedRun
from keepfit.errors import NotFound, ServiceUnavailable

RUN_TAG: Final = "keepfit.run"
"""Names the run of keepfit that a run, or one below it, is of."""
_PARENT_TAG = "mlflow.parentRunId"
TIMEOUT_S: Final = 40.0
"""All of a run is kept within it, or not at all."""
_REQUEST_TIMEOUT_S = 10.0
_API = "/api/2.0/mlflow"
# MLflow's own limits.
_MAX_PARAMETER, _MAX_TAG, _MAX_BATCH = 6000, 5000, 100
_NOT_IN_NAMES = re.compile(r"[^\w\-. /]")
_PROXY = "mlflow-artifacts:"


@dataclass(slots=True, kw_only=True)
class MlflowTrackingServer:
    """See ``application.tracking.TrackingServer``.

    Args:
        uri: where it is, ``https://mlflow.example.org``; a user and password in it are sent as basic authentication.
        timer: seconds that only grow.
    """

    uri: str
    timer: Callable[[], float] = time.monotonic
    _deadline: float = field(default=0.0, init=False)

    def keep(self, run: TrackedRun, *, experiment: str) -> None:
        self._deadline = self.timer() + TIMEOUT_S
        number = self._experiment(experiment)
        if not self._is_kept(number, run.name):
            self._write(run, number, root=run.name, parent=None)

    def _experiment(self, name: str) -> str:
        try:
            found = self._call("GET", f"{_API}/experiments/get-by-name?experiment_name={quote(name)}")
            return self._field(found, "experiment", "experiment_id")
        except NotFound:
            created = self._call("POST", f"{_API}/experiments/create", {"name": name})
            return self._field(created, "experiment_id")

    def _is_kept(self, experiment: str, run: str) -> bool:
        """Whether the run is there; what is left of a former attempt goes."""
        wanted = {"experiment_ids": [experiment], "filter": f"tags.`{RUN_TAG}` = '{run}'"}
        found = self._call("POST", f"{_API}/runs/search", wanted).get("runs", [])
        if any(_is_whole(each) for each in found):
            return True
        for each in found:
            self._call("POST", f"{_API}/runs/delete", {"run_id": each["info"]["run_id"]})
        return False

    def _write(self, run: TrackedRun, experiment: str, *, root: str, parent: str | None) -> None:
        """The run, those below it, and last that it is over."""
        tags = {**run.tags, RUN_TAG: root, **({_PARENT_TAG: parent} if parent else {})}
        created = self._call(
            "POST",
            f"{_API}/runs/create",
            {
                "experiment_id": experiment,
                "run_name": run.name,
                "start_time": _milliseconds(run.started_at),
                "tags": _pairs(tags, _MAX_TAG),
            },
        )
        number = self._field(created, "run", "info", "run_id")
        at = _milliseconds(run.ended_at)
        for batch in _batches(run, at):
            self._call("POST", f"{_API}/runs/log-batch", {"run_id": number, **batch})
        for path, body in run.files.items():
            self._put_file(self._field(created, "run", "info", "artifact_uri"), path, body)
        for child in run.children:
            self._write(child, experiment, root=root, parent=number)
        status = "FAILED" if run.failed else "FINISHED"
        self._call("POST", f"{_API}/runs/update", {"run_id": number, "status": status, "end_time": at})

    def _field(self, document: Any, *path: str) -> str:
        for name in path:
            document = document.get(name) if isinstance(document, dict) else None
        if document is None:
            raise NotFound(f"{self._place} answers without {path[-1]}: it is no tracking server")
        return str(document)

    def _put_file(self, folder: str, path: str, body: bytes) -> None:
        """Through the server's proxy; one that lets clients write to its storage themselves has none."""
        if not folder.startswith(_PROXY):
            return
        below = urlsplit(folder).path.strip("/")
        self._send("PUT", f"/api/2.0/mlflow-artifacts/artifacts/{quote(below)}/{quote(path)}", body)

    def _call(self, method: str, path: str, document: Mapping[str, Any] | None = None) -> dict[str, Any]:
        body = None if document is None else json.dumps(document).encode()
        answer = self._send(method, path, body)
        try:
            decoded = json.loads(answer or b"{}")
        except ValueError as error:
            raise NotFound(f"{self._place} answers {path} with no JSON: it is no tracking server") from error
        return decoded if isinstance(decoded, dict) else {}

    def _send(self, method: str, path: str, body: bytes | None) -> bytes:
        left = self._deadline - self.timer()
        if left <= 0:
            raise ServiceUnavailable(f"{self._place} took longer than {TIMEOUT_S:.0f} s for a run")
        kind = "application/octet-stream" if method == "PUT" else "application/json"
        headers = {"Content-Type": kind, **self._authorization}
        request = Request(self._place + path, data=body, method=method, headers=headers)  # noqa: S310  see infra.settings
        try:
            with urlopen(request, timeout=min(left, _REQUEST_TIMEOUT_S)) as response:  # noqa: S310
                answer: bytes = response.read()
        except HTTPError as error:
            reason = error.read(500).decode(errors="replace")
            if error.code == HTTPStatus.NOT_FOUND:
                raise NotFound(f"{self._place}{path}: {reason}") from error
            raise ServiceUnavailable(f"{self._place}{path} answered {error.code}: {reason}") from error
        except (URLError, OSError) as error:
            raise ServiceUnavailable(f"{self._place} cannot be reached: {error}") from error
        return answer

    @property
    def _place(self) -> str:
        """The address without user and password."""
        parts = urlsplit(self.uri)
        host = parts.netloc.rpartition("@")[2]
        return urlunsplit((parts.scheme, host, parts.path.rstrip("/"), "", ""))

    @property
    def _authorization(self) -> dict[str, str]:
        given = urlsplit(self.uri).netloc.rpartition("@")[0]
        return {"Authorization": f"Basic {base64.b64encode(given.encode()).decode()}"} if given else {}


def _is_whole(found: Mapping[str, Any]) -> bool:
    """Whether it is a run that was written to its end, and none of those below one."""
    tags = {tag["key"] for tag in found.get("data", {}).get("tags", [])}
    return found["info"]["status"] != "RUNNING" and _PARENT_TAG not in tags


def _batches(run: TrackedRun, at: int) -> Iterator[dict[str, Any]]:
    metrics = [
        {"key": _name(key), "value": value, "timestamp": at, "step": 0} for key, value in run.metrics.items()
    ]
    parameters = _pairs(run.parameters, _MAX_PARAMETER)
    for start in range(0, max(len(metrics), len(parameters)), _MAX_BATCH):
        end = start + _MAX_BATCH
        yield {"metrics": metrics[start:end], "params": parameters[start:end]}


def _pairs(values: Mapping[str, str], longest: int) -> list[dict[str, str]]:
    return [{"key": _name(key), "value": value[:longest]} for key, value in values.items()]


def _name(text: str) -> str:
    return _NOT_IN_NAMES.sub("_", text)


def _milliseconds(at: datetime) -> int:
    return int(at.timestamp() * 1000)

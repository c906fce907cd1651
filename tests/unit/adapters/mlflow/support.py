"""A tracking server in memory, as far as runs are written to it."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import unquote

_API = "/api/2.0/mlflow/"
_FILES = "/api/2.0/mlflow-artifacts/artifacts/"


@dataclass(slots=True)
class FakeTrackingServer:
    """Answers what MLflow 3 answered; ``failing`` names the call that is answered 500."""

    experiments: dict[str, str] = field(default_factory=dict)
    runs: dict[str, dict[str, Any]] = field(default_factory=dict)
    files: dict[str, bytes] = field(default_factory=dict)
    authorization: set[str | None] = field(default_factory=set)
    failing: str = ""
    created: int = 0
    url: str = ""

    @contextmanager
    def running(self) -> Iterator[FakeTrackingServer]:
        server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.url = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield self
        finally:
            server.shutdown()
            thread.join()
            server.server_close()

    def named(self, name: str) -> dict[str, Any]:
        """The newest run of a name."""
        return next(run for run in reversed(self.runs.values()) if run["name"] == name)

    def answer(self, path: str, body: bytes) -> tuple[int, Any]:
        """The status and the document that answer a request."""
        if path.startswith(_FILES):
            self.files[unquote(path.removeprefix(_FILES))] = body
            return 200, {}
        call, _, query = path.removeprefix(_API).partition("?")
        if call == self.failing:
            return 500, {"error_code": "INTERNAL_ERROR"}
        asked = json.loads(body or b"{}")
        if call == "experiments/get-by-name":
            name = unquote(query.removeprefix("experiment_name="))
            if name not in self.experiments:
                return 404, {"error_code": "RESOURCE_DOES_NOT_EXIST"}
            return 200, {"experiment": {"experiment_id": self.experiments[name]}}
        return 200, getattr(self, "_" + call.replace("/", "_").replace("-", "_"))(asked)

    def _experiments_create(self, asked: dict[str, Any]) -> dict[str, Any]:
        self.experiments[asked["name"]] = str(len(self.experiments) + 1)
        return {"experiment_id": self.experiments[asked["name"]]}

    def _runs_create(self, asked: dict[str, Any]) -> dict[str, Any]:
        number = f"r{self.created}"
        self.created += 1
        tags = {tag["key"]: tag["value"] for tag in asked["tags"]}
        self.runs[number] = {
            "name": asked["run_name"],
            "tags": tags,
            "params": {},
            "metrics": {},
            "status": "RUNNING",
        }
        folder = f"mlflow-artifacts:/{asked['experiment_id']}/{number}/artifacts"
        return {"run": {"info": {"run_id": number, "artifact_uri": folder}}}

    def _runs_log_batch(self, asked: dict[str, Any]) -> dict[str, Any]:
        run = self.runs[asked["run_id"]]
        run["params"] |= {pair["key"]: pair["value"] for pair in asked["params"]}
        run["metrics"] |= {pair["key"]: pair["value"] for pair in asked["metrics"]}
        return {}

    def _runs_update(self, asked: dict[str, Any]) -> dict[str, Any]:
        self.runs[asked["run_id"]]["status"] = asked["status"]
        return {}

    def _runs_delete(self, asked: dict[str, Any]) -> dict[str, Any]:
        del self.runs[asked["run_id"]]
        return {}

    def _runs_search(self, asked: dict[str, Any]) -> dict[str, Any]:
        wanted = asked["filter"].rpartition("= ")[2].strip("'")
        return {
            "runs": [
                {
                    "info": {"run_id": number, "status": run["status"]},
                    "data": {"tags": [{"key": key, "value": value} for key, value in run["tags"].items()]},
                }
                for number, run in self.runs.items()
                if run["tags"].get("keepfit.run") == wanted
            ]
        }

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def _reply(self) -> None:
                outer.authorization.add(self.headers["authorization"])
                body = self.rfile.read(int(self.headers["content-length"] or 0))
                status, document = outer.answer(self.path, body)
                answer = json.dumps(document).encode()
                self.send_response(status)
                self.send_header("content-length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            do_GET = do_POST = do_PUT = _reply  # noqa: N815  the server's names

            def log_message(self, *_: object) -> None:
                """Nothing is said."""

        return Handler

"""Proof: whatever is sent, the API answers as its description says, and never fails.

Schemathesis draws requests from /openapi.json, good ones and bad ones, and sends them over TLS with a token.
"""

from __future__ import annotations

import json
import math
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from cli.checkout import ROOT
from cli.clients import https
from cli.clients.grants import Asked, asked_grant
from cli.clients.token import bearer_token
from cli.clients.user_pool import UserPool
from cli.exits import CommandError
from cli.places.deployment import Deployment
from keepfit.api_routes import OPENAPI_PATH
from keepfit.serving.access.grant import INFER, READ, WRITE_OUTCOMES, Grant
from proofs.proof import Claim, Proof, Tell, at_least, at_most
from proofs.rides.product import RidesProduct
from proofs.rides.table import MODELS

NAME = "api"
CASES = 10_000
_RIDES = 600
_SCHEMATHESIS = ROOT / ".venv-api" / "bin" / "schemathesis"
_CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
)
# So that there is a route of each kind, but for features, which the description does not name.
_OUTCOMES = "".join(f"\n[model.{name}.outcomes]\n" for name in MODELS)
_SEED, _TIMEOUT_S = 7, 60
_OK = 200
_SCOPES = (INFER, READ, WRITE_OUTCOMES)


def prove(tell: Tell, *, cases: int = CASES) -> Proof:
    """Releases a model of each task, and sends ``cases`` requests or some more."""
    tell("installing Schemathesis")
    subprocess.run([ROOT / "scripts" / "setup", NAME], check=True, stdout=subprocess.DEVNULL)
    with tempfile.TemporaryDirectory(prefix="keepfit-api-") as name:
        product = RidesProduct(Path(name), NAME)
        with (product.models / "rides.toml").open("a") as definitions:
            definitions.write(_OUTCOMES)
        with product.cloud():
            tell("training three models")
            product.upload(first=0, count=_RIDES)
            for model in MODELS:
                product.closed(model, 1)
            tell(f"sending {cases:,} requests")
            report = _report(product, cases)
    return judged(report, cases)


def judged(report: Mapping[str, Any], cases: int) -> Proof:
    """What Schemathesis reports, as claims."""
    counts, operations = report["test_cases"], report["operations"]
    kinds = {failure["title"]: failure["count"] for failure in report["failures"]}
    unanswered = counts["errored"] + sum(error["count"] for error in report["errors"])
    answered = [phase for phases in report["valid_rates"].values() for phase in phases.values()]
    accepted = sum(phase["accepted"] for phase in answered)
    return Proof(
        name=NAME,
        claims=[
            at_least("requests", counts["generated"], cases),
            Claim(
                promise="every operation that is described is tried",
                found=f"{operations['tested']} of {operations['total']}",
                holds=operations["tested"] == operations["total"],
            ),
            at_least("requests that were accepted", accepted, 100),
            at_most("answers of 5xx, and answers that are not as described", counts["with_failures"], 0),
            at_most("requests without an answer", unanswered, 0),
        ],
        figures={
            "requests": counts["generated"],
            "operations": operations["total"],
            "accepted": accepted,
            "failures": kinds,
            "errors": {error["title"]: error["count"] for error in report["errors"]},
            "seconds": round(report["running_time"], 1),
        },
        details=[
            {
                "failure": failure["title"],
                "how_often": failure["count"],
                "by": ", ".join(failure["operations"]),
            }
            for failure in report["failures"]
        ],
    )


def examples_of(document: Mapping[str, Any], cases: int) -> int:
    """How often each operation is tried; those that take nothing but a name are soon done with."""
    return math.ceil(cases / sum("post" in methods for methods in document["paths"].values()))


def _description(deployment: Deployment, folder: Path) -> Path:
    """The file of the API's description, as a client reads it."""
    headers = {"authorization": f"Bearer {bearer_token(deployment)}"}
    url, trusted = f"{deployment.api_url}{OPENAPI_PATH}", deployment.place.ca_bundle
    answer = https.get(url, headers, ca_bundle=trusted)
    if answer.status != _OK:
        raise CommandError(f"HTTP {answer.status} from {url}: {answer.body[:500]!r}")
    path = folder / "openapi.json"
    path.write_bytes(answer.body)
    return path


def _token(deployment: Deployment) -> str:
    """A token of a client that may do all that is described."""
    pool = UserPool(deployment)
    pool.add(NAME, asked_grant(deployment, Grant(), Asked(scopes=_SCOPES)))
    token: str = pool.sign_in(NAME, pool.renew(NAME))["IdToken"]
    return token


def _report(product: RidesProduct, cases: int) -> dict[str, Any]:
    """Sends requests, and returns the report of Schemathesis."""
    deployment, folder = product.deployment(), product.folder
    described = _description(deployment, folder)
    report = folder / "report.json"
    done = subprocess.run(
        [
            _SCHEMATHESIS,
            *("run", described, "--url", deployment.api_url),
            *("--tls-verify", str(deployment.place.ca_bundle)),
            *("--header", f"authorization: Bearer {_token(deployment)}"),
            *("--checks", ",".join(_CHECKS), "--continue-on-failure"),
            *("--phases", "examples,coverage,fuzzing"),
            *("--max-examples", str(examples_of(json.loads(described.read_text()), cases))),
            # With several it fails inside: the ast module of Python 3.11 does, where threads run deep.
            *("--workers", "1", "--seed", str(_SEED), "--request-timeout", str(_TIMEOUT_S)),
            *("--report", "json", "--report-json-path", report, "--no-color"),
        ],
        cwd=folder,  # where it keeps what it has drawn
        check=False,
        capture_output=True,
        text=True,
    )
    if not report.is_file():
        raise CommandError(f"Schemathesis gave no report: {(done.stdout + done.stderr)[-2000:]}")
    found: dict[str, Any] = json.loads(report.read_text())
    return found

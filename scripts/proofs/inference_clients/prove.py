"""Proof: clients of the Open Inference Protocol work unchanged, over TLS with a bearer token."""

from __future__ import annotations

import json
import subprocess
import tempfile
from pathlib import Path
from typing import Any

from cli.checkout import ROOT
from cli.clients.token import bearer_token
from proofs.proof import Claim, Proof, Tell
from proofs.rides.product import RidesProduct
from proofs.rides.table import MODELS

NAME = "clients"
_RIDES, _ASKED = 1500, 20
_PYTHON = ROOT / ".venv-clients" / "bin" / "python"
_FOLDER = ROOT / "scripts" / "proofs" / "inference_clients"
_CLIENTS = {"tritonclient": "with_triton.py", "kserve": "with_kserve.py"}
# What a call that is refused has to tell its user.
_REFUSALS = {
    "infer by another model": "no model 'other' is deployed",
    "infer by another version": "version 9 of",
    "infer without an input": "is missing",
    "infer of an unknown output": "'odds' is no output",
}
_EXPECTED = {
    "live": True,
    "ready": True,
    "server metadata": "keepfit",
    "model ready": True,
    "version ready": True,
    "model metadata": ["1"],
}


def prove(tell: Tell) -> Proof:
    """Asks a model of each task by each client, and compares what it gives with the API's own answer."""
    tell("installing the clients")
    subprocess.run([ROOT / "scripts" / "setup", NAME], check=True, stdout=subprocess.DEVNULL)
    with tempfile.TemporaryDirectory(prefix="keepfit-clients-") as name:
        product = RidesProduct(Path(name), NAME)
        with product.cloud():
            tell("training three models")
            product.upload(first=0, count=_RIDES)
            for model in MODELS:
                product.closed(model, 1)
            results = [_asked(product, client, model, tell) for client in _CLIENTS for model in MODELS]
    claims = [
        Claim(
            promise=f"{each['client']} asks {each['model']}: all calls as its users expect",
            found=f"{each['good']} of {each['calls']}",
            holds=each["good"] == each["calls"],
        )
        for each in results
    ]
    return Proof(name=NAME, claims=claims, figures={"asked": results})


def _asked(product: RidesProduct, client: str, model: str, tell: Tell) -> dict[str, Any]:
    tell(f"asking {model} by {client}")
    deployment, rows = product.deployment(), product.instances(_ASKED)
    known = product.keepfit("predict", model, "-f", _written(product.folder / "rows.json", rows))
    url = deployment.api_url
    address = url.removeprefix("https://") if client == "tritonclient" else url
    done = subprocess.run(
        [
            _PYTHON,
            _FOLDER / _CLIENTS[client],
            address,
            str(deployment.place.ca_bundle),
            bearer_token(deployment),
            model,
        ],
        input=json.dumps(_tensors(rows)),
        text=True,
        check=True,
        capture_output=True,
    )
    found = json.loads(done.stdout)
    wrong = {
        name: result for name, result in found.items() if not _is_good(name, result, known["predictions"])
    }
    return {
        "client": client,
        "model": model,
        "calls": len(found),
        "good": len(found) - len(wrong),
        "wrong": wrong,
    }


def _is_good(call: str, result: Any, predictions: list[Any]) -> bool:
    if call in _REFUSALS:
        return isinstance(result, str) and result.startswith("refused: ") and _REFUSALS[call] in result
    if call == "another model is ready":  # one client answers no, the other raises
        return result is False or (isinstance(result, str) and "deployed" in result)
    return bool(result == _EXPECTED.get(call, predictions))


def _tensors(rows: list[dict[str, Any]]) -> list[tuple[str, str, list[Any]]]:
    """A tensor of each field; a whole number that may be missing is sent as FP64, which has NaN."""
    columns = {name: [row[name] for row in rows] for name in rows[0]}
    return [(name, _datatype(values), values) for name, values in columns.items()]


def _datatype(values: list[Any]) -> str:
    kinds = {type(value) for value in values} - {type(None)}
    if kinds == {bool}:
        return "BOOL"
    return "FP64" if kinds <= {int, float} else "BYTES"


def _written(path: Path, rows: list[dict[str, Any]]) -> Path:
    path.write_text(json.dumps(rows))
    return path

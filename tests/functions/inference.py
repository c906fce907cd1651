"""The inference function as moto plays it: moto runs no code without Docker, so a published zip runs right here."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.awsrequest import AWSPreparedRequest
from botocore.httpsession import URLLib3Session

from keepfit.adapters.aws.clients import client
from keepfit.runtime.predict import load
from keepfit.serving.release.package import lambda_sha256
from tests.functions.conftest import ROOT
from tests.lambda_revisions import keep_revisions

FUNCTION = "predict"


class Inference:
    """The function ``predict`` with version 1 and the alias ``live``."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        keep_revisions(monkeypatch)
        self._folder = folder
        self._packages: dict[str, str] = {}
        self._handlers: dict[tuple[str, str], Any] = {}
        role = client("iam").create_role(RoleName="predict", AssumeRolePolicyDocument="{}")["Role"]["Arn"]
        client("lambda").create_function(
            FunctionName=FUNCTION,
            Runtime="python3.13",
            Handler="handler.handler",
            Role=role,
            Code={"ZipFile": handler_package("predict_unreleased")},
            Publish=True,
        )
        for alias in ("live", "next"):
            client("lambda").create_alias(FunctionName=FUNCTION, Name=alias, FunctionVersion="1")
        client("s3").put_object(Bucket="artifacts", Key="assets/predict.zip", Body=handler_package("predict"))
        monkeypatch.setenv("KEEPFIT_HANDLER", "artifacts/assets/predict.zip")
        events = client("lambda").meta.events
        events.register("provide-client-params.lambda.UpdateFunctionCode", self._remember)
        monkeypatch.setattr(client("lambda"), "invoke", self.invoke)
        monkeypatch.setenv("KEEPFIT_NEXT_ROUTE", "https://api.example.com/models/delay/next/predict")
        monkeypatch.setattr(URLLib3Session, "send", self.send)
        self._patch = monkeypatch
        self.wrap: Callable[[Any], Any] = lambda handler: handler

    @property
    def alias(self) -> tuple[str, dict[str, float]]:
        found = client("lambda").get_alias(FunctionName=FUNCTION, Name="live")
        return found["FunctionVersion"], (found.get("RoutingConfig") or {}).get(
            "AdditionalVersionWeights", {}
        )

    def invoke(self, *, FunctionName: str, Qualifier: str, Payload: bytes) -> dict[str, Any]:  # noqa: N803
        assert FunctionName == FUNCTION
        digest = client("lambda").get_function_configuration(FunctionName=FUNCTION, Qualifier=Qualifier)[
            "CodeSha256"
        ]
        try:
            answer = self.wrap(self._started(Qualifier, digest))(json.loads(Payload))
        except Exception as error:  # noqa: BLE001  what a handler raises is what Lambda answers
            failure = {"errorType": type(error).__name__, "errorMessage": str(error)}
            return {"FunctionError": "Unhandled", "Payload": io.BytesIO(json.dumps(failure).encode())}
        return {"Payload": io.BytesIO(json.dumps(answer).encode())}

    def send(self, request: AWSPreparedRequest) -> SimpleNamespace:
        """The API's route to the alias ``next``; no request of boto3 comes here, moto answers those before."""
        assert request.url == "https://api.example.com/models/delay/next/predict"
        assert "AWS4-HMAC-SHA256" in str(request.headers["Authorization"])
        version = client("lambda").get_alias(FunctionName=FUNCTION, Name="next")["FunctionVersion"]
        event = {"routeKey": "POST /models/delay/next/predict", "body": bytes(request.body).decode()}
        invoked = self.invoke(FunctionName=FUNCTION, Qualifier=version, Payload=json.dumps(event).encode())
        answer = json.loads(invoked["Payload"].read())
        if "FunctionError" in invoked:
            return SimpleNamespace(
                status_code=500, headers={}, content=b'{"message":"Internal Server Error"}'
            )
        return SimpleNamespace(
            status_code=answer["statusCode"], headers=answer["headers"], content=answer["body"].encode()
        )

    def _started(self, qualifier: str, digest: str) -> Any:
        """The handler of a version, which stays the same once it was published."""
        if (qualifier, digest) not in self._handlers:
            body = client("s3").get_object(Bucket="artifacts", Key=self._packages[digest])["Body"].read()
            unpacked = self._folder / qualifier
            with zipfile.ZipFile(io.BytesIO(body)) as package:
                package.extractall(unpacked)
            assert (unpacked / "handler.py").is_file()
            self._patch.setenv("AWS_LAMBDA_FUNCTION_VERSION", qualifier)
            self._handlers[qualifier, digest] = load(unpacked / "model")
        return self._handlers[qualifier, digest]

    def _remember(self, params: dict[str, Any], **_: Any) -> None:
        body = client("s3").get_object(Bucket=params["S3Bucket"], Key=params["S3Key"])["Body"].read()
        self._packages[lambda_sha256(body)] = params["S3Key"]


def handler_package(name: str) -> bytes:
    """``functions/<name>`` as a zip; the library comes from the environment here."""
    body = io.BytesIO()
    with zipfile.ZipFile(body, "w") as package:
        package.write(ROOT / "functions" / name / "handler.py", "handler.py")
    return body.getvalue()


def prepared_release(call: Callable[..., Any], event: Mapping[str, Any]) -> dict[str, Any]:
    """PrepareRelease, PointNext and TestRelease, by functions' names: the event of what comes after them."""
    prepared = call("prepare_release", **event)
    release = {**event, "lambda_version": prepared["lambda_version"]}
    call("move_alias", action="next", **release)
    call("prepare_release", test=True, code_sha256=prepared["code_sha256"], **release)
    return release

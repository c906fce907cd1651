"""Requests to a route that admits signatures of AWS."""

from __future__ import annotations

from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from keepfit.adapters.aws.signed_requests import SignedRoute
from keepfit.errors import ServiceUnavailable

KEY = Credentials("AKIAIOSFODNN7EXAMPLE", "a-secret", "a-session")
PATH = "/models/delay/next/predict"


class Api(HTTPServer):
    """Signs what it got by botocore once more, and answers whether that is the signature that came."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Asked)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}{PATH}"


class _Asked(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Api

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        again = AWSRequest(
            "POST", self.server.url, data=body, headers={"content-type": self.headers["content-type"]}
        )
        again.context["timestamp"] = self.headers["x-amz-date"]
        signer = SigV4Auth(KEY, "execute-api", "eu-west-1")
        again.headers["X-Amz-Date"] = self.headers["x-amz-date"]
        again.headers["X-Amz-Security-Token"] = KEY.token
        signature = signer.signature(signer.string_to_sign(again, signer.canonical_request(again)), again)
        signed = self.headers["authorization"].endswith(f"Signature={signature}")
        answer = b"fine" if signed and self.headers["x-amz-security-token"] == KEY.token else b"forbidden"
        self.send_response(200 if answer == b"fine" else 403)
        self.send_header("keepfit-lambda-version", "7")
        self.send_header("content-length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def api(monkeypatch: pytest.MonkeyPatch) -> Iterator[Api]:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", KEY.access_key)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", str(KEY.secret_key))
    monkeypatch.setenv("AWS_SESSION_TOKEN", str(KEY.token))
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION"):
        monkeypatch.setenv(name, "eu-west-1")
    with Api() as api:
        Thread(target=api.serve_forever, daemon=True).start()
        yield api
        api.shutdown()


def test_a_request_is_signed_by_the_role_of_the_process(api: Api) -> None:
    answer = SignedRoute(url=api.url).ask(b'{"instances": []}')
    assert (answer.status, answer.body, answer.lambda_version) == (200, b"fine", "7")
    assert answer.seconds > 0


def test_another_secret_makes_another_signature(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "another")
    assert SignedRoute(url=api.url).ask(b"{}").status == 403


def test_an_api_that_does_not_answer_may_be_asked_again(api: Api) -> None:
    with Api() as gone:
        url = gone.url
    with pytest.raises(ServiceUnavailable, match="asking http"):
        SignedRoute(url=url).ask(b"{}")

"""Functions of the user's own are asked by signed requests, at the same time if need be."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from keepfit.adapters.http.lambda_caller import LambdaCaller
from keepfit.adapters.http.signature_v4 import Signer
from keepfit.errors import ServiceUnavailable

ARN = "arn:aws:lambda:eu-west-1:123456789012:function:rules"
PATH = f"/2015-03-31/functions/{ARN.replace(':', '%3A')}/invocations"


class Lambda:
    """Answers what it was asked, and keeps the paths; refuses functions that are called so."""

    def __init__(self) -> None:
        self.paths: list[str] = []
        self.signed: list[str] = []
        self.url = ""


@pytest.fixture
def stub(monkeypatch: pytest.MonkeyPatch) -> Iterator[Lambda]:
    known = Lambda()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            known.paths.append(self.path)
            known.signed.append(self.headers["authorization"])
            body = self.rfile.read(int(self.headers["content-length"]))
            self.send_response(403 if "refused" in self.path else 200)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{server.server_port}")
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
        monkeypatch.setenv(name, "testing")
    yield known
    server.shutdown()
    server.server_close()
    thread.join()


def close(caller: LambdaCaller) -> None:
    for idle in caller._idle.values():
        for connection, _ in idle:
            connection.close()


def test_a_function_is_asked_by_its_arn_over_a_kept_connection(stub: Lambda) -> None:
    caller = LambdaCaller.from_environment()
    assert [caller(ARN, b"[1]"), caller(f"{ARN}:live", b"[2]")] == [b"[1]", b"[2]"]
    assert stub.paths == [PATH, f"{PATH}?Qualifier=live"]
    assert [len(idle) for idle in caller._idle.values()] == [1]
    close(caller)


def test_what_lambda_refuses_is_told_with_the_name_of_the_function(stub: Lambda) -> None:
    caller = LambdaCaller.from_environment()
    with pytest.raises(ServiceUnavailable, match=r"Lambda refused to ask refused \(403\)"):
        caller(ARN.replace("rules", "refused"), b"{}")
    close(caller)


def test_a_lambda_that_is_not_there_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    caller = LambdaCaller("http://127.0.0.1:9", ("A", "B", None))
    with pytest.raises(ServiceUnavailable, match="the function rules cannot be asked"):
        caller(ARN, b"{}")


@pytest.mark.parametrize("query", ["", "Qualifier=live"])
def test_a_request_for_a_function_is_signed_as_the_sdk_signs_it(
    monkeypatch: pytest.MonkeyPatch, query: str
) -> None:
    at, body, host = datetime(2026, 11, 30, 5, 4, 3, tzinfo=UTC), b"{}", "lambda.eu-west-1.amazonaws.com"
    headers = {"content-type": "application/json"}
    signer = Signer(service="lambda", region="eu-west-1", access_key_id="A", secret="B", token=None)
    ours = signer.signed({**headers, "host": host}, body, at=at, path=PATH, query=query)
    url = f"https://{host}{PATH}" + (f"?{query}" if query else "")
    theirs = AWSRequest("POST", url, data=body, headers=headers)
    monkeypatch.setattr("botocore.auth.get_current_datetime", lambda: at.replace(tzinfo=None))
    SigV4Auth(Credentials("A", "B"), "lambda", "eu-west-1").add_auth(theirs)
    assert ours["authorization"] == theirs.headers["Authorization"]

from __future__ import annotations

import http.client
import json
import os
import socket
import ssl
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError
from cryptography import x509

from localcloud import tls
from localcloud.cloud import Cloud
from localcloud.endpoint import Endpoint
from localcloud.environment import scrubbed
from tests.localcloud.loop import Loop


def connect(endpoint: Endpoint) -> http.client.HTTPSConnection:
    context = ssl.create_default_context(cafile=str(endpoint.ca_bundle))
    return http.client.HTTPSConnection("localhost", endpoint.port, context=context, timeout=20)


def get(endpoint: Endpoint, path: str, method: str = "GET", headers: dict[str, str] | None = None) -> int:
    connection = connect(endpoint)
    connection.request(method, path, headers=headers or {})
    status = connection.getresponse().status
    connection.close()
    return status


def code(call: Callable[..., Any], **request: Any) -> str:
    with pytest.raises(ClientError) as refused:
        call(**request)
    return str(refused.value.response["Error"]["Code"])


def test_there_is_no_plain_listener(cloud: Endpoint) -> None:
    with socket.create_connection(("127.0.0.1", cloud.port), timeout=10) as connection:
        connection.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
        connection.settimeout(10)
        try:
            answer = connection.recv(100)
        except ConnectionResetError:
            answer = b""
    assert b"HTTP/1.1 2" not in answer


def test_it_listens_on_loopback_only(cloud: Endpoint, clouds: Callable[[str], Cloud]) -> None:
    addresses = {info[4][0] for info in socket.getaddrinfo(socket.gethostname(), None, socket.AF_INET)}
    for address in addresses - {"127.0.0.1", "127.0.1.1"}:
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection((str(address), cloud.port), timeout=3)


def test_a_client_that_does_not_trust_its_authority_gets_nowhere(cloud: Endpoint) -> None:
    with pytest.raises(OSError, match="certificate"):
        http.client.HTTPSConnection("localhost", cloud.port, timeout=10).connect()


def test_its_authority_can_vouch_for_loopback_names_only(cloud: Endpoint) -> None:
    authority = x509.load_pem_x509_certificate(cloud.ca_bundle.read_bytes())
    constraints = authority.extensions.get_extension_for_class(x509.NameConstraints)
    assert constraints.critical
    permitted = {str(each.value) for each in constraints.value.permitted_subtrees or []}
    assert permitted == {"localhost", "127.0.0.0/8", "::1/128"}
    assert sorted(each.name for each in cloud.ca_bundle.parent.iterdir()) == [
        "bundle.pem", "ca.pem", "server.key", "server.pem",
    ]  # fmt: skip


def test_a_certificate_is_made_again_before_it_ends(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = tls.ensure(tmp_path).certificate.read_bytes()
    assert tls.ensure(tmp_path).certificate.read_bytes() == first
    monkeypatch.setattr(tls, "RENEW_BEFORE", tls.VALIDITY)
    assert tls.ensure(tmp_path).certificate.read_bytes() != first


def test_the_keys_that_emulators_usually_accept_are_worth_nothing(loop: Loop) -> None:
    for key, secret in (("test", "test"), ("000000000000", "test"), ("AKIAIOSFODNN7EXAMPLE", "x")):
        s3 = loop.endpoint.client_with("s3", key, secret)
        assert code(s3.get_object, Bucket=loop["Bucket"], Key="x") in (
            "InvalidAccessKeyId",
            "SignatureDoesNotMatch",
        )
        assert (
            code(loop.endpoint.client_with("dynamodb", key, secret).list_tables)
            == "UnrecognizedClientException"
        )


def test_a_wrong_secret_is_refused(loop: Loop) -> None:
    s3 = loop.endpoint.client_with("s3", loop.endpoint.access_key_id, "wrong")
    assert code(s3.list_objects_v2, Bucket=loop["Bucket"]) == "SignatureDoesNotMatch"


def test_nobody_reads_a_bucket_without_credentials(loop: Loop) -> None:
    loop.client("s3").put_object(Bucket=loop["Bucket"], Key="private", Body=b"x")
    assert get(loop.endpoint, f"/{loop['Bucket']}/private") == 403
    assert get(loop.endpoint, f"/{loop['Bucket']}?list-type=2") == 403


def test_a_presigned_url_still_opens_its_object(loop: Loop) -> None:
    loop.client("s3").put_object(Bucket=loop["Bucket"], Key="shared", Body=b"x")
    url = loop.client("s3").generate_presigned_url("get_object", {"Bucket": loop["Bucket"], "Key": "shared"})
    assert get(loop.endpoint, url.removeprefix(loop.endpoint.sdk_url)) == 200


def test_a_user_may_do_what_its_policy_says_and_no_more(loop: Loop) -> None:
    iam = loop.client("iam")
    iam.create_user(UserName="reader")
    statement = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": f"arn:aws:s3:::{loop['Bucket']}/*"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    iam.put_user_policy(UserName="reader", PolicyName="read", PolicyDocument=policy)
    key = iam.create_access_key(UserName="reader")["AccessKey"]
    s3 = loop.endpoint.client_with("s3", key["AccessKeyId"], key["SecretAccessKey"])
    loop.client("s3").put_object(Bucket=loop["Bucket"], Key="readable", Body=b"x")
    assert s3.get_object(Bucket=loop["Bucket"], Key="readable")["Body"].read() == b"x"
    assert code(s3.put_object, Bucket=loop["Bucket"], Key="readable", Body=b"y") == "AccessDenied"


def test_the_emulators_own_administration_is_closed(cloud: Endpoint) -> None:
    assert get(cloud, "/_ministack/health") == 200
    for path in ("/_ministack/reset", "/_ministack/config", "/_ministack/sqs/messages", "/_localstack/init"):
        assert get(cloud, path, "POST") == 404
        assert get(cloud, path) == 404


def test_a_client_cannot_claim_to_have_come_over_tls(loop: Loop) -> None:
    # The bucket's policy denies what is not secure. There is no plain listener to try it on; what a proxy header
    # could claim must not reach the policy either way.
    url = loop.client("s3").generate_presigned_url("get_object", {"Bucket": loop["Bucket"], "Key": "claimed"})
    loop.client("s3").put_object(Bucket=loop["Bucket"], Key="claimed", Body=b"x")
    path = url.removeprefix(loop.endpoint.sdk_url)
    assert get(loop.endpoint, path, headers={"x-forwarded-proto": "http"}) == 200


def test_ambient_variables_lead_nobody_astray(
    loop: Loop, clouds: Callable[[str], Cloud], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    nonsense = {
        "AWS_PROFILE": "missing",
        "AWS_ENDPOINT_URL": "http://127.0.0.1:9",
        "AWS_ENDPOINT_URL_S3": "http://127.0.0.1:9",
        "AWS_CA_BUNDLE": str(tmp_path / "missing.pem"),
        "SSL_CERT_FILE": str(tmp_path / "missing.pem"),
        "AWS_ACCESS_KEY_ID": "leaked",
        "AWS_SECRET_ACCESS_KEY": "leaked",
        "HTTPS_PROXY": "http://127.0.0.1:9",
        "GATEWAY_PORT": "9",
        "AUTH": "false",
        "PYTHONPATH": str(tmp_path),
    }
    for name, value in nonsense.items():
        monkeypatch.setenv(name, value)
    endpoint = clouds("astray").up()
    assert endpoint.client("sts").get_caller_identity()["Arn"].endswith("user/localcloud-administrator")
    endpoint.client("s3").create_bucket(Bucket="fine")
    assert get(endpoint, "/fine?list-type=2") == 403


def test_a_subprocess_given_the_session_environment_uses_this_cloud(cloud: Endpoint) -> None:
    program = (
        "import boto3\n"
        "boto3.client('s3').create_bucket(Bucket='by-subprocess')\n"
        "print(boto3.client('sts').get_caller_identity()['Arn'])\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        env={**scrubbed(), **cloud.session_env()},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip().endswith("user/localcloud-administrator")
    assert os.environ.get("AWS_ENDPOINT_URL") is None

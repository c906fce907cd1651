"""Routes of HTTP APIs with the authorization AWS_IAM: who signs, and what the signer may."""

from __future__ import annotations

import http.client
import json
import ssl
from collections.abc import Mapping

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from tests.localcloud.loop import Loop

BODY = b'{"a": 1}'


def base(loop: Loop) -> str:
    return loop.endpoint.api_url(loop["ApiId"])


def signed(
    loop: Loop, key: Credentials, *, path: str = "/signed", service: str = "execute-api", body: bytes = BODY
) -> dict[str, str]:
    """The headers that botocore signs a request with."""
    request = AWSRequest("POST", base(loop) + path, data=body, headers={"content-type": "application/json"})
    SigV4Auth(key, service, loop.endpoint.region).add_auth(request)
    return dict(request.headers.items())


def send(loop: Loop, headers: Mapping[str, str], body: bytes = BODY) -> int:
    context = ssl.create_default_context(cafile=str(loop.endpoint.ca_bundle))
    connection = http.client.HTTPSConnection("localhost", loop.endpoint.port, context=context, timeout=30)
    path = base(loop).removeprefix(loop.endpoint.url) + "/signed"
    connection.request("POST", path, body, {"content-type": "application/json", **headers})
    answer = connection.getresponse()
    answer.read()
    connection.close()
    return answer.status


def administrator(loop: Loop) -> Credentials:
    return Credentials(loop.endpoint.access_key_id, loop.endpoint.secret_access_key)


@pytest.fixture(scope="module")
def caller(loop: Loop) -> Credentials:
    """A user who may call this one route, and nothing else."""
    iam = loop.client("iam")
    iam.create_user(UserName="caller")
    account, region = loop.endpoint.account, loop.endpoint.region
    route = f"arn:aws:execute-api:{region}:{account}:{loop['ApiId']}/$default/POST/signed"
    statement = {"Effect": "Allow", "Action": "execute-api:Invoke", "Resource": route}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    iam.put_user_policy(UserName="caller", PolicyName="call", PolicyDocument=policy)
    key = iam.create_access_key(UserName="caller")["AccessKey"]
    return Credentials(key["AccessKeyId"], key["SecretAccessKey"])


def test_who_may_invoke_the_route_is_answered(loop: Loop, caller: Credentials) -> None:
    assert send(loop, signed(loop, caller)) == 200


def test_who_may_not_is_refused(loop: Loop) -> None:
    iam = loop.client("iam")
    iam.create_user(UserName="stranger")
    key = iam.create_access_key(UserName="stranger")["AccessKey"]
    stranger = Credentials(key["AccessKeyId"], key["SecretAccessKey"])
    assert send(loop, signed(loop, stranger)) == 403


def test_what_is_not_signed_by_its_key_is_refused(loop: Loop, caller: Credentials) -> None:
    good = signed(loop, caller)
    authorization = good["Authorization"]
    bad = {
        "unsigned": {},
        "no signature of AWS": {**good, "Authorization": "Bearer x"},
        "another secret": signed(loop, Credentials(caller.access_key, "another")),
        "an unknown key": signed(loop, Credentials("AKIAIOSFODNN7EXAMPLE", "x")),
        "the keys of emulators": signed(loop, Credentials("test", "test")),
        "for another path": signed(loop, caller, path="/open"),
        "for another service": signed(loop, caller, service="s3"),
        "another body": signed(loop, caller, body=b"{}"),
        "a changed signature": {**good, "Authorization": authorization[:-4] + "0000"},
        "no signature at all": {**good, "Authorization": authorization.partition(", Signature")[0]},
        "another time": {**good, "X-Amz-Date": "20200101T000000Z"},
    }
    assert {name: status for name, headers in bad.items() if (status := send(loop, headers)) != 403} == {}


def test_a_key_that_was_taken_away_is_worth_nothing(loop: Loop) -> None:
    iam = loop.client("iam")
    iam.create_user(UserName="gone")
    policy = {"Effect": "Allow", "Action": "execute-api:Invoke", "Resource": "*"}
    iam.put_user_policy(
        UserName="gone",
        PolicyName="call",
        PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [policy]}),
    )
    key = iam.create_access_key(UserName="gone")["AccessKey"]
    headers = signed(loop, Credentials(key["AccessKeyId"], key["SecretAccessKey"]))
    assert send(loop, headers) == 200
    iam.delete_access_key(UserName="gone", AccessKeyId=key["AccessKeyId"])
    assert send(loop, headers) == 403


def test_the_administrator_is_answered(loop: Loop) -> None:
    assert send(loop, signed(loop, administrator(loop))) == 200

"""Requests to a route of the HTTP API that admits signatures of AWS, as the role of the process."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Any

import botocore.session
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.exceptions import BotoCoreError
from botocore.httpsession import URLLib3Session

from keepfit.api_routes import LAMBDA_VERSION
from keepfit.errors import ServiceUnavailable
from keepfit.serving.release.invocation import HttpAnswer

_SERVICE = "execute-api"
_JSON = {"content-type": "application/json"}
_TIMEOUT_S = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedRoute:
    """See ``serving.ports.NextRoute``; one connection is kept for all requests.

    Args:
        url: of the route, https.
    """

    url: str
    _aws: Any = field(default_factory=botocore.session.get_session)
    _http: list[URLLib3Session] = field(default_factory=list)

    def ask(self, body: bytes) -> HttpAnswer:
        request = AWSRequest("POST", self.url, data=body, headers=_JSON)
        SigV4Auth(self._aws.get_credentials(), _SERVICE, self._aws.get_config_variable("region")).add_auth(
            request
        )
        started = time.perf_counter()
        try:
            answer = self._session().send(request.prepare())
        except BotoCoreError as error:
            raise ServiceUnavailable(f"asking {self.url}: {error}") from error
        return HttpAnswer(
            status=answer.status_code,
            body=answer.content,
            lambda_version=answer.headers.get(LAMBDA_VERSION),
            seconds=time.perf_counter() - started,
        )

    def _session(self) -> URLLib3Session:
        if not self._http:
            self._http.append(
                URLLib3Session(
                    verify=self._aws.get_config_variable("ca_bundle") or True,
                    timeout=_TIMEOUT_S,
                )
            )
        return self._http[0]

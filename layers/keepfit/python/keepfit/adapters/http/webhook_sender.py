"""Notices as messages of a webhook, as Slack, Mattermost, Rocket.Chat and others take them."""

from __future__ import annotations

import json
import random
import ssl
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final
from urllib.parse import SplitResult, urlsplit

from keepfit.adapters.http.connection import Connection
from keepfit.errors import InvalidRequest, ServiceUnavailable
from keepfit.monitoring.notices.notice import Notice, lines

_PAUSES_S: Final = (1.0, 3.0, 9.0)
_TIMEOUT_S: Final = 5.0
_TOO_MANY: Final = 429
_MAX_SHOWN: Final = 200
# Slack takes these for links, mentions and entities.
_ESCAPED: Final = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookSender:
    """See ``monitoring.notices.records.Sender``.

    ``url`` gives the address, which is a secret: no error holds it. A server that is down, slow, or asks for fewer
    requests is asked four times in all, each time later.
    """

    url: Callable[[], str]
    pause: Callable[[float], None] = time.sleep

    def send(self, notice: Notice) -> None:
        address = _address(self.url())
        connection, reason = Connection(f"https://{address.netloc.rpartition('@')[2]}"), ""
        for pause_s in (*_PAUSES_S, None):
            try:
                status, answer = _post(connection, address, notice)
            except ssl.SSLCertVerificationError as error:
                raise InvalidRequest(
                    f"the webhook's certificate is not trusted: {error.verify_message}",
                    code="webhook_refused",
                ) from None
            except UnicodeError:
                raise _no_address() from None
            except OSError as error:
                reason = f"no answer ({type(error).__name__})"
            else:
                if 200 <= status < 300:
                    return
                reason = _refusal(status, answer)
                if status != _TOO_MANY and status < 500:
                    raise InvalidRequest(reason, code="webhook_refused")
            finally:
                connection.close()
            if pause_s is not None:
                self.pause(pause_s * random.uniform(0.5, 1.0))  # noqa: S311  jitter, not a secret
        raise ServiceUnavailable(f"the webhook was asked {len(_PAUSES_S) + 1} times: {reason}")


def _address(url: str) -> SplitResult:
    """The parts of an address; raises InvalidRequest, without the address, where it is none of HTTPS."""
    try:
        parts = urlsplit(url.strip())
        proper = parts.scheme == "https" and bool(parts.hostname) and parts.port != 0
    except ValueError:
        proper = False
    if not proper or any(not "!" <= letter <= "~" for letter in url.strip()):
        raise _no_address()
    return parts


def _no_address() -> InvalidRequest:
    return InvalidRequest(
        "the webhook's address is not one of HTTPS; put another into its parameter, such as "
        "https://hooks.slack.com/services/…",
        code="webhook_address",
    )


def _post(connection: Connection, address: SplitResult, notice: Notice) -> tuple[int, bytes]:
    headers = {
        "host": connection.authority,
        "content-type": "application/json; charset=utf-8",
        "user-agent": "keepfit",
        "connection": "close",
    }
    path = f"{address.path or '/'}{f'?{address.query}' if address.query else ''}"
    return connection.post(headers, message(notice), timeout_s=_TIMEOUT_S, path=path)


def message(notice: Notice) -> bytes:
    """The body of the request: the notice as one text, with its title in bold."""
    text = "\n".join([f"*{notice.title}*", *lines(notice)]).translate(_ESCAPED)
    return json.dumps({"text": text}).encode()


def _refusal(status: int, answer: bytes) -> str:
    said = " ".join(answer[:_MAX_SHOWN].decode("utf-8", "replace").split())
    if 300 <= status < 400:
        return f"the webhook answers {status}: redirects are not followed; put the address that it leads to there"
    return f"the webhook answers {status}{f': {said}' if said else ''}"

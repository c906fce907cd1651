"""Signs requests to AWS as it wants them signed (Signature Version 4).

Source: AWS IAM User Guide, "Create a signed AWS API request".
"""

from __future__ import annotations

import hashlib
import hmac
from datetime import datetime
from typing import Final

_ALGORITHM: Final = "AWS4-HMAC-SHA256"


class Signer:
    """Signs posts to one host; the key of a day is derived once.

    Args:
        service: as in the scope of a signature.
        region: of the service.
        access_key_id: of the credentials.
        secret: their secret access key.
        token: their session token, if they are temporary.
    """

    __slots__ = ("_day", "_id", "_key", "_region", "_secret", "_service", "_token")

    def __init__(
        self, *, service: str, region: str, access_key_id: str, secret: str, token: str | None
    ) -> None:
        self._service, self._region = service, region
        self._id, self._secret, self._token = access_key_id, secret, token
        self._day, self._key = "", b""

    def signed(
        self, headers: dict[str, str], body: bytes, *, at: datetime, path: str = "/", query: str = ""
    ) -> dict[str, str]:
        """``headers``, in lower case and with a host, with what signs them, the body and the ``path``."""
        stamp = f"{at:%Y%m%dT%H%M%SZ}"
        day = stamp[:8]
        full = {**headers, "x-amz-date": stamp}
        if self._token:
            full["x-amz-security-token"] = self._token
        names = sorted(full)
        lines = "".join(f"{name}:{full[name]}\n" for name in names)
        signed = ";".join(names)
        canonical = f"POST\n{path.replace('%', '%25')}\n{query}\n{lines}\n{signed}\n{hashlib.sha256(body).hexdigest()}"
        scope = f"{day}/{self._region}/{self._service}/aws4_request"
        text = f"{_ALGORITHM}\n{stamp}\n{scope}\n{hashlib.sha256(canonical.encode()).hexdigest()}"
        signature = hmac.digest(self._key_of(day), text.encode(), "sha256").hex()
        full["authorization"] = (
            f"{_ALGORITHM} Credential={self._id}/{scope}, SignedHeaders={signed}, Signature={signature}"
        )
        return full

    def _key_of(self, day: str) -> bytes:
        if day != self._day:
            key = f"AWS4{self._secret}".encode()
            for part in (day, self._region, self._service, "aws4_request"):
                key = hmac.digest(key, part.encode(), "sha256")
            self._day, self._key = day, key
        return self._key

"""Bad tokens, some of them signed with the pool's own key, which only the embedded cloud gives away."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from typing import Any

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from cli.clients.token import bearer_token
from tests.e2e.loop.product import Product

_SOON_S = 600


class Forge:
    """Makes tokens from a good one of ``product``."""

    def __init__(self, product: Product) -> None:
        self.good = bearer_token(product.deployment)
        header, claims, self._signature = self.good.split(".")
        self._header, self._claims = _read(header), _read(claims)
        pool = product.deployment.platform("UserPoolId")
        path = product.state / "services" / "cognito-pool-keys" / f"{pool}-id.pem"
        key = serialization.load_pem_private_key(path.read_bytes(), None)
        assert isinstance(key, rsa.RSAPrivateKey)
        self._key = key

    def signed(self, **changes: Any) -> str:
        """The good token's claims with ``changes``, signed with the pool's key."""
        return self._by(self._key, {**self._claims, **changes})

    def authorizations(self) -> dict[str, str | None]:
        """Headers by what is wrong with them."""
        now, header, claims = int(time.time()), _written(self._header), _written(self._claims)
        unsigned = _written({**self._header, "alg": "none"})
        someone = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        issuer = self._claims["iss"]
        tokens = {
            "garbage": "garbage",
            "parts that are no objects": f"{_written(5)}.{_written([])}.{self._signature}",
            "expired": self.signed(exp=now - 1),
            "not valid yet": self.signed(nbf=now + _SOON_S),
            "issued in the future": self.signed(iat=now + _SOON_S),
            "of another pool": self.signed(iss=f"{issuer}x"),
            "of nobody": self.signed(iss=None),
            "for another client": self.signed(aud="another"),
            "for nobody": self.signed(aud=None),
            "access of another client": self.signed(aud=None, client_id="another", token_use="access"),
            "alg none": f"{unsigned}.{claims}.",
            "alg none with a signature": f"{unsigned}.{claims}.{self._signature}",
            "HS256 by the public key": self._by_public_key(claims),
            "signed by somebody": self._by(someone, self._claims),
            "changed claims": f"{header}.{_written({**self._claims, 'sub': 'x'})}.{self._signature}",
            "no signature": f"{header}.{claims}.",
        }
        return {
            "missing": None,
            "empty": "",
            "scheme only": "Bearer",
            "basic": f"Basic {_encoded(b'name:password')}",
            "another scheme": f"Basic {self.good}",
            "two tokens": f"Bearer {self.good}, Bearer {self.good}",
            **{name: f"Bearer {token}" for name, token in tokens.items()},
        }

    def _by(self, key: rsa.RSAPrivateKey, claims: dict[str, Any]) -> str:
        body = f"{_written(self._header)}.{_written({k: v for k, v in claims.items() if v is not None})}"
        return f"{body}.{_encoded(key.sign(body.encode(), padding.PKCS1v15(), hashes.SHA256()))}"

    def _by_public_key(self, claims: str) -> str:
        """What a verifier takes that lets the token choose the algorithm, and takes the public key for a secret."""
        public = self._key.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        body = f"{_written({**self._header, 'alg': 'HS256'})}.{claims}"
        return f"{body}.{_encoded(hmac.digest(public, body.encode(), hashlib.sha256))}"


def _written(part: Any) -> str:
    return _encoded(json.dumps(part).encode())


def _encoded(part: bytes) -> str:
    return base64.urlsafe_b64encode(part).decode().rstrip("=")


def _read(part: str) -> dict[str, Any]:
    return dict(json.loads(base64.urlsafe_b64decode(part + "==")))

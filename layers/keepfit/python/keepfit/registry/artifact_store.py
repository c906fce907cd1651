"""The artifact store: files by key, written once where they must not change, verified by digest."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

from keepfit.errors import Conflict, TamperedArtifact


class ArtifactStore(Protocol):
    """Stores files by key: run files, registered versions, release packages."""

    def get(self, key: str) -> bytes:
        """Reads the whole object. Raises NotFound where there is none."""
        ...

    def lines(self, key: str) -> Iterator[bytes]:
        """Reads the object line by line, as far as somebody asks. Raises NotFound where there is none."""
        ...

    def put(self, key: str, body: bytes) -> None:
        """Writes or replaces an object; a reader sees the old bytes or the new ones, never a mixture."""
        ...

    def put_new(self, key: str, body: bytes) -> None:
        """Writes an object under a new key, which never changes afterwards.

        Writing the same bytes again is fine, so that a retry is.

        Raises:
            Conflict: the key holds other bytes.
        """
        ...

    def get_file(self, key: str, path: Path) -> None:
        """Copies the object to ``path``. Raises NotFound, without making ``path``, where there is none."""
        ...

    def put_file(self, key: str, path: Path) -> None:
        """Writes or replaces the object with the content of ``path``."""
        ...

    def list(self, prefix: str) -> list[str]:
        """Lists all keys that begin with ``prefix``, sorted."""
        ...


def sha256(body: bytes) -> str:
    """The SHA-256 digest of ``data`` in hex."""
    return hashlib.sha256(body).hexdigest()


def write_once(store: ArtifactStore, key: str, body: bytes) -> bytes:
    """Writes ``body`` unless the key is taken, and returns what the key holds.

    An earlier attempt of the same run may have left other bytes (a probability may differ in its last bit on another
    processor); what was written first stays, so that the attempts agree.
    """
    try:
        store.put_new(key, body)
    except Conflict:
        return store.get(key)
    return body


def read_verified(store: ArtifactStore, key: str, digest: str) -> bytes:
    """Reads the object and verifies its SHA-256 digest in hex.

    Raises:
        TamperedArtifact: its bytes are others.
        NotFound: there is none.
    """
    body = store.get(key)
    if sha256(body) != digest:
        raise TamperedArtifact(
            f"{key} has the SHA-256 {sha256(body)}, and {digest or 'none'} is on record; "
            "restore the first version of the object"
        )
    return body

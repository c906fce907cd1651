"""The interface of the files that cells of a table name: of an archive, or of a folder."""

from __future__ import annotations

from typing import Protocol


class NamedFiles(Protocol):
    """Files by the names that people give them."""

    def find(self, cell: str) -> str | None:
        """The file that a cell names, None where there is none."""
        ...

    def missing(self, cell: str, /) -> str:
        """Why there is no file that a cell names; goes on after the name of its field."""
        ...

    def read(self, name: str) -> bytes:
        """The bytes of a file. Raises NoValue, or RefusedUpload, where it cannot be read."""
        ...

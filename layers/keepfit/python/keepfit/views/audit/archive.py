"""An archive that proves itself: a zip whose files are listed with their SHA-256 in ``SHA256SUMS``.

Whoever has ``sha256sum`` can verify it: unpack it, and run ``sha256sum --check SHA256SUMS``.
"""

from __future__ import annotations

import hashlib
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import msgspec

from keepfit.zip_entries import reproducible_entry

SUMS: Final = "SHA256SUMS"
_MAX_BYTES: Final = 1_000_000_000


class ArchiveCheck(msgspec.Struct, frozen=True, kw_only=True):
    """The check of an archive: what is wrong, by file; ``digest`` is the SHA-256 of its list.

    It is ``intact`` where nothing is.
    """

    intact: bool
    files: int
    digest: str
    wrong: dict[str, str]


def write_archive(path: Path, files: Mapping[str, bytes]) -> str:
    """Writes ``files`` and the list of their digests; the same files give the same bytes.

    Returns:
        The SHA-256 of the list in hex: who knows it knows every file.
    """
    sums = "".join(
        f"{hashlib.sha256(body).hexdigest()}  {name}\n" for name, body in sorted(files.items())
    ).encode()
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, body in sorted({**files, SUMS: sums}.items()):
            archive.writestr(reproducible_entry(name), body, zipfile.ZIP_DEFLATED)
    return hashlib.sha256(sums).hexdigest()


def verify_archive(path: Path) -> ArchiveCheck:
    """Compares every file of an archive with the list in it.

    Raises:
        ValueError: it is no archive of this kind, or unpacks to more than a gigabyte.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            entries = archive.infolist()
            if sum(entry.file_size for entry in entries) > _MAX_BYTES:
                raise ValueError(f"{path} unpacks to more than {_MAX_BYTES // 10**9} GB")
            names = [entry.filename for entry in entries]
            twice = {name for name in names if names.count(name) > 1}
            found = {name: hashlib.sha256(archive.read(name)).hexdigest() for name in names if name != SUMS}
            listed = archive.read(SUMS)
    except (zipfile.BadZipFile, KeyError, OSError) as error:
        raise ValueError(f"{path} is no archive of an audit: {error}") from error
    expected = dict(line.split("  ", 1)[::-1] for line in listed.decode().splitlines() if "  " in line)
    wrong = {
        **dict.fromkeys(found.keys() - expected.keys(), "is not in the list"),
        **dict.fromkeys(expected.keys() - found.keys(), "is missing"),
        **{
            name: f"has the SHA-256 {found[name]}, and {expected[name]} is listed"
            for name in found.keys() & expected.keys()
            if found[name] != expected[name]
        },
        **dict.fromkeys(twice, "is there twice"),
    }
    return ArchiveCheck(
        intact=not wrong,
        files=len(found),
        digest=hashlib.sha256(listed).hexdigest(),
        wrong=dict(sorted(wrong.items())),
    )

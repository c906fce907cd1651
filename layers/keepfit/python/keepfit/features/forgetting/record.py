"""The record of an entity that was forgotten: who, when, why and which files, and nothing of its rows."""

from __future__ import annotations

from typing import Literal

import msgspec

Place = Literal["rows", "profile", "upload", "quarantine", "report", "requests", "rows of a run"]


class ForgottenObject(msgspec.Struct, frozen=True, kw_only=True):
    """One version of an object that held the entity; ``sha256`` is that of its bytes, where it was read.

    Of requests, and of the rows of a run, it is a whole folder with so many ``objects``. ``rows`` of it are the
    entity's. What is left is in the object ``became``; None where nothing is, or nothing was kept. It is ``removed``
    once it cannot be read any more.
    """

    place: Place
    key: str
    version_id: str
    sha256: str | None = None
    objects: int = 1
    rows: int | None = None
    became: str | None = None
    removed: bool = False


class TrainedOn(msgspec.Struct, frozen=True, kw_only=True):
    """A run that read the entity's rows, and the model version that it registered, if it did."""

    model: str
    run_id: str
    data_version: int
    version: int | None = None


class Forgotten(msgspec.Struct, frozen=True, kw_only=True):
    """The record of one entity of a dataset.

    Args:
        id: names the record.
        dataset: that was asked to forget.
        field: of the entity.
        salt: 16 random bytes in hex.
        digest: of field and value, see ``Entity.digest``.
        who: asked for it.
        why: the reason.
        at: when it was begun, ISO 8601.
        train: whether models are to train because of it.
        finished_at: None while something is left to be done.
        rows: the entity's rows that the newest version had.
        versions: of the dataset, the first without these rows, and those after it that left out later ones.
        objects: all that held the entity.
        trained: the runs that read it.
        waits: what is left to be done, and for what it waits.
        unclear: objects that could not be read and seem to hold the value.
        rows_after: every object of rows up to this key was looked at.
        uploads_after: every upload up to this key was looked at.
        requests_after: every object of requests up to this key was looked at.
    """

    id: str
    dataset: str
    field: str
    salt: str
    digest: str
    who: str
    why: str
    at: str
    train: bool = True
    finished_at: str | None = None
    rows: int = 0
    versions: list[int] = []
    objects: list[ForgottenObject] = []
    trained: list[TrainedOn] = []
    waits: list[str] = []
    unclear: list[str] = []
    rows_after: str = ""
    uploads_after: str = ""
    requests_after: str = ""

    def of(self, place: Place) -> list[ForgottenObject]:
        """The objects of one kind."""
        return [one for one in self.objects if one.place == place]

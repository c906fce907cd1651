"""A batch's job: its request, its plan, and the names of its files."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from keepfit.errors import RefusedUpload
from keepfit.serving.batch.chosen_columns import ChosenColumns
from keepfit.serving.batch.part import Part, TableColumn, TableFormat
from keepfit.serving.batch.part_files import ResultFormat
from keepfit.serving.batch.summary import Digests

PLAN: Final = "plan.json"
PARTS: Final = "parts.json"
REFUSAL: Final = "refusal.json"
WISHES: Final = "keepfit-batch"
"""What of an object's metadata holds the wishes of who asks, as JSON."""


class JobRequest(msgspec.Struct, frozen=True, kw_only=True):
    """The file that is to be scored; ``job`` follows from its key and version, so that each is one job."""

    model: str
    key: str
    version_id: str
    job: str


class Wishes(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The options of a job: another version than the champion, the format of results, what they carry."""

    version: int | None = None
    form: ResultFormat | None = None
    carry: list[str] | None = None

    @classmethod
    def of(cls, said: Mapping[str, str]) -> Wishes:
        """The wishes in an object's metadata. Raises RefusedUpload where they cannot be understood."""
        try:
            return msgspec.json.decode(said.get(WISHES, "{}"), type=cls)
        except msgspec.DecodeError as error:
            raise RefusedUpload(f"the metadata {WISHES} of the object cannot be read: {error}") from error


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """How a job goes: by which version, of which columns, in which parts."""

    request: JobRequest
    version: int
    stored: TableFormat
    form: ResultFormat
    size: int
    columns: list[TableColumn]
    chosen: ChosenColumns
    parts: list[Part]
    digests: Digests
    started_at: str


class Refusal(msgspec.Struct, frozen=True, kw_only=True):
    """Why a job came to nothing."""

    request: dict[str, Any]
    reason: str
    at: str


def record_name(part: Part) -> str:
    """The file that says what came of a part; it is written last, and once."""
    return f"{part.name}.json"

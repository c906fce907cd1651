"""Training runs as the registry remembers them, and the triggers that started none."""

from __future__ import annotations

import hashlib
import json
from datetime import datetime

import msgspec

from keepfit.layout import ModelScope
from keepfit.registry.champion import Champion
from keepfit.training.runs.triggers import Trigger

ABORTED = "aborted"
ABANDONED = "abandoned"
LEFT_TO_PERSON = "left to a person"


class TrainingRun(msgspec.Struct, frozen=True, kw_only=True):
    """One admitted run: what it was asked for, what it read, and how it ended.

    ``data`` maps each dataset to the version that the run reads; a release of a registered version reads none.
    ``outcome``, ``reason`` and ``closed_at`` are None while it is under way; ``version`` is the model version that it
    registered or was to release, if it came to that.
    """

    run_id: str
    model: str
    execution_arn: str
    started_at: datetime
    trigger: Trigger
    data: dict[str, int]
    definition_digest: str
    code_digest: str
    champion: Champion | None = None
    closed_at: datetime | None = None
    outcome: str | None = None
    reason: str | None = None
    version: int | None = None

    @property
    def fingerprint(self) -> str:
        return fingerprint(self.data, definition_digest=self.definition_digest, code_digest=self.code_digest)

    @property
    def folder(self) -> str:
        """Where the run's files are: a key prefix without the final slash."""
        return ModelScope(self.model).run(self.run_id)


class Suppression(msgspec.Struct, frozen=True, kw_only=True):
    """A trigger that started no run, and why. ``run_id`` is the run that it would have been.

    ``ask_again_at`` is until when its execution waits before it asks again, None where it does not.
    """

    model: str
    run_id: str
    at: datetime
    reason: str
    trigger: Trigger
    ask_again_at: datetime | None = None


def fingerprint(data: dict[str, int], *, definition_digest: str, code_digest: str) -> str:
    """SHA-256 in hex of all that decides what a run learns: the same fingerprint gives the same models."""
    parts = json.dumps([data, definition_digest, code_digest], sort_keys=True)
    return hashlib.sha256(parts.encode()).hexdigest()


def name_run(execution_arn: str, started_at: datetime) -> str:
    """The id of the run of one state machine execution: sorts by time, and a retry computes the same one.

    >>> from datetime import UTC
    >>> name_run("arn:aws:states:eu-west-1:1:execution:m:x", datetime(2013, 3, 1, 5, 4, 3, tzinfo=UTC))
    '20130301T050403-b2ff2641'
    """
    return f"{started_at:%Y%m%dT%H%M%S}-{hashlib.sha256(execution_arn.encode()).hexdigest()[:8]}"

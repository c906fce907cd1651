"""Training runs and suppressed triggers, as the registry stores them."""

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
RELEASED = "released"
REFUSED = "refused by a person"
NOT_APPROVED = "not approved in time"


class TrainingRun(msgspec.Struct, frozen=True, kw_only=True):
    """One admitted run: its trigger, its data, its outcome.

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
        """The key prefix of the run's files, without the final slash."""
        return ModelScope(self.model).run(self.run_id)


class Suppression(msgspec.Struct, frozen=True, kw_only=True):
    """A suppressed trigger and the reason; ``run_id`` is that of the run it would have been.

    ``ask_again_at`` is until when its execution waits before it asks again, None where it does not.
    """

    model: str
    run_id: str
    at: datetime
    reason: str
    trigger: Trigger
    ask_again_at: datetime | None = None


def fingerprint(data: dict[str, int], *, definition_digest: str, code_digest: str) -> str:
    """SHA-256 in hex of all inputs of a run: equal fingerprints give equal models."""
    parts = json.dumps([data, definition_digest, code_digest], sort_keys=True)
    return hashlib.sha256(parts.encode()).hexdigest()


def name_run(execution_arn: str, started_at: datetime) -> str:
    """The run id of a state machine execution: sorts by time, and equal for a retry.

    >>> from datetime import UTC
    >>> name_run("arn:aws:states:eu-west-1:1:execution:m:x", datetime(2013, 3, 1, 5, 4, 3, tzinfo=UTC))
    '20130301T050403-b2ff2641'
    """
    return f"{started_at:%Y%m%dT%H%M%S}-{hashlib.sha256(execution_arn.encode()).hexdigest()[:8]}"

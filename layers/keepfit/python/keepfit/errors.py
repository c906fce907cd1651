"""The errors that keepfit raises on purpose.

    KeepfitError
    ├── Terminal                 trying again cannot help: never retried
    │   ├── InvalidDefinition    a models/*.toml that cannot be understood
    │   ├── RefusedDraft         a table that no model can be drafted from
    │   ├── RefusedUpload        a file that does not become data
    │   ├── NotFound             a thing named that is not there
    │   ├── EmptyWindow          no row where rows were needed
    │   ├── NoCandidate          no candidate of a run could be trained
    │   ├── ParityFailed         the exported model does not answer like the trained one
    │   ├── InvalidModel         an artifact that must not be loaded
    │   ├── TamperedArtifact     bytes that do not have the digest on record
    │   ├── InvalidRequest       a client's request that cannot be answered: HTTP 4xx
    │   ├── Superseded           a step of a release that somebody else has overtaken
    │   ├── GoldenRequestsFailed a release that does not answer its own known requests
    │   ├── SystemTestsFailed    a release that does not answer over HTTPS as is documented
    │   └── InvalidOutput        a model that answered what its task does not allow
    └── Transient                the same call may succeed later: retried with backoff
        ├── Conflict             somebody else moved first: read again, decide again
        ├── Throttled            the service asked to slow down
        └── ServiceUnavailable   the service failed or did not answer

The class name is what Step Functions sees: Retry and Catch name these classes.
"""

from __future__ import annotations

from collections.abc import Sequence


class KeepfitError(Exception):
    """The base of all errors; the message says what, why, and what to do next."""


class Terminal(KeepfitError):
    """An error that a retry cannot help."""


class Transient(KeepfitError):
    """An error of a call that may succeed later."""


class InvalidDefinition(Terminal):
    """A definition that cannot be understood; names the file and the key."""


class RefusedDraft(Terminal):
    """A table that no model can be drafted from; says what would help."""


class RefusedUpload(Terminal):
    """An uploaded file that is refused whole; the reason is recorded."""


class NotFound(Terminal):
    """A model, version, run, dataset or object that does not exist."""


class EmptyWindow(Terminal):
    """No row in a window that needs rows."""


class NoCandidate(Terminal):
    """No candidate of a run could be trained."""


class ParityFailed(Terminal):
    """The exported model does not answer like the trained one."""


class InvalidModel(Terminal):
    """A model file that must not be loaded: unknown operator, external data, too large."""


class TamperedArtifact(Terminal):
    """Bytes whose digest differs from the one on record."""


class InvalidRequest(Terminal):
    """A request that cannot be answered; ``details`` are (row, field, message), rows from 0."""

    def __init__(self, message: str, *, code: str, details: Sequence[tuple[int, str, str]] = ()) -> None:
        super().__init__(message)
        self.code = code
        self.details = details


class Superseded(Terminal):
    """A release step that is out of date: a person or a newer run has decided otherwise since."""


class GoldenRequestsFailed(Terminal):
    """A release whose answers to its golden requests differ from those at its registration."""


class SystemTestsFailed(Terminal):
    """A release that answers over HTTPS, and not as the documents or its model's own tests say."""


class InvalidOutput(Terminal):
    """A model that answered NaN, infinity, or what its task does not allow: no probability, say."""


class Conflict(Transient):
    """A conditional write that lost: read again and decide again."""


class Throttled(Transient):
    """A service that asks for fewer requests."""


class ServiceUnavailable(Transient):
    """A service that failed or did not answer in time."""


TRANSIENT_NAMES = ("Conflict", "Throttled", "ServiceUnavailable")

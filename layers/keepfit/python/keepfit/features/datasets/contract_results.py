"""Results of contracts, as they are kept with an upload."""

from __future__ import annotations

from typing import Final, Literal

import msgspec

from keepfit.features.schema.contract import Severity

MAX_REASON: Final = 300


class ContractResult(msgspec.Struct, frozen=True, kw_only=True):
    """What came of one contract: it was kept, broken, or could not be checked, with the ``reason``.

    ``rows`` break it, None where it is about the file as a whole.
    """

    contract: str
    rule: str
    severity: Severity
    outcome: Literal["kept", "broken", "not checked"]
    reason: str | None = None
    rows: int | None = None

    @property
    def warns(self) -> bool:
        """Whether it is to be told though the upload was taken: it was broken, or could not be checked."""
        return self.outcome != "kept"

    @property
    def words(self) -> str:
        """The contract and what is wrong with it, in a sentence."""
        return f"{self.contract}: {self.reason or self.outcome}"

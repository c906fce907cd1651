"""The port of screening, which compares an upload with those before, and why one waits."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final, Protocol

from keepfit.features.datasets.manifest import Manifest


class Screening(Protocol):
    """Compares an upload with those before it."""

    def anomalies(self, part: Path, version: Manifest) -> list[str]:
        """What stands out, a sentence about a column each; nothing where it is like those before.

        Args:
            part: its good rows, Parquet; the folder is there for the parts of others.
            version: of the dataset, without it.
        """
        ...


_MAX_ANOMALIES: Final = 3


def waiting_reason(contracts: Sequence[str], anomalies: Sequence[str]) -> str:
    """Why an upload waits for a person; empty where it does not.

    >>> waiting_reason(["size: it has 3 rows, and needs 10"], [])
    'breaks contracts: size: it has 3 rows, and needs 10'
    """
    reasons = [f"breaks contracts: {'; '.join(contracts)}"] if contracts else []
    if anomalies:
        more = f"; and {len(anomalies) - _MAX_ANOMALIES} more" if len(anomalies) > _MAX_ANOMALIES else ""
        reasons.append(f"stands out of the uploads before it: {'; '.join(anomalies[:_MAX_ANOMALIES])}{more}")
    return "; ".join(reasons)

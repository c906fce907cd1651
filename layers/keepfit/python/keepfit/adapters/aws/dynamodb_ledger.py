"""The release ledger of one model in the registry table on Amazon DynamoDB."""

from __future__ import annotations

from dataclasses import dataclass

from keepfit.adapters.aws.dynamodb_items import ModelItems
from keepfit.errors import Conflict
from keepfit.registry.ledger import Entry


@dataclass(frozen=True, slots=True, kw_only=True)
class DynamoLedger:
    """See ``registry.ledger.Ledger``; each entry is one item that is never overwritten.

    ``items`` are of kind "ledger", a partition that only the mover of the alias may write. ``stack`` is the id of the
    model's stack: one that was destroyed and deployed again has other Lambda versions, and a chain of its own.
    """

    items: ModelItems
    stack: str

    def last(self) -> Entry | None:
        return self.items.first(f"{self.stack}#", Entry, newest=True)

    def append(self, entry: Entry) -> None:
        key = f"{self.stack}#{entry.seq:010}"
        try:
            self.items.put_new(key, entry)
        except Conflict:
            # It may be our own write: an attempt that timed out after DynamoDB had taken it.
            if self.items.get(key, Entry) != entry:
                raise

    def entries(self) -> list[Entry]:
        return self.items.all(f"{self.stack}#", Entry)

    def chains(self) -> list[list[Entry]]:
        """The chains of all stacks that the model ever had, oldest first."""
        chains: list[list[Entry]] = []
        for entry in self.items.all("", Entry):
            if entry.seq == 1 or not chains:
                chains.append([])
            chains[-1].append(entry)
        return sorted(chains, key=lambda chain: chain[0].at)

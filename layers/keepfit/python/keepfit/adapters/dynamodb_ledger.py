"""The release ledger of one model in the registry table on Amazon DynamoDB."""

from __future__ import annotations

from dataclasses import dataclass

from keepfit.adapters.dynamodb_items import ModelItems
from keepfit.errors import Conflict
from keepfit.registry.ledger import Entry


@dataclass(frozen=True, slots=True, kw_only=True)
class DynamoLedger:
    """See ``registry.ledger.Ledger``: one item per entry, written only where there is none."""

    items: ModelItems

    def last(self) -> Entry | None:
        return self.items.first("ledger#", Entry, newest=True)

    def append(self, entry: Entry) -> None:
        key = f"ledger#{entry.seq:010}"
        try:
            self.items.put_new(key, entry)
        except Conflict:
            # It may be our own write: an attempt that timed out after DynamoDB had taken it.
            if self.items.get(key, Entry) != entry:
                raise

    def entries(self) -> list[Entry]:
        return self.items.all("ledger#", Entry)

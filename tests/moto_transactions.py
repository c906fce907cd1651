"""Transactions of moto's DynamoDB one at a time.

It copies its tables before a transaction, so that it can go back; a copy that another thread's request changes is not
made.
"""

from __future__ import annotations

from threading import Lock
from typing import Any

import pytest
from moto.dynamodb.models import DynamoDBBackend


def keep_transactions_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lets no transaction begin while another one is under way."""
    lock, transact = Lock(), DynamoDBBackend.transact_write_items

    def one_at_a_time(self: DynamoDBBackend, transact_items: list[dict[str, Any]]) -> None:
        with lock:
            transact(self, transact_items)

    monkeypatch.setattr(DynamoDBBackend, "transact_write_items", one_at_a_time)

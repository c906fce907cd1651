"""The metering of clients with quotas: by leases, so that most requests ask no store."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final, Protocol

import msgspec

from keepfit.errors import ServiceUnavailable
from keepfit.serving.access.quota import Quota

LEASE_S: Final = 1.0
"""Requests that were taken ahead are sent within this time, or are lost to the client."""
_MAX_LEASE: Final = 32
# What is left of a day is looked at again after so long, as somebody may have allowed more.
_LOOK_AGAIN_S: Final = 60.0
_MAX_ACCOUNTS: Final = 10_000
CLIENTS: Final = "client#"
"""What the accounts of all clients begin with."""


def client_account(subject: str) -> str:
    """The account of a client, whatever it asks."""
    return f"{CLIENTS}{subject}"


def model_accounts(model: str) -> str:
    """What the accounts of all clients at one model begin with."""
    return f"model#{model}#"


def model_account(model: str, subject: str) -> str:
    """The account of a client at a model whose definition has a quota."""
    return f"{model_accounts(model)}{subject}"


def unavailable_lines(write: Callable[[bytes], object]) -> Callable[[str], object]:
    """Makes a function that writes a line of the log where a store does not answer, with the reason."""
    return lambda reason: write(msgspec.json.encode({"kind": "quota_unavailable", "reason": reason}) + b"\n")


class QuotaStore(Protocol):
    """What clients have sent, for all who meter."""

    def take(self, account: str, requests: int, quota: Quota, at: float) -> float:
        """Takes requests from what an account may still send, all or none.

        Args:
            account: of a client.
            requests: how many, from 1 up to ``quota.at_once`` where that is a limit.
            quota: of the account.
            at: now, in seconds since 1970.

        Returns:
            0 where they were taken, else the seconds until there may be so many.

        Raises:
            ServiceUnavailable: the store does not answer.
        """
        ...


class Meter:
    """Takes requests from a store some at a time, and knows until when an account has none.

    One environment answers one request at a time, so that it needs no lock. It takes ahead what a client that is busy
    here will send within a second, and loses what is left then: a client gets no more than its quota and the leases of
    one second, and maybe a little less.

    Args:
        store: of what is shared.
        tell: takes the reason why the store could not be asked; requests are let through then.
        now: seconds since 1970.
    """

    def __init__(
        self, store: QuotaStore, tell: Callable[[str], object], now: Callable[[], float] = time.time
    ) -> None:
        self._store, self._tell, self._now = store, tell, now
        self._accounts: dict[tuple[str, Quota], _Account] = {}

    def wait(self, account: str, quota: Quota) -> float:
        """0 where the account may send a request now, which counts; else the seconds until it may."""
        found = self._account(account, quota)
        now = self._now()
        if found.left and now < found.good_until:
            found.left -= 1
            return 0.0
        if now < found.closed_until:
            return found.reopens_at - now
        return self._asked(account, quota, found, now)

    def _asked(self, account: str, quota: Quota, found: _Account, now: float) -> float:
        wanted = found.next_lease(quota, now)
        try:
            wait = self._store.take(account, wanted, quota, now)
            if wait and wanted > 1:
                wanted = 1
                wait = self._store.take(account, wanted, quota, now)
        except ServiceUnavailable as error:
            self._tell(str(error))
            wanted, wait = _MAX_LEASE, 0.0
        if wait:
            found.closed_until, found.reopens_at = now + min(wait, _LOOK_AGAIN_S), now + wait
            found.left = found.size = 0
            return wait
        found.left, found.size, found.good_until = wanted - 1, wanted, now + LEASE_S
        return 0.0

    def _account(self, account: str, quota: Quota) -> _Account:
        found = self._accounts.get((account, quota))
        if found is None:
            if len(self._accounts) >= _MAX_ACCOUNTS:
                self._accounts.clear()
            found = self._accounts[account, quota] = _Account()
        return found


class _Account:
    """What one environment knows of an account: its lease, and until when there is no more."""

    __slots__ = ("closed_until", "good_until", "left", "reopens_at", "size")

    def __init__(self) -> None:
        self.left = self.size = 0
        self.good_until = self.closed_until = self.reopens_at = 0.0

    def next_lease(self, quota: Quota, now: float) -> int:
        """Twice the last one where that was used up in time, else one; an eighth of the quota at most."""
        allowed = [limit // 8 for limit in (quota.at_once, quota.per_day) if limit]
        busy = self.size and not self.left and now < self.good_until
        return max(1, min(2 * self.size if busy else 1, _MAX_LEASE, *allowed))

"""Dispatches an event to every model that it concerns; one model's failure delays no other."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import msgspec

from keepfit.errors import NotFound, ServiceUnavailable
from keepfit.training.runs.event_routing import Order, Start, orders
from keepfit.training.runs.ports import Functions, Starts, Subscriptions

Outcome = Literal["started", "started before", "invoked", "gone"]


class Dispatched(msgspec.Struct, frozen=True, kw_only=True):
    """The result of an event for one model; ``reason`` where its stack is gone."""

    model: str
    outcome: Outcome
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Dispatch:
    """Starts executions, ``batches`` among them, and invokes functions for an event; idempotent."""

    subscriptions: Subscriptions
    starts: Starts
    functions: Functions
    record: Callable[[Dispatched], None]
    batches: str | None = None

    def dispatch(self, event: Mapping[str, Any]) -> list[Dispatched]:
        """Dispatches an event and returns the results, in the order of the models' names.

        Raises:
            NotFound: an event that no rule sends.
            ServiceUnavailable: some models could not be told; all others were, and are not told twice by another call.
        """
        done, failed = [], {}
        for order in orders(event, self.subscriptions.all(), batches=self.batches):
            try:
                dispatched = self._carry_out(order)
            except NotFound as gone:
                dispatched = Dispatched(model=order.model, outcome="gone", reason=str(gone))
            except Exception as error:  # noqa: BLE001 (whatever one model's is, the others are told)
                failed[order.model] = error
                continue
            self.record(dispatched)
            done.append(dispatched)
        if failed:
            reasons = "; ".join(f"{model}: {error}" for model, error in failed.items())
            raise ServiceUnavailable(
                f"the event {event['id']} did not reach {len(failed)} of the models that it concerns; dispatch it "
                f"again, which starts nothing twice: {reasons}"
            )
        return done

    def _carry_out(self, order: Order) -> Dispatched:
        if isinstance(order, Start):
            new = self.starts.start(order.machine, order.name, order.event)
            return Dispatched(model=order.model, outcome="started" if new else "started before")
        self.functions.invoke(order.function, order.asked)
        return Dispatched(model=order.model, outcome="invoked")

"""Proof: a quota keeps the load of one tenant from the requests of others.

Three turns follow each other, again and again: one tenant asks alone; another sends all it can beside, within a quota,
and heeds what refusals say; and, for comparison, the same without a quota.
"""

from __future__ import annotations

import json
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from cli.clients.grants import Asked, asked_grant
from cli.clients.user_pool import UserPool
from cli.places.deployment import Deployment
from keepfit.serving.access.grant import Grant
from proofs.load import Load, Reply
from proofs.proof import Claim, Proof, Tell, at_least, at_most
from proofs.rides.product import RidesProduct

NAME = "tenants"
MODEL = "ride_minutes"
_RIDES, _ROWS = 1500, 50
_TURNS, _TURN_S, _PAUSE_S = 8, 8.0, 0.05
_RATE, _CONNECTIONS = 4.0, 6
_QUIET, _WITHIN, _WITHOUT = "quiet", "within-a-quota", "without-a-quota"
# A client may send its burst at once, and what was taken ahead within a second.
_BURST = int(_RATE)
Turns = Mapping[str, list[list[Reply]]]


def prove(tell: Tell) -> Proof:
    """Releases models of rides, and asks one of them for three tenants."""
    with tempfile.TemporaryDirectory(prefix="keepfit-tenants-") as name:
        product = RidesProduct(Path(name), NAME)
        with product.cloud():
            tell("training models")
            product.upload(first=0, count=_RIDES)
            product.closed(MODEL, 1)
            deployment = product.deployment()
            quiet, busy = _measured(deployment, product, tell)
    return judged(quiet, busy)


def judged(quiet: Turns, busy: Turns) -> Proof:
    """What the quiet tenant's requests took, by who else asked, and what the busy one was answered.

    Args:
        quiet: by what else there was, the replies of each turn.
        busy: likewise, of the busy tenant.
    """
    p99 = {beside: _p99(turns) for beside, turns in quiet.items()}
    statuses = [reply.status for turn in busy[_WITHIN] for reply in turn]
    accepted = statuses.count(200) / len(busy[_WITHIN])
    allowed = _RATE * _TURN_S + 2 * _BURST
    failed = sum(reply.status != 200 for turns in quiet.values() for turn in turns for reply in turn)
    others = sum(status not in (200, 429) for status in statuses)
    return Proof(
        name=NAME,
        claims=[
            at_most("p99 beside a tenant within its quota, to that alone", p99[_WITHIN] / p99[_QUIET], 1.5),
            at_most("requests of the busy tenant that a turn lets through", accepted, allowed),
            at_least("requests of the busy tenant that were refused", statuses.count(429), 1),
            at_most("refusals and failures of the quiet tenant", failed, 0),
            Claim(
                promise="the busy tenant is answered 200 or 429", found=f"{others} others", holds=not others
            ),
        ],
        figures={
            "p99_s": {beside: round(seconds, 4) for beside, seconds in p99.items()},
            "p99_without_a_quota_to_alone": round(p99[_WITHOUT] / p99[_QUIET], 2),
            "busy_requests": {beside: sum(map(len, turns)) for beside, turns in busy.items()},
        },
        details=[
            {"beside": beside, "requests": sum(map(len, quiet[beside])), "p99_ms": round(1000 * seconds, 1)}
            for beside, seconds in p99.items()
        ],
    )


def _measured(deployment: Deployment, product: RidesProduct, tell: Tell) -> tuple[Turns, Turns]:
    quota = f"rate={_RATE:g}"
    tokens = {
        name: _token(deployment, name, quota if name == _WITHIN else None)
        for name in (_QUIET, _WITHIN, _WITHOUT)
    }
    rows = product.instances(_ROWS)
    one, many = [json.dumps({"instances": rows[:1]})], [json.dumps({"instances": rows})]
    quiet: dict[str, list[list[Reply]]] = {name: [] for name in tokens}
    busy: dict[str, list[list[Reply]]] = {_WITHIN: [], _WITHOUT: []}
    for turn in range(_TURNS + 1):  # the first warms up
        tell(f"turn {turn} of {_TURNS}")
        for beside, token in tokens.items():
            asking = _load(deployment, tokens[_QUIET], one, connections=1)
            if beside in busy:
                with _load(deployment, token, many, connections=_CONNECTIONS) as loading, asking:
                    time.sleep(_TURN_S)
                busy[beside] += [loading.replies] if turn else []
            else:
                with asking:
                    time.sleep(_TURN_S)
            quiet[beside] += [asking.replies] if turn else []
    return quiet, busy


def _load(deployment: Deployment, token: str, bodies: Sequence[str], *, connections: int) -> Load:
    return Load(
        url=deployment.predict_url(MODEL),
        token=token,
        ca_bundle=str(deployment.place.ca_bundle),
        bodies=bodies,
        connections=connections,
        pause_s=_PAUSE_S if connections == 1 else 0.0,
    )


def _token(deployment: Deployment, name: str, quota: str | None) -> str:
    """A token of a new client for a tenant of its own."""
    pool = UserPool(deployment)
    pool.add(name, asked_grant(deployment, Grant(), Asked(models=[MODEL], tenant=name, quota=quota)))
    token: str = pool.sign_in(name, pool.renew(name))["IdToken"]
    return token


def _p99(turns: Sequence[Sequence[Reply]]) -> float:
    """Seconds; of all turns together."""
    return float(np.quantile([reply.seconds for turn in turns for reply in turn], 0.99))

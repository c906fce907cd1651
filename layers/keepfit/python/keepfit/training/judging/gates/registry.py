"""The registry of gates, in the order of a judgement; imports one on first use.

Definitions are read where nothing is judged, so what they may say of a gate stands here, beside where it is.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Final, Literal

if TYPE_CHECKING:
    from keepfit.training.judging.gates.base import Gate, ReleaseGate

Stage = Literal["trial", "answers", "holdout", "release"]
"""The evidence that a gate needs: the candidate's trial, its answers to the holdout, how good those are, or the answers
of its release over HTTPS."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """A gate as definitions and commands see it.

    Args:
        module: holds it as ``GATE``.
        stage: the evidence that it needs.
        asks: what it asks, in one line.
        otherwise: why it gives no verdict, where it gives none.
        setting: the key of a model's definition without which it is not asked; None where it always is.
        basic: without it a judgement would be one of another model, so that ``gates.require`` need not name it.
        warns: whether ``gates.warn`` may name it; what gives no answers cannot go on.
    """

    module: str
    stage: Stage
    asks: str
    otherwise: str = "the candidate did not come so far"
    setting: str | None = None
    basic: bool = False
    warns: bool = True


_CHAMPION: Final = "there is no champion to compare with"
_UNRELEASED: Final = "the run did not come so far as to release it"

LISTINGS: Final[Mapping[str, Listing]] = {
    "trained": Listing(
        module="keepfit.training.judging.gates.trained",
        stage="trial",
        asks="its training ended with a model",
        basic=True,
        warns=False,
    ),
    "parity": Listing(
        module="keepfit.training.judging.gates.parity",
        stage="trial",
        asks="the exported model answers like the trained one, on rows chosen to part them",
        basic=True,
    ),
    "answers": Listing(
        module="keepfit.training.judging.gates.answers",
        stage="answers",
        asks="the serving code answers every row of the holdout with it",
        basic=True,
        warns=False,
    ),
    "serving_parity": Listing(
        module="keepfit.training.judging.gates.serving_parity",
        stage="answers",
        asks="serving answers the holdout like training did",
        basic=True,
    ),
    "min_value": Listing(
        module="keepfit.training.judging.gates.min_value",
        stage="holdout",
        asks="its metric reaches gates.min_value",
        setting="gates.min_value",
    ),
    "better_than_constant": Listing(
        module="keepfit.training.judging.gates.better_than_constant",
        stage="holdout",
        asks="it is surely (95 %) better than the best model that answers every row alike",
    ),
    "min_gain": Listing(
        module="keepfit.training.judging.gates.min_gain",
        stage="holdout",
        asks="it is better than the champion by more than gates.min_gain, on the same rows",
        otherwise=_CHAMPION,
    ),
    "certainty": Listing(
        module="keepfit.training.judging.gates.certainty",
        stage="holdout",
        asks="it is so in a share of gates.certainty of resamples",
        otherwise=f"{_CHAMPION}, or there is no gain to be certain of",
    ),
    "trusted_rows": Listing(
        module="keepfit.training.judging.gates.trusted_rows",
        stage="holdout",
        asks="it is no worse than gates.max_trusted_loss allows on rows known before, and on those that came since",
        otherwise="no rows can be compared that were known before the champion",
    ),
    "worst_slice": Listing(
        module="keepfit.training.judging.gates.worst_slice",
        stage="holdout",
        asks="it is good enough on every slice, those included that a search came upon",
        otherwise="no slice has enough rows",
        setting="gates.worst_slice",
    ),
    "fairness": Listing(
        module="keepfit.training.judging.gates.fairness",
        stage="holdout",
        asks="rates of groups are no farther apart than gates.fairness.max_gap",
        otherwise="no two groups have enough rows",
        setting="gates.fairness",
    ),
    "calibration_error": Listing(
        module="keepfit.training.judging.gates.calibration_error",
        stage="holdout",
        asks="probabilities are no farther from what comes true than gates.max_calibration_error",
        otherwise="the task claims no probability",
        setting="gates.max_calibration_error",
    ),
    "latency": Listing(
        module="keepfit.training.judging.gates.latency",
        stage="holdout",
        asks="95 % of single requests are answered within gates.max_latency_ms",
        setting="gates.max_latency_ms",
    ),
    "size": Listing(
        module="keepfit.training.judging.gates.size",
        stage="holdout",
        asks="its file is no larger than gates.max_size_mb",
        setting="gates.max_size_mb",
    ),
    "replay": Listing(
        module="keepfit.training.judging.gates.replay",
        stage="holdout",
        asks="it answers the last gates.replay_requests logged requests, most like the champion",
        otherwise="no request is logged yet",
        setting="gates.replay_requests",
    ),
    "model_tests": Listing(
        module="keepfit.training.judging.gates.model_tests",
        stage="holdout",
        asks="it passes each of the model's tests",
        setting="tests",
    ),
    "golden": Listing(
        module="keepfit.training.judging.gates.golden",
        stage="release",
        asks="its release gives the answers of its registration over HTTPS, before any client",
        otherwise=_UNRELEASED,
        basic=True,
        warns=False,
    ),
    "system_tests": Listing(
        module="keepfit.training.judging.gates.system_tests",
        stage="release",
        asks="there it refuses bad requests as documented, and gives the answers that its tests expect",
        otherwise=_UNRELEASED,
        basic=True,
    ),
}


def gate_of(name: str) -> Gate:
    """The gate listed under ``name`` on candidates. Raises KeyError for an unknown name."""
    gate: Gate = import_module(LISTINGS[name].module).GATE
    return gate


def release_gates() -> dict[str, ReleaseGate]:
    """The gates on releases by name, in the order of a judgement."""
    return {
        name: import_module(listing.module).GATE
        for name, listing in LISTINGS.items()
        if listing.stage == "release"
    }

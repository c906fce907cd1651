"""The policy of a definition about triggers: which of them may start a run at all."""

from __future__ import annotations

from keepfit.training.definition import RetrainingDefinition
from keepfit.training.runs.situation import Situation
from keepfit.training.runs.triggers import Trigger


def against_policy(trigger: Trigger, situation: Situation, policy: RetrainingDefinition) -> str | None:
    """The reason why the policy suppresses a trigger; None where it does not."""
    if trigger.kind == "upload":
        return _upload_against_policy(trigger, situation, policy)
    if trigger.kind == "alarm":
        return _alarm_against_policy(trigger, situation, policy)
    if trigger.kind == "deployment":
        return _deployment_against_policy(situation)
    if trigger.kind == "node" and trigger.release is None:
        return f"no version is registered that could be released with {trigger.detail.get('model')}"
    if trigger.kind == "schedule" and "schedule" not in policy.on:
        return _not_on("a schedule", policy)
    return None


def _upload_against_policy(
    trigger: Trigger, situation: Situation, policy: RetrainingDefinition
) -> str | None:
    if not trigger.wants_training:
        return (
            f"the {trigger.removal} requested no training; the next upload of {trigger.dataset} includes it"
        )
    if trigger.dataset == situation.spine and trigger.detail.get("rows") == 0:
        return f"{trigger.dataset} holds no rows any more; upload data and training starts"
    first = situation.champion is None and ("upload" in policy.on or "first_upload" in policy.on)
    # Whatever retrains it else: what serves may have learned from what is forgotten.
    if first or (trigger.forgets and situation.champion is not None):
        return None
    alarm_waits = situation.alarm_since is not None and "alarm" in policy.on and not trigger.removal
    if "upload" not in policy.on and not alarm_waits:
        return _not_on(f"a {trigger.removal}" if trigger.removal else "an upload", policy)
    if trigger.dataset != situation.spine:
        return f"{trigger.dataset} adds no outcome to learn from; the next upload of {situation.spine} takes it along"
    return None


def _alarm_against_policy(trigger: Trigger, situation: Situation, policy: RetrainingDefinition) -> str | None:
    if "alarm" not in policy.on:
        return _not_on("an alarm", policy)
    if trigger.detail.get("state", "ALARM") != "ALARM":
        return f"the alarm went to {trigger.detail['state']}, which requires no training"
    if trigger.kept and not trigger.retry and situation.alarm_since is None:
        return "the alarm no longer stands: the run that was under way has answered it"
    return None


def _deployment_against_policy(situation: Situation) -> str | None:
    if situation.champion is None:
        return "nothing serves yet: the first version is packaged with what was deployed"
    if not situation.follows_deployments:
        return "release.on_deployment = false: `keepfit release` packages what serves with what was deployed"
    return None


def _not_on(what: str, policy: RetrainingDefinition) -> str:
    return f"{what} does not retrain this model (retraining.on = {', '.join(policy.on) or 'nothing'})"

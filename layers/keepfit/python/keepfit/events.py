"""The events that keepfit sends and receives, by their names on the event bus."""

from __future__ import annotations

from typing import Any, Final, Protocol

# Who sends: keepfit's own functions, or a person by way of the command.
SOURCE: Final = "keepfit"
PERSON: Final = "keepfit.person"

DATASET_UPDATED: Final = "Dataset Updated"
FEATURES_BEHIND: Final = "Features Behind"
ALIAS_MOVED: Final = "Alias Moved"
ALARM_STANDING: Final = "Alarm Standing"
APPROVAL_ASKED: Final = "Approval Asked"
CHAMPION_CHANGED: Final = "Champion Changed"
GAIN_MEASURED: Final = "Gain Measured"
INCIDENT_OPENED: Final = "Incident Opened"
INCIDENT_CLOSED: Final = "Incident Closed"
NOTICE_GIVEN: Final = "Notice Given"
RETRAINING_REQUESTED: Final = "Retraining Requested"
TRAINING_REQUESTED: Final = "Training Requested"
RELEASE_REQUESTED: Final = "Release Requested"

ALARM_CHANGED: Final = "CloudWatch Alarm State Change"
CLOUDFORMATION: Final = "aws.cloudformation"
STACK_CHANGED: Final = "CloudFormation Stack Status Change"
DEPLOYED: Final = "UPDATE_COMPLETE"
"""The status of a stack whose functions may have changed; one that is created serves nothing yet."""


class Events(Protocol):
    """Sends events: at least once, in any order."""

    def put(self, detail_type: str, detail: dict[str, Any]) -> None:
        """Sends ``{"source": "keepfit", "detail-type": detail_type, "detail": detail}``."""
        ...

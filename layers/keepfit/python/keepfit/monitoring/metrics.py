"""Names of the metrics of a model, as alarms and dashboards refer to them."""

from __future__ import annotations

from typing import Final

NAMESPACE: Final = "keepfit"
# Its value is a model's name; alarms match the whole set of dimensions, so no other may join it.
DIMENSION: Final = "Model"
HEARTBEAT: Final = "monitor_heartbeat"
WORST_DRIFT: Final = "worst_drift"
DRIFTED_INPUTS: Final = "drifted_inputs"
LIVE_PERFORMANCE: Final = "live_performance"
ESTIMATED_PERFORMANCE: Final = "estimated_performance"
DECAY: Final = "decay"
ESTIMATED_DECAY: Final = "estimated_decay"
OPEN_INCIDENTS: Final = "open_incidents"

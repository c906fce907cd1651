"""The patches of the emulator, one module per area.

Each asserts what it patches, and says what was wrong with it.

Imported only inside the launcher, after the emulator's configuration is in the environment.
"""

from __future__ import annotations

from importlib import import_module

from localcloud.overlay.context import CloudContext

_AREAS = (
    "credentials",
    "permissions",
    "missing_objects",
    "service_access",
    "metrics",
    "log_patterns",
    "firehose",
    "subscriptions",
    "alarms",
    "log_ingestion",
    "workers",
    "template_functions",
    "queues",
    "async_invocations",
    "invocations",
    "payload_limits",
    "releases",
    "http_api",
    "event_targets",
    "stack_events",
    "object_events",
    "schedules",
    "executions",
    "execution_logs",
    "state_machine_access",
    "task_tokens",
    "fargate",
    "container_services",
    "load_balancing",
    "application_autoscaling",
    "emr_serverless",
    "ecr",
    "athena",
    "placeholders",
    "snapshots",
)
"""The modules of patches, in the order in which they build on each other."""


def install(cloud: CloudContext) -> None:
    """Applies every patch, in the order in which they build on each other.

    Raises:
        UnknownEmulator: a part of the emulator is not as the overlay expects it.
    """
    for area in _AREAS:
        import_module(f"{__name__}.{area}").install(cloud)


def started() -> None:
    """Starts what runs beside the emulator, once it has read its state."""
    from localcloud.overlay import snapshots

    snapshots.start()


def stopping() -> None:
    """Delivers pending data, writes the state for the last time, and ends every process."""
    from localcloud.overlay import emr_serverless, fargate, firehose, snapshots, subscriptions, workers

    emr_serverless.end_all()
    fargate.end_all()
    subscriptions.flush()
    firehose.flush()
    snapshots.save_all()
    workers.end_all()

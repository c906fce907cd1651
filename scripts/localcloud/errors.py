"""The errors of the embedded cloud.

LocalCloudError
├── UnknownEmulator   the installed emulator is not the one the overlay was written for
├── CloudDown         nothing runs in this state folder
├── CloudFailed       the process did not come up, or did not go away
├── DeploymentFailed  a stack could not be created, updated or deleted
├── ImageRefused      a Dockerfile asks for something a process cannot be given
└── SparkMissing      a job of Spark, and none on this machine
"""

from __future__ import annotations


class LocalCloudError(Exception):
    """The base of all errors of this package; the message says what, why and what to do."""


class UnknownEmulator(LocalCloudError):
    """The installed emulator, or a part of it, is not the one the overlay was written for."""


class CloudDown(LocalCloudError):
    """Nothing runs in this state folder."""


class CloudFailed(LocalCloudError):
    """The process did not come up, or did not go away."""


class DeploymentFailed(LocalCloudError):
    """A stack could not be created, updated or deleted; names the resources and their reasons."""


class ImageRefused(LocalCloudError):
    """A Dockerfile needs something that a container run as a process cannot have."""


class SparkMissing(LocalCloudError):
    """A job needs Spark, which is installed by a command of its own; names that command."""

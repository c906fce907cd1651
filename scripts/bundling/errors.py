"""The errors of building; each message says what is wrong, why, and what to do next."""

from __future__ import annotations


class BundlingError(Exception):
    """A build that cannot be finished."""


class ToolMissing(BundlingError):
    """uv is not where it is looked for."""


class InterpreterMissing(BundlingError):
    """No Python of the version that Lambda runs."""


class InstallFailed(BundlingError):
    """uv could not install a layer's locked requirements."""


class SourceMissing(BundlingError):
    """A file that a bundle is made of does not exist."""


class TooLarge(BundlingError):
    """A layer that Lambda would refuse."""

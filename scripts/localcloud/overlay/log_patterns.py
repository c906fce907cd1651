"""CloudWatch Logs filter patterns with their meaning on AWS.

The stock emulator looks for the words of a pattern, and lets every event through a JSON pattern.
"""

from __future__ import annotations

import functools

from ministack.services import cloudwatch_logs

from localcloud.filter_pattern import Matcher, compile_pattern
from localcloud.overlay.context import CloudContext
from localcloud.overlay.patching import replace


@functools.lru_cache(maxsize=512)
def compiled(pattern: str) -> Matcher:
    """The matcher of a filter pattern."""
    return compile_pattern(pattern)


def matches(pattern: str | None, message: str | None) -> bool:
    """Whether a message passes a filter pattern."""
    return compiled(pattern or "")(message or "")


def _compile(raw: str | None) -> Matcher:
    return compiled(raw or "")


def install(cloud: CloudContext) -> None:
    """Uses real filter patterns for subscriptions, live tails and FilterLogEvents."""
    replace(cloudwatch_logs, "_subscription_pattern_matches", matches, params="pattern,message")
    replace(cloudwatch_logs, "_compile_filter_pattern", _compile, params="raw")

"""Settings of a function from its environment: names of resources, never behaviour."""

from __future__ import annotations

import os

from keepfit.errors import NotFound


def setting(variable: str) -> str:
    """The value of one of ``keepfit.variables``.

    Raises:
        NotFound: the variable is not set; the stack that made the function should set it.
    """
    value = os.environ.get(variable)
    if not value:
        raise NotFound(f"the environment variable {variable} is not set; the function's stack must set it")
    return value

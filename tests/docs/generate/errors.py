"""Every error that keepfit raises on purpose, from its class."""

from __future__ import annotations

import inspect

from keepfit import errors as module
from keepfit.errors import KeepfitError, Terminal, Transient
from tests.docs.generate.markdown import code, table


def errors() -> str:
    """A table of what is never tried again, and one of what may succeed later."""
    return "\n".join(
        f"## {kind.__name__}\n\n{code(kind.__doc__ or '')}\n\n{_table(kind)}"
        for kind in (Terminal, Transient)
    )


def _table(kind: type[KeepfitError]) -> str:
    found = [
        one
        for _, one in inspect.getmembers(module, inspect.isclass)
        if issubclass(one, kind) and one is not kind
    ]
    found.sort(key=lambda one: inspect.getsourcelines(one)[1])
    return table(["error", "meaning"], [[f"`{one.__name__}`", code(one.__doc__ or "")] for one in found])

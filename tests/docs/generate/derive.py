"""The grammar of derived columns, from the message that refuses anything else."""

from __future__ import annotations

from keepfit.errors import InvalidDefinition
from keepfit.features.expressions.parse import compile_expression


def derive() -> str:
    """The supported constructs, as a list."""
    try:
        compile_expression("nothing_known(1)", {})
    except InvalidDefinition as error:
        supported = str(error).partition("supported are ")[2]
        return "".join(f"* `{construct}`\n" for construct in supported.split(", "))
    raise AssertionError("an unknown function was compiled")

"""Readable summaries of stacks: every resource by type, with the properties that matter most where they are few."""

from __future__ import annotations

import re
import sys
from pathlib import Path

from infra.constructs.layers import LAYERS
from tests.infra.assembly import Template, read

# Addresses of content: they change with every change of a source, which other tests are about.
_DIGEST = re.compile(r"(?<=[A-Za-z])[0-9A-F]{8}$|[0-9a-f]{40,}")


def summary(template: Template) -> str:
    """One line per resource, sorted by type, and one per output."""
    lines = [
        f"{resource['Type']}  {_plain(name)}" for name, resource in template.document["Resources"].items()
    ]
    return (
        "\n".join([*sorted(lines), "", *(f"Output  {name}" for name in template.document["Outputs"])]) + "\n"
    )


def path_of(stack: str) -> Path:
    name = LAYERS.rstrip("-") if stack.startswith(LAYERS) else stack
    return Path(__file__).parent / "snapshots" / f"{name}.txt"


def _plain(logical_id: str) -> str:
    return _DIGEST.sub("", logical_id)


if __name__ == "__main__":
    for name, template in read(Path(sys.argv[1])).items():
        path_of(name).parent.mkdir(exist_ok=True)
        path_of(name).write_text(summary(template))

"""Readable summaries of stacks: every resource by type, with the properties that matter most where they are few."""

from __future__ import annotations

import re
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path

from infra.constructs.layers import LAYERS
from keepfit.layout import ModelScope
from planning.templates import Template, read
from tests.infra import many

SPARK = "spark-model"

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
    """The snapshot of a stack; the first model of `many` is one that may join on Spark."""
    name = LAYERS.rstrip("-") if stack.startswith(LAYERS) else stack
    name = SPARK if stack.startswith(f"{ModelScope('model_000').stack}-") else name
    return Path(__file__).parent / "snapshots" / f"{name}.txt"


def _plain(logical_id: str) -> str:
    return _DIGEST.sub("", logical_id)


def spark_model(templates: Iterable[Template]) -> Template:
    """The stack of the model of `many` that may join its features on Spark."""
    (found,) = [template for template in templates if path_of(template.name).stem == SPARK]
    return found


def _with_spark() -> Template:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        many.define(folder / "checkout", models=many.FEW, datasets=many.FEW + many.MORE_DATASETS)
        many.synthesize(folder / "assembly", folder / "checkout")
        return spark_model(read(folder / "assembly").values())


if __name__ == "__main__":
    for template in (*read(Path(sys.argv[1])).values(), _with_spark()):
        path_of(template.name).parent.mkdir(exist_ok=True)
        path_of(template.name).write_text(summary(template))

"""A project of many models and datasets, synthesized as `app.py` does it, but for the policy checks.

Those take more than half of the time and change no template; what jsii checks of Python's types takes most of the rest,
and `-O` leaves it out.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from tests.infra.assembly import ROOT

# Names as long as they may be: what holds with them holds with shorter ones.
_LONGEST_NAME = 40
_READ_BY_A_MODEL = 3
_PROGRAM = """
import sys
from pathlib import Path

from infra.settings import FEATURE_FLAGS, Settings
from aws_cdk import App
from infra.stacks.layers import LayersStack
from infra.stacks.model import ModelStack
from infra.stacks.platform import PlatformStack
from keepfit import catalogue

app = App(context=FEATURE_FLAGS, analytics_reporting=False)
settings = Settings.of(app, Path(sys.argv[1]))
defined = catalogue.compile_all(Path(sys.argv[2]))
LayersStack(app, settings=settings)
models = list(defined.models.values())
PlatformStack(app, settings=settings, datasets=defined.datasets, models=models)
for model in models:
    ModelStack(app, settings=settings, model=model)
app.synth()
"""
_DATASET = """
[dataset.{name}]
event_time = "at"
[dataset.{name}.fields]
at = {{ type = "timestamp" }}
station = {{ type = "category" }}
x_{number} = {{ type = "float" }}
late = {{ type = "bool", nullable = true }}
[feature_view.{view}]
dataset = "{name}"
entity = ["station"]
latest = ["x_{number}"]
ttl = "1d"
"""
_MODEL = """
[model.{name}]
dataset = "{dataset}"
label = "late"
inputs = ["station", "x_{number}"]
features = {features}
[model.{name}.retraining]
on = ["upload", "alarm", "schedule"]
schedule = "30d"
"""


def define(folder: Path, *, models: int, datasets: int) -> None:
    """Writes definitions; each model reads several datasets and trains by the clock too."""
    folder.mkdir()
    text = [
        _DATASET.format(name=_name("dataset", n), view=_name("view", n), number=n) for n in range(datasets)
    ]
    for n in range(models):
        others = [(n + step) % datasets for step in range(1, _READ_BY_A_MODEL)]
        features = [f"{_name('view', other)}:x_{other}" for other in others]
        own = n % datasets
        text.append(
            _MODEL.format(
                name=_name("model", n), dataset=_name("dataset", own), number=own, features=features
            )
        )
    (folder / "many.toml").write_text("".join(text))


def synthesize(outdir: Path, definitions: Path) -> None:
    """Makes the assembly. Raises CalledProcessError where the app is wrong."""
    environment = {
        "HOME": os.environ.get("HOME", str(outdir)),
        "CDK_OUTDIR": str(outdir),
        "KEEPFIT_BUILD_TARGET": "local",
        "PYTHONPATH": os.pathsep.join(str(ROOT / path) for path in (".", "layers/keepfit/python", "scripts")),
    }
    argv = [sys.executable, "-O", "-c", _PROGRAM, str(ROOT), str(definitions)]
    subprocess.run(argv, cwd=definitions, env=environment, check=True, timeout=600)


def _name(kind: str, number: int) -> str:
    return f"{kind}_{number:03}_".ljust(_LONGEST_NAME, "x")

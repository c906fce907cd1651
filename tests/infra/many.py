"""A project of many models and datasets, synthesized by `app.py`, but for the policy checks.

Those take more than half of the time and change no template; what jsii checks of Python's types takes most of the rest,
and `-O` leaves it out.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from tests.infra.assembly import ROOT
from tests.unit.features.support.embedders import embedder

# Names as long as they may be: what holds with them holds with shorter ones.
_MAX_NAME_LENGTH = 40
_READ_BY_A_MODEL = 3
# It grows in steps of one model and one dataset, so two sizes tell the third; each model reads three datasets.
FEW, MORE = 1, 2
DECAY_THRESHOLDS = {"decay": 0.05, "estimated_decay": 0.03}
"""Of each model, by the metric."""
MORE_DATASETS = 2
_PROGRAM = """
import runpy
import infra
from aws_cdk import Validations

Validations.add_plugins = lambda *_: None
runpy.run_path("app.py")
"""
_DATASET = """
[dataset.{name}]
event_time = "at"
[dataset.{name}.fields]
at = {{ type = "timestamp" }}
station = {{ type = "category" }}
x_{number} = {{ type = "float" }}
late = {{ type = "bool", nullable = true }}
{picture}
[feature_view.{view}]
dataset = "{name}"
entity = ["station"]
latest = ["x_{number}"]
ttl = "1d"
online = true
"""
_PICTURE = 'picture = { type = "image", extractor = { onnx = "embedder.onnx" } }'
_MODEL = """
[model.{name}]
dataset = "{dataset}"
label = "late"
inputs = ["station", "x_{number}"{picture}]
features = {features}
lookup = {lookup}
[model.{name}.outcomes]
[model.{name}.monitoring]
{thresholds}
[model.{name}.retraining]
on = ["upload", "alarm", "schedule"]
schedule = "30d"
"""
_SPARK = """
[model.{name}.training]
engine = "spark"
[model.{name}.release]
approval = "required"
approval_period = "2d"
"""
_CHANNELS = """
[channel.team]
mail = ["ada@example.org", "grace@example.org"]
models = ["{name}"]
[channel.pager]
topic = "arn:aws:sns:eu-west-1:123456789012:pager"
about = ["alarm", "incident"]
[channel.chat]
webhook = "/keepfit/chat"
"""
_SERVED = """
[dataset.trips]
event_time = "at"
[dataset.trips.fields]
at = { type = "timestamp" }
station = { type = "category" }
late = { type = "bool", nullable = true }
[model.lateness]
dataset = "trips"
label = "late"
inputs = ["station"]
serving = { on = "container", min_tasks = 1, max_tasks = 3 }
outcomes = {}
"""


def define(root: Path, *, models: int, datasets: int) -> None:
    """Makes a checkout with definitions of its own; each model reads several datasets and trains by the clock too.

    The first reads pictures by a network of its own, may join its features on Spark, and releases what was approved.
    """
    _copy_sources(root)
    text = [
        _DATASET.format(
            name=_name("dataset", n), view=_name("view", n), number=n, picture="" if n else _PICTURE
        )
        for n in range(datasets)
    ]
    for n in range(models):
        others = [(n + step) % datasets for step in range(1, _READ_BY_A_MODEL)]
        features = [f"{_name('view', other)}:x_{other}" for other in others]
        own = n % datasets
        text.append(
            _MODEL.format(
                name=_name("model", n),
                dataset=_name("dataset", own),
                number=own,
                features=features,
                lookup=[feature.partition(":")[0] for feature in features[:1]],
                picture="" if n else ', "picture"',
                thresholds="\n".join(
                    f"{metric}_threshold = {least}" for metric, least in DECAY_THRESHOLDS.items()
                ),
            )
        )
    text.append(_SPARK.format(name=_name("model", 0)))
    text.append(_CHANNELS.format(name=_name("model", 0)))
    (root / "models" / "embedder.onnx").write_bytes(embedder())
    (root / "models" / "many.toml").write_text("".join(text))


def define_served(root: Path) -> None:
    """Makes a checkout with one model, which containers serve."""
    _copy_sources(root)
    (root / "models" / "served.toml").write_text(_SERVED)


def _copy_sources(root: Path) -> None:
    (root / "models").mkdir(parents=True)
    shutil.copy(ROOT / "app.py", root)
    for folder in ("infra", "functions"):
        shutil.copytree(ROOT / folder, root / folder, ignore=shutil.ignore_patterns("__pycache__"))
    (root / "build").symlink_to(ROOT / "build")


def synthesize(outdir: Path, root: Path) -> None:
    """Makes the assembly. Raises CalledProcessError where the app is wrong."""
    paths = [str(root), *(str(ROOT / path) for path in ("layers/keepfit/python", "scripts"))]
    environment = {
        "HOME": os.environ.get("HOME", str(outdir)),
        "CDK_OUTDIR": str(outdir),
        "KEEPFIT_BUILD_TARGET": "local",
        "CDK_VALIDATION": "false",
        "PYTHONPATH": os.pathsep.join(paths),
    }
    subprocess.run([sys.executable, "-O", "-c", _PROGRAM], cwd=root, env=environment, check=True, timeout=600)


def _name(kind: str, number: int) -> str:
    return f"{kind}_{number:03}_".ljust(_MAX_NAME_LENGTH, "x")

"""The pages that say how to add something are followed to the letter, on a copy of the library."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.docs.pages import ROOT, Page

_LIBRARY = "layers/keepfit/python"
_PLACE = re.compile(r"# (\S+\.py)(?:, in (\w+))?\n(.*)", re.DOTALL)

_DEFINITION = """
[dataset.trips]
event_time = "at"
[dataset.trips.fields]
at = { type = "timestamp" }
station = { type = "category" }
distance = { type = "float", nullable = true }
late = { type = "bool" }
[model.lateness]
dataset = "trips"
label = "late"
inputs = ["station", "distance"]
"""

_TRAINED = """
from pathlib import Path
from keepfit.definitions import compiling
from keepfit.training.trials.rehearsal import rehearse
model = compiling.compile_all(Path("models")).models["lateness"].definition
candidate = model.training.candidates["trees"]
parity = rehearse(candidate, ["category", "nullable"], model.gates)
print(candidate.algorithm, parity.rows > 100, parity.flipped_labels)
"""

_WATCHED = """
from pathlib import Path
import numpy as np
from keepfit.definitions import compiling
from keepfit.monitoring.drift.compare import compare
from keepfit.monitoring.drift.decision import Threshold
from keepfit.monitoring.profiles.profile import profile_of
watched = compiling.compile_all(Path("models")).models["lateness"].definition.monitoring
random = np.random.default_rng(0)
profile = profile_of({"x": random.normal(size=5000)}, {"x": "float"})
for moved in (0, 1):
    window = profile.counts_of({"x": random.normal(loc=moved, size=1000)})
    decision = Threshold(limit=watched.drift_threshold, minimum_rows=watched.minimum_rows)
    report = compare(profile, window, decision, statistic=watched.statistic)
    print(report.columns[0].statistic, report.drifted)
"""


def _followed(page: Page, folder: Path) -> None:
    """Makes in ``folder`` what the page's Python blocks say: new files, and lines at the head of a table."""
    shutil.copytree(ROOT / _LIBRARY, folder / _LIBRARY, ignore=shutil.ignore_patterns("__pycache__"))
    for block in page.blocks("python"):
        found = _PLACE.fullmatch(block)
        assert found, f"{page.name} does not say where a block belongs"
        path, table, code = found.groups()
        if table is None:
            assert not (folder / path).exists()
            (folder / path).write_text(code)
            continue
        text = (folder / path).read_text()
        longer = re.sub(rf"^({table}\b[^\n]*\{{\n)", rf"\g<1>{code}", text, count=1, flags=re.MULTILINE)
        assert longer != text, f"{path} has no table {table}"
        (folder / path).write_text(longer)


@pytest.mark.parametrize(
    ("name", "program", "said"),
    [
        ("add-an-algorithm", _TRAINED, ["extra_trees True 0"]),
        ("add-a-statistic", _WATCHED, ["jensen_shannon []", "jensen_shannon ['x']"]),
    ],
)
def test_a_file_and_a_line_are_enough(tmp_path: Path, name: str, program: str, said: list[str]) -> None:
    page = Page.read(f"docs/how-to/{name}.md")
    _followed(page, tmp_path)
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / "trips.toml").write_text("\n".join([_DEFINITION, *page.blocks("toml")]))
    environment = {**os.environ, "PYTHONPATH": str(tmp_path / _LIBRARY)}
    ran = subprocess.run(
        [sys.executable, "-c", program],
        cwd=tmp_path,
        env=environment,
        text=True,
        capture_output=True,
        check=False,
    )
    assert (ran.stdout.splitlines(), ran.stderr) == (said, "")

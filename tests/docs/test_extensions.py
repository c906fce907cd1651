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
_PLACE = re.compile(r"# (\S+\.py)(?:, (?:in (\w+)|among the (imports)|at the (end)))?\n(.*)", re.DOTALL)
_FIRST_IMPORT = "from __future__ import annotations\n\n"

_DEFINITION = """
[dataset.trips]
event_time = "at"
[dataset.trips.fields]
at = { type = "timestamp" }
station = { type = "category" }
distance = { type = "float", nullable = true }
late = { type = "bool" }
stops = { type = "int" }
[model.lateness]
dataset = "trips"
label = "late"
inputs = ["station", "distance"]
"""

_TRAINED = """
from pathlib import Path
from keepfit.definitions import compiling
from keepfit.training.trials.synthetic_trial import rehearse
model = compiling.compile_all(Path("models")).models["lateness"].definition
candidate = model.training.candidates["trees"]
parity = rehearse(candidate, ["category", "nullable"], model.gates, "binary")
print(candidate.algorithm, parity.rows > 100, parity.flipped_labels)
"""

_JUDGED = """
from pathlib import Path
import numpy as np
from keepfit.definitions import compiling
from keepfit.evaluation.tasks.registry import training_task_of
from keepfit.tasks.spec import BINARY
from keepfit.training.judging.evidence import Answers, CandidateTrial
from keepfit.training.judging.judge import judge
gates = compiling.compile_all(Path("models")).models["lateness"].definition.gates
labels = np.arange(200) % 2 == 0
answers = np.where(labels, 0.9, 0.6)
judgement = judge(
    labels,
    [CandidateTrial(name="a", validation=0.9)],
    lambda name: Answers(served=answers, native=answers),
    None,
    gates,
    task=training_task_of(BINARY),
    seed=0,
)
[verdict] = [each for each in judgement.evaluations[0].gates if not each.passed]
print(judgement.winner, verdict.severity, verdict.reason)
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
    decision = Threshold(
        limit=watched.threshold, minimum_rows=watched.minimum_rows, statistic=watched.statistic
    )
    report = compare(profile, window, decision, statistics=watched.measured)
    print(report.columns[0].statistic, report.drifted)
"""

_READ = """
from datetime import UTC, datetime
from pathlib import Path
import duckdb
from msgspec.structs import replace
from keepfit.definitions import compiling
from keepfit.features.datasets.manifest import Source
from keepfit.features.ingest.reading import read_upload
from keepfit.features.io.formats import FileFormat
from keepfit.features.schema.signature import Column, Signature
from keepfit.features.schema.types.base import type_of
from keepfit.serving.inference.instances import InstanceDecoder
laps = replace(compiling.compile_all(Path("models")).datasets["laps"].definition, max_bad_share=0.9)
folder = Path("work")
folder.mkdir()
(folder / "laps.csv").write_text("at,lap\\n2013-01-01,12:30\\n2013-01-01,1:90\\n2013-01-01,100:00\\n")
outcome = read_upload(
    folder / "laps.csv",
    FileFormat("csv", packed=False),
    dataset=laps,
    source=Source(bucket="b", key="k", version_id="v", sha256="00"),
    folder=folder,
    at=datetime(2013, 2, 1, tzinfo=UTC),
)
print(duckdb.sql(f"SELECT lap FROM '{outcome.part}'").fetchall())
print(duckdb.sql(f"SELECT {type_of('stopwatch').sent_sql('750.0')}").fetchall())
print(outcome.quarantine.read_text())
column = Column(name="lap", source="input", type="stopwatch", max=3600)
decoder = InstanceDecoder(Signature(model="m", label="l", event_time=None, columns=[column]))
print(decoder.decode('{"instances": [{"lap": "12:30"}]}').instances[0].f0)
for wrong in ("1:90", "100:00"):
    try:
        decoder.decode('{"instances": [{"lap": "%s"}]}' % wrong)
    except Exception as error:
        print(error.details)
"""


_COMPILED = """
from pathlib import Path
from keepfit.definitions import compiling
print({name: model.task for name, model in compiling.compile_all(Path("models")).models.items()})
"""

# Its own tests of engines, on the copy, for the engine that the definition names.
_JOINED = f"""
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path
import pytest
from keepfit.application.engines import engine_of
from keepfit.definitions import compiling
name = compiling.compile_all(Path("models")).models["lateness"].definition.training.engine
suite = {str(ROOT / "tests" / "contract" / "test_engines.py")!r}
with redirect_stdout(StringIO()) as report:
    failed = pytest.main(["-q", "-n", "0", "-p", "no:cacheprovider", suite, "-k", name])
print(type(engine_of(name, memory_mb=64, threads=1)).__name__, report.getvalue() if failed else "passed")
"""


# Answers of a small model of the tests, by the library of the copy.
_ANSWERED = f"""
import sys
sys.path.append({str(ROOT)!r})
import json
from keepfit.serving.requests.predictor import Predictor
from tests.unit.serving.support.small_model import instances, scorer
predictor = Predictor(scorer=scorer(), model="m", version=1, log=lambda lines: None)
def ask(body, kind):
    return predictor.answer({{"body": body, "headers": {{"content-type": kind}}}})
sent = instances(3)
lines = ask("\\n".join(map(json.dumps, sent)), "application/jsonl")
known = json.loads(ask(json.dumps({{"instances": sent}}), "application/json")["body"])
print(lines["headers"]["content-type"])
print([json.loads(line)["probability"] for line in lines["body"].splitlines()] == known["probabilities"])
print(json.loads(ask("{{", "application/jsonl")["body"])["code"])
"""


def _followed(page: Page, folder: Path) -> None:
    """Makes in ``folder`` what the page's Python blocks say: new files, and lines at the head of a table."""
    shutil.copytree(ROOT / _LIBRARY, folder / _LIBRARY, ignore=shutil.ignore_patterns("__pycache__"))
    for block in page.blocks("python"):
        found = _PLACE.fullmatch(block)
        assert found, f"{page.name} does not say where a block belongs"
        path, table, imports, end, code = found.groups()
        if end:
            with (folder / path).open("a") as file:
                file.write(f"\n\n{code}")
            continue
        if imports:
            text = (folder / path).read_text()
            (folder / path).write_text(text.replace(_FIRST_IMPORT, _FIRST_IMPORT + code, 1))
            continue
        if table is None:
            assert not (folder / path).exists()
            (folder / path).write_text(code)
            continue
        text = (folder / path).read_text()
        longer = re.sub(rf"^({table}\b[^\n]*\{{\n)", rf"\g<1>{code}", text, count=1, flags=re.MULTILINE)
        assert longer != text, f"{path} has no table {table}"
        (folder / path).write_text(longer)


_AGGREGATED = """
from pathlib import Path
import numpy as np
from keepfit.definitions import compiling
from keepfit.features.aggregates.base import Event
from keepfit.features.aggregates.registry import aggregate_of
from keepfit.features.offline.columns import Values
from keepfit.features.offline.windows.asking_rows import AskingRows
from keepfit.features.offline.windows.compute import Wanted, compute
from keepfit.features.offline.windows.events import Events
print(compiling.compile_all(Path("models")).views["distances"].aggregates["extent_of_distance"].aggregate)
aggregate, state = aggregate_of("extent"), []
for value in (3.0, 7.5, 5.0):
    state = aggregate.add(state, Event(value))
rows = AskingRows.of(np.zeros(2, int), np.array([0, 3]), entities=1)
column = Values(np.array([3.0, 7.5, 5.0]), None)
events = Events(np.zeros(3, int), np.array([1, 2, 3]), None, None, (column,))
[found] = compute(rows, events, [Wanted("extent", 0, 10)])
print(aggregate.finish(state), found.values[found.presence()], aggregate.finish(aggregate.zero()))
"""


@pytest.mark.parametrize(
    ("name", "program", "said"),
    [
        ("add-an-aggregate", _AGGREGATED, ["extent", "4.5 [4.5] None"]),
        ("add-an-algorithm", _TRAINED, ["decision_tree True 0"]),
        ("add-a-statistic", _WATCHED, ["total_variation []", "total_variation ['x']"]),
        ("add-a-protocol", _ANSWERED, ["application/jsonl", "True", "invalid_json"]),
        (
            "add-a-gate",
            _JUDGED,
            ["a warned answers are +0.250 from the labels on average; 0.05 is allowed"],
        ),
        ("add-an-engine", _JOINED, ["PandasEngine passed"]),
        (
            "add-a-field-type",
            _READ,
            [
                "[(750.0,)]",
                "[('12:30',)]",
                '{"row":3,"field":"lap","reason":"is not minutes and seconds such as 12:30","value":"1:90"}',
                '{"row":4,"field":"lap","reason":"is above the maximum 3600","value":"100:00"}',
                "",
                "750.0",
                "[(0, 'lap', 'is not minutes and seconds such as 12:30')]",
                "[(0, 'lap', 'is above the maximum 3600')]",
            ],
        ),
    ],
)
def test_a_file_and_a_line_are_enough(tmp_path: Path, name: str, program: str, said: list[str]) -> None:
    _copied(f"docs/how-to/{name}.md", tmp_path)
    ran = _run(tmp_path, "-c", program)
    assert (ran.stdout.splitlines(), ran.stderr) == (said, "")


def test_a_fourth_task_goes_from_an_upload_to_an_answer_and_its_drift(tmp_path: Path) -> None:
    _copied("docs/how-to/add-a-task.md", tmp_path)
    assert _run(tmp_path, "-c", _COMPILED).stdout == "{'delays': 'count', 'lateness': 'binary'}\n"
    options = ["-q", "-p", "no:cacheprovider", "--rootdir", str(ROOT), "-c", str(ROOT / "pyproject.toml")]
    ran = _run(
        tmp_path, "-m", "pytest", *options, str(ROOT / "tests/functions/test_every_task.py"), "-k", "count"
    )
    assert "1 passed" in ran.stdout, ran.stdout


def _copied(name: str, folder: Path) -> None:
    """A copy of the library with what a page adds to it, and the page's definitions."""
    page = Page.read(name)
    _followed(page, folder)
    (folder / "models").mkdir()
    (folder / "models" / "trips.toml").write_text("\n".join([_DEFINITION, *page.blocks("toml")]))


def _run(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(folder / _LIBRARY)}
    return subprocess.run(
        [sys.executable, *words], cwd=folder, env=environment, text=True, capture_output=True, check=False
    )

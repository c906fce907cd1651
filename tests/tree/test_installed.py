"""keepfit from a wheel and from a source distribution, in an environment that has nothing else."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
import yaml

from bundling.installing import find_uv
from toolchain.surroundings import surroundings

pytestmark = pytest.mark.long

# A CDK app of somebody who has a package `infra` of their own.
APP = """
from keepfit_cdk import FEATURE_FLAGS, LayersStack, ModelStack, Platform, PlatformStack, Settings, compile_all

from aws_cdk import App, CfnOutput, CfnResource, Stack

from infra import NAME

app = App(context=FEATURE_FLAGS)
settings = Settings.of(app)
defined = compile_all(settings.models)
models = list(defined.models.values())
LayersStack(app, settings=settings)
PlatformStack(
    app,
    settings=settings,
    datasets=defined.datasets,
    models=models,
    views=defined.online,
    channels=defined.channels,
)
for model in models:
    ModelStack(app, settings=settings, model=model)
own = Stack(app, NAME)
CfnResource(own, "Topic", type="AWS::SNS::Topic")
CfnOutput(own, "NameOfLake", value=Platform.imported_into(own).lake.bucket_name)
app.synth()
"""


def _run(*command: object, cwd: Path, **extra: str) -> str:
    foreign = ("KEEPFIT_", "AWS_", "CDK_")
    kept = {name: value for name, value in surroundings(cwd).items() if not name.startswith(foreign)}
    done = subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        env={**kept, **extra},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-4000:]
    return done.stdout


@pytest.fixture(scope="module")
def built(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A wheel made of a source distribution, which is beside it."""
    folder = tmp_path_factory.mktemp("built")
    backends = root / "scripts" / "locks" / "build.txt"
    _run(find_uv(root), "build", "--build-constraints", backends, "--out-dir", folder, cwd=root)
    return folder


@pytest.fixture(scope="module")
def bin_folder(built: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The programs of an environment with the wheel and what it declares."""
    folder = tmp_path_factory.mktemp("installed")
    _run(sys.executable, "-m", "venv", folder / "venv", cwd=folder)
    (wheel,) = built.glob("*.whl")
    _run(folder / "venv" / "bin" / "pip", "install", "--quiet", f"{wheel}[cloud]", cwd=folder)
    return folder / "venv" / "bin"


@pytest.fixture(scope="module")
def project(bin_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a definition that was drafted from a table."""
    folder = tmp_path_factory.mktemp("project")
    rows = [
        f"2026-01-{1 + n // 20:02d}T08:{n % 60:02d}:00Z,{'abc'[n % 3]},{n * 7 % 60},{n * 7 % 60 > 25}"
        for n in range(400)
    ]
    (folder / "churn.csv").write_text("\n".join(["at,city,age,churned", *rows]))
    _run(bin_folder / "keepfit", "new", "churn", "churn.csv", "--label", "churned", cwd=folder)
    return folder


def test_the_wheel_of_a_source_distribution_is_that_of_the_checkout(
    root: Path, built: Path, tmp_path: Path
) -> None:
    backends = root / "scripts" / "locks" / "build.txt"
    _run(find_uv(root), "build", "--wheel", "--build-constraints", backends, "--out-dir", tmp_path, cwd=root)
    contents = []
    for folder in (built, tmp_path):
        (wheel,) = folder.glob("*.whl")
        with zipfile.ZipFile(wheel) as archive:
            contents.append({name: archive.read(name) for name in archive.namelist()})
    assert contents[0] == contents[1]


def test_what_is_installed_has_names_of_its_own(bin_folder: Path) -> None:
    (packages,) = bin_folder.parent.glob("lib/python3*/site-packages")
    common = {
        "cli",
        "infra",
        "localcloud",
        "bundling",
        "toolchain",
        "replay",
        "scripts",
        "functions",
        "layers",
    }
    assert not common & {path.stem for path in packages.iterdir()}


def test_an_installed_command_checks_what_it_drafted(bin_folder: Path, project: Path) -> None:
    assert "Usage: keepfit" in _run(bin_folder / "keepfit", "--help", cwd=project)
    answer = json.loads(_run(bin_folder / "keepfit", "definitions", "check", "--json", cwd=project))
    assert answer["mistakes"] == []
    assert Path(answer["folder"]) == project / "models"


def test_the_stacks_are_constructs_of_an_app_that_has_names_of_its_own(
    bin_folder: Path, project: Path
) -> None:
    (project / "infra").mkdir()
    (project / "infra" / "__init__.py").write_text('NAME = "own"')
    (project / "app.py").write_text(APP)
    _run(bin_folder / "keepfit", "build", "local", cwd=project)
    settings = {
        "CDK_OUTDIR": str(project / "out"),
        "KEEPFIT_BUILD_TARGET": "local",
        "CDK_VALIDATION": "false",
    }
    _run(bin_folder / "python", "app.py", cwd=project, **settings)
    made = {path.name.partition(".")[0] for path in (project / "out").glob("*.template.json")}
    assert {"own", "keepfit-platform", "keepfit-churn"} <= made
    own = json.loads((project / "out" / "own.template.json").read_text())
    assert "Fn::ImportValue" in own["Outputs"]["NameOfLake"]["Value"]


def test_the_app_shown_in_the_documentation_is_synthesized(
    root: Path, bin_folder: Path, project: Path
) -> None:
    page = (root / "docs" / "how-to" / "make-a-repository-of-your-own.md").read_text()
    (program,) = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    (project / "shown.py").write_text(program)
    _run(bin_folder / "keepfit", "build", "local", cwd=project)
    settings = {
        "CDK_OUTDIR": str(project / "shown"),
        "KEEPFIT_BUILD_TARGET": "local",
        "CDK_VALIDATION": "false",
    }
    _run(bin_folder / "python", "shown.py", cwd=project, **settings)
    assert {"reports.template.json", "keepfit-churn.template.json"} <= {
        path.name for path in (project / "shown").iterdir()
    }


def test_an_installed_command_trains_and_releases_on_the_embedded_cloud(
    bin_folder: Path, project: Path
) -> None:
    try:
        trained = json.loads(
            _run(bin_folder / "keepfit", "train", "churn", "churn.csv", "--wait", "--json", cwd=project)
        )
    finally:
        _run(bin_folder / "keepfit", "local", "down", cwd=project)
    assert trained["outcome"] == "released"
    assert trained["serving"]["model_version"] == 1


def test_every_step_of_a_review_runs_in_a_repository_that_was_made_by_the_command(
    built: Path, bin_folder: Path, tmp_path: Path
) -> None:
    (wheel,) = built.glob("*.whl")
    repository, git = tmp_path / "shop", ["git", "-c", "user.name=a", "-c", "user.email=a@example.org"]
    _run(bin_folder / "keepfit", "init", repository, "--wheel", wheel, cwd=tmp_path)
    _run("git", "init", "--quiet", "--initial-branch", "main", cwd=repository)
    _run("git", "add", "--all", cwd=repository)
    _run(*git, "commit", "--quiet", "--message", "first", cwd=repository)
    _run("git", "update-ref", "refs/remotes/origin/main", "HEAD", cwd=repository)
    definition = repository / "models" / "trips.toml"
    definition.write_text(definition.read_text().replace('"distance", "started_at"]', '"distance"]'))
    workflow = yaml.safe_load((repository / ".github" / "workflows" / "review.yml").read_text())
    steps = [step["run"] for step in workflow["jobs"]["review"]["steps"] if "run" in step]
    assert len(steps) == 5
    path = f"{bin_folder}:{os.environ['PATH']}"
    for step in steps:
        _run("bash", "-e", "-o", "pipefail", "-c", step, cwd=repository, BASE="main", PATH=path)
    summary = (repository / "review.md").read_text()
    assert "| lateness | released | " in summary
    assert "| keepfit-lateness | - | - | " in summary
    assert _run("git", "status", "--short", cwd=repository).split() == ["M", "models/trips.toml"]

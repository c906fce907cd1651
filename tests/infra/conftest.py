"""The app, built and synthesized once per test session and shared by its workers."""

from __future__ import annotations

import fcntl
import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from bundling.__main__ import build
from bundling.targets import Target
from infra.constructs.layers import LAYERS
from planning.templates import Template, read
from tests.infra import many
from tests.infra.access import roles
from tests.infra.assembly import ROOT, synthesize

TOPIC = "arn:aws:sns:eu-west-1:123456789012:alarms"


@pytest.fixture(scope="session")
def session_folder(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Path:
    base = tmp_path_factory.getbasetemp()
    folder = (base if worker_id == "master" else base.parent) / "infra"
    folder.mkdir(exist_ok=True)
    return folder


@pytest.fixture(scope="session", autouse=True)
def kept_calls(session_folder: Path) -> Iterator[None]:
    """Each function's code is followed by one worker, and the others read what it found."""
    roles.folder = session_folder / "calls"
    roles.folder.mkdir(exist_ok=True)
    yield
    roles.folder = None


@contextmanager
def first(folder: Path) -> Iterator[bool]:
    """Whether this worker is the one that has to make what is in ``folder``; the others wait."""
    with folder.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        done = folder.with_suffix(".done")
        yield not done.exists()
        done.touch()


@pytest.fixture(scope="session")
def assembly(session_folder: Path) -> Path:
    folder = session_folder / "local"
    with first(folder) as alone:
        if alone:
            build(ROOT, Target.LOCAL)
            made = synthesize(folder)
            assert made.returncode == 0, made.stderr
    return folder


@pytest.fixture(scope="session")
def aws_assembly(session_folder: Path) -> Path:
    """For the other target, by another process with another hash seed, at another place, in another time zone."""
    folder = session_folder / "elsewhere" / "aws"
    folder.parent.mkdir(exist_ok=True)
    with first(folder) as alone:
        if alone:
            build(ROOT, Target.AWS, synthesis_only=True)
            made = synthesize(
                folder,
                target="aws",
                KEEPFIT_SYNTHESIS_ONLY="1",
                CDK_VALIDATION="true",
                PYTHONHASHSEED="7",
                TZ="Asia/Tokyo",
                AWS_REGION="eu-west-1",
            )
            assert made.returncode == 0, made.stderr
    return folder


@pytest.fixture(scope="session")
def checkout(assembly: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of what synthesizing reads, to change and synthesize again."""
    assert assembly.is_dir()
    return _copied(tmp_path_factory.mktemp("checkout"))


@pytest.fixture(scope="session")
def later(session_folder: Path, assembly: Path) -> dict[str, Template]:
    """The stacks after the handler, the placeholder, layers and the definition changed, with other settings."""
    assert assembly.is_dir()
    folder = session_folder / "later"
    with first(folder) as alone:
        if alone:
            copy = session_folder / "later-checkout"
            copy.mkdir()
            _change(_copied(copy))
            settings = {"keepfit:removal": "destroy", "keepfit:notify": TOPIC}
            made = synthesize(folder, root=copy, context=settings)
            assert made.returncode == 0, made.stderr
    return read(folder)


def _change(checkout: Path) -> None:
    path = checkout / "build" / "local" / "manifest.json"
    manifest = json.loads(path.read_text())
    manifest["handler"]["digest"] = "1" * 64
    manifest["layers"]["inference"]["digest"] = "2" * 64
    path.write_text(json.dumps(manifest))
    placeholder = checkout / "functions" / "predict_unreleased" / "handler.py"
    placeholder.write_text(placeholder.read_text() + "\n# changed\n")
    definition = checkout / "models" / "flights.toml"
    definition.write_text(
        definition.read_text().replace("minimum_requests   = 20", "minimum_requests   = 21")
    )


def _copied(copy: Path) -> Path:
    shutil.copy(ROOT / "app.py", copy)
    for folder in ("infra", "models", "functions"):
        shutil.copytree(ROOT / folder, copy / folder, ignore=shutil.ignore_patterns("__pycache__"))
    (copy / "build").mkdir()
    (copy / "build" / "images").symlink_to(ROOT / "build" / "images")
    shutil.copytree(ROOT / "build" / "local", copy / "build" / "local", copy_function=_link)
    return copy


def _link(source: str, target: str) -> None:
    if source.endswith("manifest.json"):
        shutil.copy(source, target)
    else:
        Path(target).symlink_to(source)


@pytest.fixture(scope="session")
def container_assembly(session_folder: Path, assembly: Path) -> Path:
    """A project whose one model containers serve."""
    assert assembly.is_dir()
    folder = session_folder / "container"
    with first(folder) as alone:
        if alone:
            many.define_served(session_folder / "served")
            many.synthesize(folder, session_folder / "served")
    return folder


@pytest.fixture(scope="session")
def container_templates(container_assembly: Path) -> dict[str, Template]:
    return read(container_assembly)


@pytest.fixture(scope="session")
def platform(assembly: Path) -> Template:
    return read(assembly)["keepfit-platform"]


@pytest.fixture(scope="session")
def model(assembly: Path) -> Template:
    return read(assembly)["keepfit-flight-delay"]


@pytest.fixture(scope="session")
def layers(assembly: Path) -> Template:
    (template,) = [found for name, found in read(assembly).items() if name.startswith(LAYERS)]
    return template


@pytest.fixture(scope="session")
def templates(platform: Template, model: Template) -> list[Template]:
    """The stacks that do something; the one with layers holds nothing else."""
    return [platform, model]


@pytest.fixture(scope="session")
def every_stack(templates: list[Template], layers: Template) -> list[Template]:
    return [*templates, layers]


def synthesized(number: int, session_folder: Path) -> list[Template]:
    """The templates of the layers, the platform, and so many models of as many datasets."""
    folder = session_folder / f"many-{number}"
    with first(folder) as alone:
        if alone:
            checkout = session_folder / f"many-{number}-checkout"
            many.define(checkout, models=number, datasets=number + many.MORE_DATASETS)
            many.synthesize(folder, checkout)
    return list(read(folder).values())


@pytest.fixture(scope="session")
def every_online_stack(assembly: Path, session_folder: Path) -> list[Template]:
    """The stacks of a project with views that are online."""
    assert assembly.is_dir()  # so that layers are built
    return synthesized(many.FEW, session_folder)


@pytest.fixture(scope="session")
def with_online_views(every_online_stack: list[Template]) -> list[Template]:
    """The stacks of a project with views that are online, but for the one with layers."""
    return [template for template in every_online_stack if not template.name.startswith(LAYERS)]

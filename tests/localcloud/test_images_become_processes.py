from __future__ import annotations

from pathlib import Path

import pytest

from localcloud.errors import ImageRefused, LocalCloudError
from localcloud.fakedocker import main as docker
from localcloud.image_build import build
from localcloud.images import Image, ImageStore
from tests.localcloud.loop import APP


@pytest.fixture
def context(tmp_path: Path) -> Path:
    folder = tmp_path / "context"
    (folder / "src").mkdir(parents=True)
    (folder / "src" / "step.py").write_text("print('hello')")
    (folder / "notes.txt").write_text("notes")
    return folder


def built(context: Path, *lines: str) -> Image:
    (context / "Dockerfile").write_text("\n".join(("FROM python:3.13-slim", *lines)))
    store = ImageStore(context.parent / "images")
    return store.load(build(store, context, context / "Dockerfile", lambda line: None))


def refusal(context: Path, *lines: str) -> str:
    with pytest.raises(ImageRefused) as refused:
        built(context, *lines)
    return str(refused.value)


def test_files_variables_and_the_command_are_the_images(context: Path) -> None:
    image = built(
        context,
        "WORKDIR /app",
        "ARG MODE=quiet",
        'ENV MODE=$MODE GREETING="good day"',
        "COPY src/ ./src/",
        "COPY notes.txt \\",
        "     /etc/notes",
        'ENTRYPOINT ["python", "src/step.py"]',
        'CMD ["--fast"]',
    )
    root = Path(image.root)
    assert (root / "app/src/step.py").exists()
    assert (root / "etc/notes").read_text() == "notes"
    assert (image.workdir, image.entrypoint, image.command) == ("/app", ["python", "src/step.py"], ["--fast"])
    assert image.environment == {"MODE": "quiet", "GREETING": "good day"}


def test_what_concerns_real_containers_only_is_ignored_and_said(context: Path) -> None:
    image = built(
        context,
        "RUN useradd --create-home app && mkdir -p /data/in && rm -rf /var/cache/pip",
        "RUN chown -R app /data",
        "USER app",
        "EXPOSE 80",
        'CMD ["python"]',
    )
    assert (Path(image.root) / "data/in").is_dir()
    assert image.ignored == [
        "FROM python:3.13-slim",
        "RUN useradd --create-home app",
        "RUN rm -rf /var/cache/pip",
        "RUN chown -R app /data",
        "USER app",
        "EXPOSE 80",
    ]


@pytest.mark.parametrize(
    "run",
    [
        "apt-get install -y libgomp1",
        "mkdir /x && curl -O https://example.org/x",
        "python train.py",
        "rm -rf /app",
    ],
)
def test_a_run_that_cannot_be_honoured_is_refused_and_never_skipped(context: Path, run: str) -> None:
    assert "cannot be honoured" in refusal(context, f"RUN {run}")


@pytest.mark.parametrize(
    "run", ["pip install numpy", "pip install -r a.txt -r b.txt", "pip install -r a.txt numpy"]
)
def test_packages_that_no_hash_locks_are_refused(context: Path, run: str) -> None:
    assert "exactly one hash-locked requirement file" in refusal(context, f"RUN {run}")


def test_requirements_without_hashes_are_not_installed(context: Path) -> None:
    (context / "requirements.txt").write_text("six==1.17.0\n")
    message = refusal(context, "COPY requirements.txt .", "RUN pip install -r requirements.txt")
    assert "cannot be installed" in message
    assert "hash" in message.lower()


def test_locked_packages_are_installed_for_this_image_only(tmp_path: Path) -> None:
    store = ImageStore(tmp_path / "images")
    image = store.load(build(store, APP / "task", APP / "task" / "Dockerfile", lambda line: None))
    assert (Path(image.site) / "boto3").is_dir()
    assert not (Path(image.site) / "pandas").exists()


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("COPY missing.txt .", "is not in the build context"),
        ("COPY ../outside .", "is not in the build context"),
        ("COPY --from=other /x /x", "copies from another image"),
        ("FROM other", "several stages"),
        ("FETCH x", "is not known"),
        ("RUN pip install -r requirements.txt", "has not been copied"),
    ],
)
def test_an_instruction_that_makes_no_sense_here_says_why(context: Path, line: str, reason: str) -> None:
    assert reason in refusal(context, line)


def test_an_image_is_built_again_only_when_its_content_changes(context: Path) -> None:
    store = ImageStore(context.parent / "images")
    file = context / "Dockerfile"
    file.write_text('FROM python:3.13-slim\nCOPY notes.txt .\nCMD ["python"]')
    first = build(store, context, file, lambda line: None)
    told: list[str] = []
    assert build(store, context, file, told.append) == first
    assert told == []
    (context / "notes.txt").write_text("changed")
    assert build(store, context, file, told.append) != first


def test_the_docker_command_knows_what_the_cdk_cli_asks_of_it(
    context: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (context / "Dockerfile").write_text('FROM python:3.13-slim\nUSER app\nCMD ["python"]')
    images = ["--images", str(context.parent / "images")]
    assert docker([*images, "inspect", "cdkasset-1"]) == 1
    assert docker([*images, "build", "--tag", "cdkasset-1", "--platform", "linux/amd64", str(context)]) == 0
    assert "without effect on a process: USER app" in capsys.readouterr().out
    assert docker([*images, "inspect", "cdkasset-1"]) == 0
    assert docker([*images, "tag", "cdkasset-1", "registry.example/assets:1"]) == 0
    assert ImageStore(context.parent / "images").resolve("registry.example/assets:1").command == ["python"]


def test_the_docker_command_refuses_what_it_does_not_know(
    context: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    images = ["--images", str(context.parent / "images")]
    assert docker([*images, "compose"]) == 1
    assert docker([*images, "push", "registry.example/never:built"]) == 1
    assert docker([*images, "build", "--tag", "x", "--build-arg", "A=1", str(context)]) == 1
    assert "does not support 'docker compose'" in capsys.readouterr().err


def test_an_image_that_was_never_built_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(LocalCloudError, match="deploy the assembly"):
        ImageStore(tmp_path).resolve("registry.example/none:1")

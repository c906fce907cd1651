"""What a change of a repository's files concerns, and nothing else."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from cli.exits import CommandError
from cli.project.changes import Changes, changes_since
from cli.project.revisions import Revision

DEFINITION = """
[dataset.{name}]
[dataset.{name}.fields]
size = {{ type = "float" }}
weight = {{ type = "float" }}
good = {{ type = "bool", nullable = true }}
[model.{name}_quality]
dataset = "{name}"
label = "good"
inputs = ["size", "weight"]
"""
ESTIMATOR = """
from sklearn.naive_bayes import GaussianNB

def estimator(columns, seed):
    return GaussianNB()
"""
OWN = """
[model.pears_quality.training.candidates.mine]
algorithm = "own_code"
"""


def git(folder: Path, *words: str) -> str:
    who = ("-c", "user.name=a", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false")
    done = subprocess.run(["git", *who, *words], cwd=folder, capture_output=True, text=True, check=True)  # noqa: S607
    return done.stdout.strip()


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A repository with two models of two datasets, committed."""
    files = {
        "models/apples.toml": DEFINITION.format(name="apples"),
        "models/pears.toml": DEFINITION.format(name="pears") + OWN,
        "models/pears_quality/estimator.py": ESTIMATOR,
        "samples/apples.csv": "size,weight,good",
        "requirements.txt": "keepfit",
        "app.py": "1",
        "README.md": "shop",
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    git(tmp_path, "init", "--quiet", "--initial-branch", "main")
    git(tmp_path, "add", "--all")
    git(tmp_path, "commit", "--quiet", "--message", "first")
    git(tmp_path, "switch", "--quiet", "--create", "change")
    return tmp_path


def changes(repository: Path) -> Changes:
    return changes_since(Revision.before(repository, "main"))


def concerned(repository: Path) -> set[str]:
    return {each.model for each in changes(repository).models}


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def test_nothing_is_concerned_by_no_change(repository: Path) -> None:
    found = changes(repository)
    assert (found.files, found.models, found.stacks) == ([], [], False)
    assert found.since == git(repository, "rev-parse", "main")


def test_prose_and_tests_concern_nothing(repository: Path) -> None:
    edit(repository / "README.md", "shop", "another shop")
    (repository / "tests").mkdir()
    (repository / "tests" / "test_new.py").write_text("1")
    found = changes(repository)
    assert found.files == ["README.md", "tests/test_new.py"]
    assert (found.models, found.stacks) == ([], False)


def test_a_comment_in_a_definition_concerns_no_model(repository: Path) -> None:
    edit(repository / "models" / "apples.toml", "\n[model", "\n# of the orchard\n[model")
    assert changes(repository).models == []


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("models/apples.toml", '["size", "weight"]', '["size"]'),
        ("models/apples.toml", '{ type = "float" }\nweight', '{ type = "int" }\nweight'),
        ("models/apples.toml", "inputs", "gates = { minimum_holdout_rows = 30 }\ninputs"),
        ("samples/apples.csv", "good", "good\n1,2,true"),
    ],
    ids=["features", "schema", "parameters", "data"],
)
def test_a_change_concerns_the_model_that_it_is_of_and_no_other(
    repository: Path, file: str, old: str, new: str
) -> None:
    edit(repository / file, old, new)
    assert concerned(repository) == {"apples_quality"}


def test_a_change_of_a_models_own_code_concerns_that_model(repository: Path) -> None:
    edit(
        repository / "models" / "pears_quality" / "estimator.py",
        "GaussianNB()",
        "GaussianNB(var_smoothing=1e-6)",
    )
    assert concerned(repository) == {"pears_quality"}


def test_another_requirement_concerns_every_model(repository: Path) -> None:
    edit(repository / "requirements.txt", "keepfit", "keepfit==2")
    assert concerned(repository) == {"apples_quality", "pears_quality"}
    assert changes(repository).models[0].reasons == ["what it is trained with differs: requirements.txt"]


def test_code_of_the_app_concerns_the_stacks_alone(repository: Path) -> None:
    edit(repository / "app.py", "1", "2")
    found = changes(repository)
    assert (found.models, found.stacks) == ([], True)


def test_what_is_new_is_trained_and_what_is_gone_is_named(repository: Path) -> None:
    git(repository, "mv", "models/apples.toml", "models/plums.toml")
    (repository / "models" / "plums.toml").write_text(DEFINITION.format(name="plums"))
    found = changes(repository)
    assert [(each.model, each.reasons) for each in found.models] == [("plums_quality", ["it is new"])]
    assert found.removed == ["apples_quality"]


def test_what_others_did_meanwhile_is_not_the_changes(repository: Path) -> None:
    git(repository, "switch", "--quiet", "main")
    edit(repository / "requirements.txt", "keepfit", "keepfit==2")
    git(repository, "commit", "--quiet", "--all", "--message", "another")
    git(repository, "switch", "--quiet", "change")
    assert changes(repository).files == []


def test_an_unknown_revision_is_refused_with_what_to_do(repository: Path) -> None:
    with pytest.raises(CommandError, match="fetch the whole history"):
        Revision.before(repository, "nope")


def test_a_folder_that_is_no_repository_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="not a git repository"):
        Revision.before(tmp_path, "main")

from __future__ import annotations

import marshal
import os
import shutil
import subprocess
import sys
import zipfile
from importlib.util import cache_from_source
from pathlib import Path

import msgspec
import pytest

from bundling import compiling, installing, layers
from bundling.__main__ import build
from bundling.archive import unpacked_bytes, write_zip
from bundling.closure import closure
from bundling.digests import digest, tree
from bundling.errors import InterpreterMissing, SourceMissing, ToolMissing
from bundling.handler import predict_handler
from bundling.image import image_context
from bundling.layers import third_party_layer
from bundling.manifest import Bundle, Manifest
from bundling.targets import Target

REPOSITORY = Path(__file__).resolve().parents[3]


def write(folder: Path, **files: str) -> Path:
    for name, text in files.items():
        path = folder / (name if name.endswith(".py") else name.replace("__", "/"))
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder


def test_a_zip_is_the_same_bytes_whenever_and_wherever_it_is_made(tmp_path: Path) -> None:
    for name in ("early", "late"):
        source = write(tmp_path / name, a__one="1", b="2")
        os.utime(source / "b", (0, 10**9) if name == "early" else (0, 10**9 + 5))
        write_zip(tmp_path / f"{name}.zip", tree(source), compress=True)
    assert (tmp_path / "early.zip").read_bytes() == (tmp_path / "late.zip").read_bytes()
    assert unpacked_bytes(tmp_path / "late.zip") == 2


def test_caches_are_no_sources(tmp_path: Path) -> None:
    source = write(tmp_path, a="1")
    before = digest(tree(source))
    write(source, __pycache____a="x", b__c="2")
    (source / "m.pyc").write_text("x")
    assert set(tree(source)) == {"a", "b/c"}
    assert digest(tree(source)) != before


def test_a_digest_changes_with_a_name_as_with_content(tmp_path: Path) -> None:
    first = digest(tree(write(tmp_path / "1", a="1", b="2")))
    assert first == digest(tree(write(tmp_path / "2", b="2", a="1")))
    assert len({first, *(digest(tree(write(tmp_path / n, **{n: "1", "b": "2"}))) for n in ("c", "d"))}) == 3


UNCHECKED = 0b01
"""The flags of bytecode that is never compared with its source: PEP 552."""


def test_a_layer_without_a_lock_is_not_built(tmp_path: Path) -> None:
    with pytest.raises(SourceMissing, match=r"requirements\.txt is missing; scripts/lock makes it"):
        third_party_layer(tmp_path, "inference", Target.LOCAL, sys.executable)


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A checkout whose one layer is two packages, of which one cannot be compiled."""

    def install(_root: Path, lock: Path, folder: Path, _target: Target) -> None:
        write(folder, **{"p/__init__.py": lock.read_text(), "p/template.py": "{{ no Python }}"})

    monkeypatch.setattr(layers, "install", install)
    (tmp_path / "layers" / "inference").mkdir(parents=True)
    (tmp_path / "layers" / "inference" / "requirements.txt").write_text("NUMBERS = {'b', 'a'}")
    return tmp_path


def test_layers_of_other_content_have_other_names(checkout: Path) -> None:
    made = {
        (target, python): third_party_layer(checkout, "inference", target, python).digest
        for target in Target
        for python in (None, sys.executable)
    }
    assert (
        len(set(made.values())) == 2
    )  # this package is the same for both targets, and bytecode tells the rest
    assert made[Target.AWS, None] != made[Target.AWS, sys.executable]
    (checkout / "layers" / "inference" / "requirements.txt").write_text("NUMBERS = {'b', 'c'}")
    other = third_party_layer(checkout, "inference", Target.AWS, sys.executable).digest
    assert other not in made.values()


def test_the_name_of_a_layer_is_that_of_the_bytes_in_it(checkout: Path) -> None:
    made = third_party_layer(checkout, "inference", Target.AWS, sys.executable)
    unpacked = checkout / "unpacked"
    with zipfile.ZipFile(checkout / "build" / "aws" / made.path) as archive:
        archive.extractall(unpacked)
    files = {path.relative_to(unpacked).as_posix(): path for path in unpacked.rglob("*") if path.is_file()}
    assert any(name.endswith(".pyc") for name in files)
    assert made.digest == digest(files)


def test_a_layer_made_again_in_another_process_has_the_same_name(
    checkout: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = third_party_layer(checkout, "inference", Target.AWS, sys.executable).digest
    monkeypatch.setenv("PYTHONHASHSEED", "7")
    shutil.rmtree(checkout / "build")
    assert third_party_layer(checkout, "inference", Target.AWS, sys.executable).digest == first


def test_a_build_for_aws_without_its_python_fails_unless_only_templates_are_wanted(
    checkout: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def none_here(_root: Path) -> str:
        raise InterpreterMissing("none runs here")

    monkeypatch.setattr(compiling, "find_python", none_here)
    with pytest.raises(InterpreterMissing):
        build(checkout, Target.AWS)
    assert compiling.compiler(checkout, Target.AWS, synthesis_only=True) is None
    assert compiling.compiler(checkout, Target.LOCAL, synthesis_only=True) == sys.executable


def test_a_handler_without_a_source_is_not_built(tmp_path: Path) -> None:
    with pytest.raises(SourceMissing, match=r"functions/predict/handler\.py"):
        predict_handler(tmp_path, Target.LOCAL, sys.executable)


def test_uv_is_found_where_the_setup_puts_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("KEEPFIT_UV", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ToolMissing, match="run scripts/setup"):
        installing.find_uv(tmp_path)
    assert installing.find_uv(write(tmp_path, **{".boot__bin__uv": ""})) == tmp_path / ".boot" / "bin" / "uv"


def test_the_image_context_follows_its_sources(tmp_path: Path) -> None:
    root = write(
        tmp_path,
        functions__train_candidate__Dockerfile="FROM x",
        functions__train_candidate__old="1",
        layers__keepfit__python__keepfit__errors="e",
    )
    first = image_context(root)
    context = root / "build" / "images" / "train_candidate"
    assert {path.name for path in context.rglob("*")} == {"Dockerfile", "old", "keepfit", "errors"}
    assert image_context(root) == first
    (root / "functions" / "train_candidate" / "old").unlink()
    assert image_context(root) != first
    assert not (context / "old").exists()


def test_a_manifest_is_read_as_it_was_written(tmp_path: Path) -> None:
    bundle = Bundle(path="layers/a.zip", digest="d", bytes=3)
    manifest = Manifest(
        layers={"a": bundle}, handler=bundle, image="images/x", server_image="images/y", code_digest="c"
    )
    manifest.write(tmp_path)
    assert Manifest.read(tmp_path) == manifest


def test_a_closure_follows_imports_and_registries_inside_the_package_alone(tmp_path: Path) -> None:
    package = write(
        tmp_path / "pkg",
        **{
            "__init__.py": "",
            "errors.py": "import os",
            "unused.py": "",
            "a/__init__.py": "",
            "a/deep.py": "from pkg.errors import Gone\nMODULES = {'x': 'pkg.a.listed', 'y': 'pkg.a.not_there'}",
            "a/listed.py": "",
            "start.py": "import json\nfrom pkg.a import deep\n\ndef late():\n    import pkg.a.inner",
            "a/inner.py": "",
        },
    )
    assert set(closure(package, "start")) == {
        f"pkg/{name}"
        for name in (
            "__init__.py",
            "errors.py",
            "a/__init__.py",
            "a/deep.py",
            "a/listed.py",
            "start.py",
            "a/inner.py",
        )
    }
    with pytest.raises(SourceMissing, match=r"pkg\.nothing does not exist"):
        closure(package, "nothing")


def test_the_handler_package_runs_on_its_layer_alone(tmp_path: Path) -> None:
    made = predict_handler(REPOSITORY, Target.LOCAL, sys.executable)
    layer = tmp_path / "layer"
    layer.mkdir()
    for name in ("numpy", "numpy.libs", "onnxruntime", "msgspec", "tzdata"):
        installed = Path(msgspec.__file__).parent.parent / name
        if installed.exists():
            (layer / name).symlink_to(installed)
    paths = [str(REPOSITORY / "build" / "local" / made.path), str(layer)]
    code = f"import sys; sys.path += {paths!r}; import keepfit.runtime.predict"
    alone = subprocess.run(
        [sys.executable, "-I", "-S", "-c", code], capture_output=True, text=True, check=False
    )
    assert alone.returncode == 0, alone.stderr


@pytest.fixture(scope="module")
def handler_package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The handler's package as it is made for this machine, unpacked."""
    made = predict_handler(REPOSITORY, Target.LOCAL, sys.executable)
    folder = tmp_path_factory.mktemp("handler")
    with zipfile.ZipFile(REPOSITORY / "build" / "local" / made.path) as package:
        package.extractall(folder)
    return folder


def test_the_handler_package_stays_small(handler_package: Path) -> None:
    # A third is for models that look features up, some for who asks by other protocols or why, reads JSON or makes
    # vectors of pictures, a fifth for graphs of models, and a twentieth for clients with quotas or tenants; none of it
    # is imported for others.
    assert sum(source.stat().st_size for source in handler_package.rglob("*.py")) < 580_000


def test_every_source_of_the_handler_package_comes_compiled_and_is_named_as_it_is_in_lambda(
    handler_package: Path,
) -> None:
    for source in handler_package.rglob("*.py"):
        compiled = Path(cache_from_source(str(source))).read_bytes()
        assert int.from_bytes(compiled[4:8], "little") == UNCHECKED
        of = source.relative_to(handler_package).as_posix()
        code = marshal.loads(compiled[16:])  # noqa: S302  made above
        assert code.co_filename == f"/var/task/{of}"


def test_bytecode_leaves_the_names_of_handler_and_library_as_they_are(tmp_path: Path) -> None:
    """They are those of the sources: a template is the same wherever it is made."""
    library = "layers/keepfit/python/keepfit"
    sources = {"functions/predict/handler.py": "", f"{library}/runtime/predict.py": "A = 1"}
    for name, text in sources.items():
        (tmp_path / name).parent.mkdir(parents=True)
        (tmp_path / name).write_text(text)
    for make in (predict_handler, layers.keepfit_layer):
        made = [make(tmp_path, Target.AWS, python) for python in (None, sys.executable)]
        assert made[0].digest == made[1].digest
        assert made[0].bytes < made[1].bytes

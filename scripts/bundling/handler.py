"""The request handler's package: what a release consists of, but for the model."""

from __future__ import annotations

from pathlib import Path

from bundling.archive import unpacked_bytes, write_zip
from bundling.digests import digest, tree
from bundling.errors import SourceMissing
from bundling.manifest import Bundle
from bundling.targets import Target

# All that keepfit.runtime.predict imports: a short cold start, and a release of a few kilobytes and a model.
LIGHT = (
    "__init__.py",
    "errors.py",
    "instants.py",
    "features/__init__.py",
    "features/definition.py",
    "features/encoding.py",
    "features/evaluation.py",
    "features/schema.py",
    "features/signature.py",
    "runtime/__init__.py",
    "runtime/predict.py",
)


def predict_handler(root: Path, target: Target) -> Bundle:
    """``handlers/predict.zip``: functions/predict beside the files of keepfit that answering needs.

    Raises:
        SourceMissing: a file of it does not exist.
    """
    library = root / "layers" / "keepfit" / "python" / "keepfit"
    files = {"handler.py": root / "functions" / "predict" / "handler.py"}
    files |= {f"keepfit/{name}": library / name for name in LIGHT} | tree(
        library / "serving", under="keepfit/serving/"
    )
    missing = [str(path.relative_to(root)) for path in files.values() if not path.is_file()]
    if missing:
        raise SourceMissing(
            f"the request handler needs {', '.join(missing)}: restore it, or take it out of {__name__}"
        )
    made = root / "build" / target / "handlers" / "predict.zip"
    write_zip(made, files, compress=target.compress)
    return Bundle(path="handlers/predict.zip", digest=digest(files), bytes=unpacked_bytes(made))

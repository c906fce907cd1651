"""Where keepfit is and where its user works: in a checkout the same folder, after an installation two."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

HOME: Final = Path(__file__).resolve().parents[2]
"""The checkout, or the package of the wheel that holds the same tree; see ``toolchain.wheel``."""
INSTALLED: Final = HOME.name == "keepfit_tools"


def project_folder(home: Path = HOME) -> Path:
    """The folder with ``models``: the one that KEEPFIT_PROJECT names, or else the checkout ``home``.

    Of an installation it is the nearest one, from the working directory upwards, that has ``cdk.json`` and ``models``,
    as ``keepfit init`` makes them, and the working directory where there is none.
    """
    if chosen := os.environ.get("KEEPFIT_PROJECT"):
        return Path(chosen).resolve()
    if not INSTALLED:
        return home
    here = Path.cwd()
    return next((folder for folder in (here, *here.parents) if _is_project(folder)), here)


def build_folder(home: Path = HOME) -> Path:
    """Where bundles are built: KEEPFIT_BUILD, or `build` of the checkout or the project."""
    if chosen := os.environ.get("KEEPFIT_BUILD"):
        return Path(chosen).resolve()
    return (project_folder(home) if INSTALLED else home) / "build"


def library_folder(home: Path = HOME) -> Path:
    """The sources of the library, which travel as a layer: the checkout's, or the installed package."""
    return home.parent / "keepfit" if INSTALLED else home / "layers" / "keepfit" / "python" / "keepfit"


def _is_project(folder: Path) -> bool:
    return (folder / "cdk.json").is_file() and (folder / "models").is_dir()

"""Folders of this machine: keepfit's own, the definitions, and the state of the command."""

from __future__ import annotations

import os
from pathlib import Path

from toolchain.folders import HOME, project_folder

ROOT = HOME


def models_folder() -> Path:
    """Definitions: `models` of the project, or the folder that KEEPFIT_MODELS names."""
    chosen = os.environ.get("KEEPFIT_MODELS")
    return Path(chosen).resolve() if chosen else project_folder() / "models"


def state_folder() -> Path:
    """Embedded clouds and tokens: `.keepfit` of the project, or the folder that KEEPFIT_STATE names."""
    chosen = os.environ.get("KEEPFIT_STATE")
    return Path(chosen).resolve() if chosen else project_folder() / ".keepfit"

"""Folders of this machine: the checkout, its definitions, and the state of the command."""

from __future__ import annotations

import os
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def models_folder() -> Path:
    """Definitions: `models`, or the folder that KEEPFIT_MODELS names."""
    chosen = os.environ.get("KEEPFIT_MODELS")
    return Path(chosen).resolve() if chosen else ROOT / "models"


def state_folder() -> Path:
    """Embedded clouds and cached tokens: `.keepfit`, or the folder that KEEPFIT_STATE names."""
    chosen = os.environ.get("KEEPFIT_STATE")
    return Path(chosen).resolve() if chosen else ROOT / ".keepfit"

"""Synthesizes the app as a person would."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def synthesize(
    outdir: Path,
    *,
    root: Path = ROOT,
    target: str = "local",
    context: Mapping[str, str] | None = None,
    **more: str,
) -> subprocess.CompletedProcess[str]:
    """`python app.py` with nothing on the PATH: no Node, no CDK CLI, no git, no AWS setting."""
    environment = {
        "HOME": os.environ.get("HOME", str(outdir)),
        "CDK_OUTDIR": str(outdir),
        "KEEPFIT_BUILD_TARGET": target,
        "CDK_VALIDATION": "false",  # once is enough: the assembly for AWS is validated
        "PYTHONPATH": os.pathsep.join(str(ROOT / path) for path in ("layers/keepfit/python", "scripts")),
        **({"CDK_CONTEXT_JSON": json.dumps(dict(context))} if context else {}),
        **more,
    }
    return subprocess.run(
        [sys.executable, str(root / "app.py")],
        cwd=outdir.parent,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )

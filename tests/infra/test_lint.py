from __future__ import annotations

import subprocess
import sys
from pathlib import Path


def test_cfn_lint_finds_no_error(assembly: Path) -> None:
    templates = sorted(str(path) for path in assembly.glob("*.template.json"))
    assert len(templates) == 3
    # W3005: CDK writes dependencies that CloudFormation would also find by itself.
    command = [str(Path(sys.executable).with_name("cfn-lint")), "--ignore-checks", "W3005", "--", *templates]
    linted = subprocess.run(command, capture_output=True, text=True, check=False)
    assert linted.returncode == 0, linted.stdout + linted.stderr

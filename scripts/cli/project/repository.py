"""The files of a user's own repository, as `keepfit init` makes it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from enum import StrEnum
from importlib.metadata import version
from pathlib import Path
from typing import Final

from cli.checkout import ROOT

_SOURCES: Final = Path(__file__).resolve().parents[1] / "repository"
_LOCK: Final = ROOT / "scripts" / "locks" / "demo.txt"
_CDK: Final = ROOT / "scripts" / "localcloud" / "cdk" / "package.json"
_ROWS: Final = 300


class Ci(StrEnum):
    """Whose workflows a repository has."""

    GITHUB = "github"
    GITLAB = "gitlab"
    NONE = "none"


_ALWAYS: Final = {
    "app.py": "app.py",
    "cdk.json": "cdk.json",
    "gitignore": ".gitignore",
    "README.md": "README.md",
    "requirements": "requirements.txt",
    "tests/test_definitions.py": "tests/test_definitions.py",
}
_OF_CI: Final = {
    Ci.GITHUB: {
        f"github/{name}.yml": f".github/workflows/{name}.yml" for name in ("review", "deploy", "deploy-to")
    },
    Ci.GITLAB: {"gitlab-ci.yml": ".gitlab-ci.yml"},
    Ci.NONE: {},
}


def repository_files(ci: Ci, wheel: Path | None) -> dict[str, bytes]:
    """The files that every repository has, by their paths; its definitions are not among them.

    keepfit is required from the file ``wheel``, which is in the repository then, or in this version from an index.
    """
    keepfit = f"./wheels/{wheel.name}[cloud]" if wheel else f"keepfit[cloud]=={version('keepfit')}"
    cdk = json.loads(_CDK.read_text())["dependencies"]["aws-cdk"]
    made = {}
    for source, name in {**_ALWAYS, **_OF_CI[ci]}.items():
        text = (_SOURCES / source).read_text(encoding="utf-8")
        made[name] = text.replace("@@KEEPFIT@@", keepfit).replace("@@CDK@@", cdk).encode()
    made["constraints.txt"] = "".join(_constraints()).encode()
    if wheel:
        made[f"wheels/{wheel.name}"] = wheel.read_bytes()
    return made


def example_files() -> dict[str, bytes]:
    """A definition, and made-up rows to try it on."""
    return {
        "models/trips.toml": (_SOURCES / "models" / "trips.toml").read_bytes(),
        "samples/trips.csv": "".join(_trips()).encode(),
    }


def _constraints() -> Iterator[str]:
    """What keepfit is locked to, without digests; pip leaves out what it need not install."""
    yield "# The versions that keepfit was tested with.\n"
    for line in _LOCK.read_text(encoding="utf-8").splitlines():
        if pin := re.match(r"[a-z0-9][\w.-]*==[^\\]+", line):
            yield f"{pin[0].strip()}\n"


def _trips() -> Iterator[str]:
    """Trips that are late where they are long, or begin in the south."""
    yield "started_at,ended_at,station,distance,late\n"
    first = datetime.fromisoformat("2026-01-05T06:00:00+00:00")
    for number in range(_ROWS):
        started = first + timedelta(hours=number)
        distance = number * 37 % 100 / 10
        station = ("north", "south", "west")[number * 7 % 3]
        minutes = 10 + int(distance * 3)
        late = (distance > 6) != (station == "south" and number % 4 == 0)
        ended = started + timedelta(minutes=minutes)
        yield f"{started:%Y-%m-%dT%H:%M:%SZ},{ended:%Y-%m-%dT%H:%M:%SZ},{station},{distance},{str(late).lower()}\n"

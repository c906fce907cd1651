"""Parses Dockerfiles, as far as a container that is run as a process needs them.

Every instruction is executed, or known to change nothing for a process, or refused: never silently skipped.
"""

from __future__ import annotations

import json
import re
import shlex
from dataclasses import dataclass
from pathlib import Path

from localcloud.errors import ImageRefused

# Commands that only concern users, permissions or caches of a real container.
_HARMLESS_COMMANDS = frozenset(
    {"useradd", "adduser", "groupadd", "addgroup", "usermod", "chown", "chmod", "ldconfig", "true", ":"}
)
_HARMLESS_INSTRUCTIONS = frozenset(
    {"USER", "EXPOSE", "LABEL", "HEALTHCHECK", "MAINTAINER", "STOPSIGNAL", "VOLUME", "SHELL"}
)
_PIP = re.compile(r"^(?:python3?\s+-m\s+pip|pip3?|uv\s+pip)\s+install\b")
_PIP_VALUE_OPTIONS = frozenset(
    {
        "-r",
        "--requirement",
        "--target",
        "--python",
        "--only-binary",
        "--no-binary",
        "--index-url",
        "--cache-dir",
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Instruction:
    """One instruction.

    Attributes:
        line: number of its first line in the file.
        name: upper-case, such as ``COPY``.
        arguments: the rest.
    """

    line: int
    name: str
    arguments: str

    @property
    def text(self) -> str:
        """The instruction as it was written."""
        return f"{self.name} {self.arguments}"


@dataclass(frozen=True, slots=True, kw_only=True)
class InstallRequirements:
    """A RUN that installs a hash-locked requirement file."""

    file: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MakeFolders:
    """A RUN that makes folders."""

    folders: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ignore:
    """A RUN that changes nothing for a process."""

    command: str


Step = InstallRequirements | MakeFolders | Ignore


def parse(path: Path) -> list[Instruction]:
    """The instructions of a Dockerfile.

    Raises:
        ImageRefused: it has several stages.
    """
    instructions: list[Instruction] = []
    pending, started = "", 0
    for number, raw in enumerate(path.read_text().splitlines(), start=1):
        line = raw.strip()
        if not line or line.startswith("#"):
            continue
        started = started or number
        pending += line.removesuffix("\\") if line.endswith("\\") else line
        if line.endswith("\\"):
            continue
        name, _, arguments = pending.strip().partition(" ")
        instructions.append(Instruction(line=started, name=name.upper(), arguments=arguments.strip()))
        pending, started = "", 0
    if sum(1 for each in instructions if each.name == "FROM") > 1:
        raise ImageRefused(f"{path} has several stages; the embedded cloud builds one.")
    return instructions


def vector(arguments: str) -> list[str]:
    """The argument vector of an ENTRYPOINT or CMD, in exec or shell form.

    >>> vector('["python", "step.py"]')
    ['python', 'step.py']
    >>> vector("python step.py")
    ['/bin/sh', '-c', 'python step.py']
    """
    if arguments.startswith("["):
        return [str(each) for each in json.loads(arguments)]
    return ["/bin/sh", "-c", arguments]


def variables(arguments: str) -> dict[str, str]:
    """The variables of an ENV.

    >>> variables('A=1 B="two words"')
    {'A': '1', 'B': 'two words'}
    """
    if "=" not in arguments.split(" ", 1)[0]:
        name, _, value = arguments.partition(" ")
        return {name: value.strip()}
    return dict(part.partition("=")[::2] for part in shlex.split(arguments))


def is_harmless(instruction: Instruction) -> bool:
    """Whether an instruction other than RUN changes nothing for a process."""
    return instruction.name in _HARMLESS_INSTRUCTIONS


def steps(instruction: Instruction) -> list[Step]:
    """What a RUN does, command by command.

    Raises:
        ImageRefused: one of its commands cannot be honoured.
    """
    arguments = re.sub(r"^(?:--\S+\s+)*", "", instruction.arguments)
    if arguments.startswith("["):
        arguments = shlex.join(json.loads(arguments))
    return [
        _step(command.strip(), instruction) for command in re.split(r"&&|;", arguments) if command.strip()
    ]


def _step(command: str, instruction: Instruction) -> Step:
    words = shlex.split(command)
    if _PIP.match(command):
        return _install(words, command, instruction)
    if words[0] == "mkdir":
        return MakeFolders(folders=tuple(word for word in words[1:] if not word.startswith("-")))
    caches = words[0] == "rm" and all("cache" in word or word.startswith("-") for word in words[1:])
    if words[0] in _HARMLESS_COMMANDS or caches or command.startswith(("python -m compileall", "set -")):
        return Ignore(command=command)
    raise ImageRefused(
        f"line {instruction.line}: RUN {command!r} cannot be honoured, because the embedded cloud runs the image as a "
        "process of this machine. It can install hash-locked requirements (pip install --require-hashes -r FILE), "
        "make folders, and ignore users, permissions and caches. Leave the rest to the base image or to the code."
    )


def _install(words: list[str], command: str, instruction: Instruction) -> InstallRequirements:
    position = words.index("install") + 1
    files, packages = [], []
    while position < len(words):
        word = words[position]
        if word in _PIP_VALUE_OPTIONS:
            position += 1
            if word in ("-r", "--requirement"):
                files.append(words[position])
        elif not word.startswith("-"):
            packages.append(word)
        position += 1
    if len(files) != 1 or packages:
        raise ImageRefused(
            f"line {instruction.line}: RUN {command!r} must install exactly one hash-locked requirement file (-r FILE) "
            "and nothing by name: what is not locked would differ from machine to machine."
        )
    return InstallRequirements(file=files[0])

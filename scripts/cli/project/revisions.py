"""Revisions of the project's repository: which files changed since, and what stood there then."""

from __future__ import annotations

import shutil
import subprocess
import tarfile
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

from cli.exits import CommandError, Exit


@dataclass(frozen=True, slots=True, kw_only=True)
class Revision:
    """The last commit that a project and another revision have in common.

    ``folder`` is the project, the root of its repository or a folder in it.
    """

    folder: Path
    commit: str

    @classmethod
    def before(cls, folder: Path, name: str) -> Revision:
        """The commit at which the project began to differ from ``name``.

        Raises:
            CommandError: there is no repository, no git, or no such revision.
        """
        try:
            commit = _git(folder, "merge-base", name, "HEAD").decode().strip()
        except CommandError as error:
            raise CommandError(
                f"{error}; --since takes a branch, a tag or a commit of the repository of {folder}. A shallow clone "
                "may lack it: fetch the whole history (`fetch-depth: 0`, `GIT_DEPTH: 0`)",
                Exit.NOT_FOUND,
            ) from error
        return cls(folder=folder, commit=commit)

    def changed_files(self) -> list[str]:
        """Files of the project that differ now, by their paths in it; those not yet added included."""
        changed = _git(self.folder, "diff", "--name-only", "--relative", "-z", self.commit)
        added = _git(self.folder, "ls-files", "--others", "--exclude-standard", "-z")
        return sorted({name for name in (changed + added).decode().split("\0") if name})

    def write(self, into: Path, *inside: str) -> None:
        """Writes the project as it was to ``into``: all of it, or ``inside`` alone, where that was there."""
        there = _git(self.folder, "ls-tree", "--name-only", "-z", self.commit).decode().split("\0")
        wanted = [name for name in inside if name in there]
        if wanted or not inside:
            packed = _git(self.folder, "archive", "--format=tar", self.commit, *wanted)
            with tarfile.open(fileobj=BytesIO(packed)) as archive:
                archive.extractall(into, filter="data")


def _git(folder: Path, *words: str) -> bytes:
    program = shutil.which("git")
    if program is None:
        raise CommandError("git is not on the PATH; what changed is read from the project's repository")
    done = subprocess.run([program, *words], cwd=folder, capture_output=True, check=False)
    if done.returncode:
        raise CommandError(f"git {words[0]} failed: {done.stderr.decode().strip()}")
    return done.stdout

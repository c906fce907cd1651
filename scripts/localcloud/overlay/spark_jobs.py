"""Jobs of Spark as processes: objects are copied in and out under the job's role.

Spark itself knows no S3 here. An address of S3 among the arguments, or in a JSON document that an argument names, is
copied to a file before the job, and with a slash at its end it is a folder, whose files are copied back after it.
"""

from __future__ import annotations

import json
import os
import secrets
import shutil
import signal
import subprocess
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlparse

import boto3
from botocore.config import Config
from ministack.core import responses

from localcloud.overlay.context import CloudContext
from localcloud.overlay.fargate import role_credentials
from localcloud.spark_process import SparkProcess

ENDED = ("SUCCESS", "FAILED", "CANCELLED")
_SCHEME = "s3://"
_SETTINGS = {"spark.driver.memory": "2g", "spark.sql.shuffle.partitions": "8"}
_SHOWN = 2000


@dataclass(slots=True)
class Job:
    """One run of a job."""

    application: str
    run: str
    arn: str
    request: dict[str, Any]
    created: float = field(default_factory=time.time)
    state: str = "SUBMITTED"
    details: str = ""
    process: subprocess.Popen[bytes] | None = None

    def cancel(self, reason: str) -> None:
        """Ends the job's process; nothing happens where it has ended."""
        if self.state in ENDED:
            return
        self.state, self.details = "CANCELLED", reason
        if self.process is not None and self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)

    def described(self) -> dict[str, Any]:
        """The job run as GetJobRun answers it."""
        return {
            "applicationId": self.application,
            "jobRunId": self.run,
            "name": self.request.get("name"),
            "arn": self.arn,
            "createdBy": self.request.get("executionRoleArn"),
            "createdAt": self.created,
            "updatedAt": time.time(),
            "executionRole": self.request.get("executionRoleArn"),
            "state": self.state,
            "stateDetails": self.details,
            "releaseLabel": "",
            "jobDriver": self.request.get("jobDriver"),
        }


class JobRunner:
    """Starts jobs in threads of this process."""

    def __init__(self, cloud: CloudContext) -> None:
        self._cloud, self._spark = cloud, SparkProcess()

    def start(self, application: str, arn: str, request: dict[str, Any]) -> Job:
        """The job, which goes on after this."""
        run = secrets.token_hex(8)
        job = Job(application=application, run=run, arn=f"{arn}/jobruns/{run}", request=request)
        scope = responses.get_account_id(), responses.get_region()
        threading.Thread(target=self._run, args=(job, scope), daemon=True, name=f"spark-{run}").start()
        return job

    def _run(self, job: Job, scope: tuple[str, str]) -> None:
        folder = self._cloud.folders.scratch / f"spark-{job.run}"
        folder.mkdir(parents=True)
        try:
            with responses.request_scope(*scope):
                s3 = self._client(job)
            job.state = "RUNNING"
            ended, details = self._carry_out(job, folder, s3)
        except Exception as error:  # noqa: BLE001 (whatever it is, the job has failed of it)
            ended, details = "FAILED", str(error)
        finally:
            shutil.rmtree(folder, ignore_errors=True)
        if job.state != "CANCELLED":
            job.details = details
            job.state = ended

    def _client(self, job: Job) -> Any:
        """S3 as the role of the job sees it."""
        keys = role_credentials(job.request["executionRoleArn"], job.run, job.arn, self._cloud.account)
        return boto3.client(
            "s3",
            region_name=self._cloud.region,
            endpoint_url=self._cloud.inner_url,
            verify=str(self._cloud.certificates.authority),
            aws_access_key_id=keys["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=keys["AWS_SECRET_ACCESS_KEY"],
            aws_session_token=keys["AWS_SESSION_TOKEN"],
            config=Config(s3={"addressing_style": "path"}),
        )

    def _carry_out(self, job: Job, folder: Path, s3: Any) -> tuple[str, str]:
        submit = job.request["jobDriver"]["sparkSubmit"]
        command = self._spark.command(Path("-"), [])
        files = _Copies(folder, s3)
        script = files.copied(submit["entryPoint"])
        arguments = [files.with_document(argument) for argument in submit.get("entryPointArguments") or []]
        environment = self._spark.environment(folder / "shuffles", settings=_SETTINGS)
        with (folder / "log").open("wb") as log:
            job.process = subprocess.Popen(
                [command[0], script, *arguments],
                cwd=folder,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
            self._cloud.children.started(job.process.pid)
            code = self._wait(job)
        if code:
            said = (folder / "log").read_text(errors="replace")
            return "FAILED", f"Job failed, exit code {code}: {said[-_SHOWN:]}"
        files.copy_back()
        return "SUCCESS", ""

    def _wait(self, job: Job) -> int:
        assert job.process is not None  # noqa: S101 (it was just started)
        minutes = job.request.get("executionTimeoutMinutes")
        try:
            return job.process.wait(60 * minutes if minutes else None)
        except subprocess.TimeoutExpired:
            job.cancel(f"The job ran longer than its executionTimeoutMinutes, {minutes}.")
            return job.process.wait()


class _Copies:
    """Objects as files of a folder, by their addresses."""

    def __init__(self, folder: Path, s3: Any) -> None:
        self._folder, self._s3 = folder, s3
        self._outputs: dict[str, Path] = {}
        self._copied: dict[str, str] = {}

    def copied(self, address: str) -> str:
        """The path of the copy of an object, or of the folder that stands for a prefix."""
        if not address.startswith(_SCHEME):
            return address
        if address not in self._copied:
            path = self._folder / f"{len(self._copied)}"
            if address.endswith("/"):
                self._outputs[address] = path
            else:
                path = path.with_name(f"{path.name}-{address.rpartition('/')[2]}")
                bucket, key = _place(address)
                self._s3.download_file(bucket, key, str(path))
            self._copied[address] = str(path)
        return self._copied[address]

    def with_document(self, argument: str) -> str:
        """The same of an argument, and of all addresses in it where it is a JSON document."""
        path = self.copied(argument)
        if argument.startswith(_SCHEME) and argument.endswith(".json"):
            document = json.loads(Path(path).read_text())
            Path(path).write_text(json.dumps(self._replaced(document)))
        return path

    def _replaced(self, value: Any) -> Any:
        if isinstance(value, dict):
            return {name: self._replaced(each) for name, each in value.items()}
        if isinstance(value, list):
            return [self._replaced(each) for each in value]
        return self.copied(value) if isinstance(value, str) and value.startswith(_SCHEME) else value

    def copy_back(self) -> None:
        """Puts what was written to folders where they stand for."""
        for address, folder in self._outputs.items():
            bucket, prefix = _place(address)
            for path in sorted(folder.rglob("*")):
                # Hadoop's checksums are of its own file system.
                if path.is_file() and not path.name.startswith("."):
                    self._s3.upload_file(str(path), bucket, f"{prefix}{path.relative_to(folder)}")


def _place(address: str) -> tuple[str, str]:
    parsed = urlparse(address)
    return parsed.netloc, parsed.path.lstrip("/")

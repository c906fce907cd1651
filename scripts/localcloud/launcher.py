"""The process of the embedded cloud: ``python -m localcloud.launcher --state DIR --shared DIR``.

It serves HTTPS on 127.0.0.1 until SIGTERM, with IAM on. ``localcloud.cloud`` starts it; the endpoint file it writes
when it is ready holds what a client needs.
"""

from __future__ import annotations

import argparse
import asyncio
import fcntl
import json
import os
import secrets
import shutil
import signal
import socket
import string
import sys
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, Any

from localcloud import emulator, tls
from localcloud.children import Children
from localcloud.environment import emulator_environment
from localcloud.errors import CloudFailed, LocalCloudError
from localcloud.folders import Folders
from localcloud.host_process import this_process

# When it is told to stop, requests under way get so long to end.
_GRACE_SECONDS = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The settings that a restart on the same state keeps."""

    port: int
    account: str
    region: str
    access_key_id: str
    secret_access_key: str


def main() -> int:
    """Serves until it is stopped."""
    arguments = _arguments()
    folders = Folders(state=arguments.state.resolve(), shared=arguments.shared.resolve())
    folders.state.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        emulator.require_supported()
        with _sole_owner(folders):
            _serve(folders, arguments)
    except LocalCloudError as error:
        print(f"{type(error).__name__}: {error}", file=sys.stderr)
        return 1
    return 0


def _arguments(given: Sequence[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="localcloud.launcher", description=__doc__)
    parser.add_argument("--state", type=Path, required=True, help="folder of this cloud")
    parser.add_argument(
        "--shared", type=Path, required=True, help="folder of content shared by several clouds"
    )
    parser.add_argument("--account", default="000000000000")
    parser.add_argument("--region", default="us-east-1")
    parser.add_argument("--minute-seconds", type=float, default=10.0, help="what a minute of an alarm lasts")
    parser.add_argument(
        "--delay-seconds", type=float, default=0.0, help="how long alarms do not see new points"
    )
    return parser.parse_args(given)


def _sole_owner(folders: Folders) -> IO[str]:
    lock = folders.lock.open("w")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise CloudFailed(f"Another process serves the state in {folders.state}.") from None
    return lock


def _serve(folders: Folders, arguments: argparse.Namespace) -> None:
    certificates = tls.ensure(folders.tls)
    children = Children(folders.children)
    children.end_orphans()
    shutil.rmtree(folders.scratch, ignore_errors=True)
    listener, settings = _settle(folders, account=arguments.account, region=arguments.region)
    configuration = emulator_environment(
        folders, certificates, port=settings.port, account=settings.account, region=settings.region
    )
    os.environ.clear()
    os.environ.update(configuration)
    # Only now: the emulator reads its configuration while it is imported.
    from localcloud import overlay
    from localcloud.overlay.context import CloudContext

    cloud = CloudContext(
        folders=folders,
        port=settings.port,
        account=settings.account,
        region=settings.region,
        certificates=certificates,
        children=children,
        minute_seconds=arguments.minute_seconds,
        delay_seconds=arguments.delay_seconds,
    )
    overlay.install(cloud)
    asyncio.run(_run(cloud, settings, listener))


def _settle(folders: Folders, *, account: str, region: str) -> tuple[socket.socket, Settings]:
    """A listening socket, on the former port if it is free, and the matching settings."""
    known = json.loads(folders.settings.read_text()) if folders.settings.exists() else {}
    listener = _listen(int(known.get("port", 0)))
    settings = Settings(
        port=listener.getsockname()[1],
        account=known.get("account", account),
        region=known.get("region", region),
        access_key_id=known.get("access_key_id") or _random_key_id(),
        secret_access_key=known.get("secret_access_key") or secrets.token_urlsafe(30),
    )
    write_private(folders.settings, asdict(settings))
    return listener, settings


def _listen(port: int) -> socket.socket:
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind(("127.0.0.1", port))
    except OSError:
        listener.bind(("127.0.0.1", 0))
    return listener


def _random_key_id() -> str:
    alphabet = string.ascii_uppercase + "234567"
    return "AKIA" + "".join(secrets.choice(alphabet) for _ in range(16))


async def _run(cloud: Any, settings: Settings, listener: socket.socket) -> None:
    from hypercorn.asyncio import serve
    from hypercorn.config import Config
    from ministack import app
    from ministack.core import responses

    from localcloud import overlay
    from localcloud.gateway import Gateway
    from localcloud.overlay import credentials

    config = Config()
    config.bind = [f"fd://{listener.fileno()}"]
    config.certfile, config.keyfile = os.environ["MINISTACK_SSL_CERT"], os.environ["MINISTACK_SSL_KEY"]
    config.keep_alive_timeout = 75
    config.keep_alive_max_requests = 1_000_000
    config.backlog = 512
    config.loglevel = "WARNING"

    def started() -> None:
        with responses.request_scope(settings.account, settings.region):
            credentials.ensure_administrator(settings.access_key_id, settings.secret_access_key)
        overlay.started()
        _write_endpoint(cloud.folders, settings)

    door = Gateway(app.app, started)
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    asyncio.get_running_loop().set_exception_handler(_report)
    told = asyncio.create_task(stop.wait())
    # The server's own shutdown waits for every idle client to say goodbye; ours does not, see below.
    serving = asyncio.create_task(serve(door, config, shutdown_trigger=asyncio.Event().wait))  # type: ignore[arg-type]
    await asyncio.wait({told, serving}, return_when=asyncio.FIRST_COMPLETED)
    if serving.done():
        serving.result()
    cloud.folders.endpoint.unlink(missing_ok=True)
    await _let_requests_end(door)
    await asyncio.to_thread(overlay.stopping)
    sys.stdout.flush()
    os._exit(0)


def _report(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    # A client that goes away without a goodbye is no news.
    if not isinstance(context.get("exception"), (TimeoutError, ConnectionError)):
        loop.default_exception_handler(context)


async def _let_requests_end(door: Any) -> None:
    with suppress(TimeoutError):
        await asyncio.wait_for(door.idle.wait(), _GRACE_SECONDS)


def _write_endpoint(folders: Folders, settings: Settings) -> None:
    write_private(folders.endpoint, {**asdict(settings), **asdict(this_process())})


def write_private(path: Path, document: dict[str, Any]) -> None:
    """Writes JSON that only its owner may read, atomically."""
    partial = path.with_suffix(".partial")
    partial.unlink(missing_ok=True)
    descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        json.dump(document, file)
    partial.replace(path)


if __name__ == "__main__":
    sys.exit(main())

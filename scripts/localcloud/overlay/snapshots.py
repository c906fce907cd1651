"""Snapshots of the state a second after each change, so that it survives kill -9.

The stock emulator writes its state when it is asked to end, and loses it otherwise. It also copies everything, in
Python, each time, and keeps layers inside one JSON document.
"""

from __future__ import annotations

import base64
import hashlib
import json
import logging
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any, BinaryIO

from ministack import app
from ministack.core import persistence, responses
from ministack.services import cloudwatch, cloudwatch_logs, dynamodb, lambda_svc, sqs, stepfunctions

from localcloud.overlay import activity
from localcloud.overlay.context import CloudContext
from localcloud.overlay.patching import expect, replace

_INTERVAL_SECONDS = 1.0
# These grow with every invocation, and losing a few seconds of them hurts nobody.
_SELDOM = {"cloudwatch", "cloudwatch_logs"}
_SELDOM_SECONDS = 10.0
# Lists longer than this, and dictionaries down to this depth, are encoded in parts, so that others get their turn.
_SLICE = 500
_DEPTH = 5
_BLOB = "localcloud_blob"
_log = logging.getLogger("localcloud.snapshots")
_writing = threading.Lock()
_digests: dict[str, bytes] = {}


def install(cloud: CloudContext) -> None:
    """Writes snapshots in the background; reads layers from their own files."""
    expect(app, "_build_persistence_save_dict", params="")
    expect(persistence, "_json_default", params="obj", contains=("__account_region_scoped__", "__bytes__"))
    expect(persistence, "load_state", contains=("__ministack_format__",))
    expect(lambda_svc, "get_state", contains=("_externalize_code_zip", '"layers": copy.deepcopy(_layers)'))
    replace(lambda_svc, "get_state", _lambda_state)
    restore = expect(lambda_svc, "_restore_state", params="data", contains=("_layers.update",))
    replace(lambda_svc, "_restore_state", lambda data: restore(_with_layers(data)))
    for module in (cloudwatch, cloudwatch_logs, dynamodb, sqs, stepfunctions):
        _read_in_place(module)


def start() -> None:
    """Starts to write snapshots; call it after the state of the last run has been read."""
    threading.Thread(target=_write_forever, daemon=True, name="snapshots").start()


def save(services: dict[str, Callable[[], Any]], *, everything: bool) -> None:
    """Writes the state of services, by snapshot name, where it has changed."""
    with _writing:
        for name, get_state in services.items():
            if not everything and name in _SELDOM:
                continue
            try:
                state = get_state()
                if state is not None:
                    _write(Path(persistence.STATE_DIR), name, state)
            except Exception:  # noqa: BLE001 (whatever it is, the other services are saved)
                # Most often a dictionary that grew meanwhile: the next snapshot, a second later, has it.
                _log.debug("The snapshot of %s was put off.", name, exc_info=True)


def save_all() -> None:
    """Writes the state of every service."""
    save(app._build_persistence_save_dict(), everything=True)


def _write_forever() -> None:
    seen, seldom_at = -1, 0.0
    while True:
        time.sleep(_INTERVAL_SECONDS)
        latest = activity.latest()
        if latest == seen:
            continue
        seldom = time.monotonic() - seldom_at >= _SELDOM_SECONDS
        started = time.monotonic()
        save(app._build_persistence_save_dict(), everything=seldom)
        if seldom:
            seldom_at, seen = time.monotonic(), latest
        # Never more than a tenth of one processor.
        time.sleep(9 * (time.monotonic() - started))


def _write(folder: Path, name: str, state: Any) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    partial = folder / f"{name}.json.partial"
    digest = hashlib.blake2b(digest_size=16)
    with partial.open("wb") as file:
        _put(
            file,
            digest,
            f'{{"__ministack_format__":{persistence._state_format_version(name)},"payload":'.encode(),
        )
        for piece in _pieces(state, _DEPTH):
            _put(file, digest, piece.encode())
        _put(file, digest, b"}")
    if _digests.get(name) == digest.digest():
        partial.unlink()
        return
    partial.replace(folder / f"{name}.json")
    _digests[name] = digest.digest()


def _put(file: BinaryIO, digest: Any, piece: bytes) -> None:
    digest.update(piece)
    file.write(piece)


def _pieces(value: Any, depth: int) -> Iterator[str]:
    """The JSON of a value in pieces, each made while its content is locked."""
    if isinstance(value, responses.AccountRegionScopedDict | responses.AccountScopedDict):
        yield from _scoped_pieces(value, depth)
    elif isinstance(value, dict) and depth:
        separator = "{"
        for key, each in list(value.items()):
            yield f"{separator}{json.dumps(_key(key))}:"
            yield from _pieces(each, depth - 1)
            separator = ","
        yield "{}" if separator == "{" else "}"
    elif isinstance(value, list) and len(value) > _SLICE:
        for start in range(0, len(value), _SLICE):
            part = json.dumps(value[start : start + _SLICE], default=persistence._json_default)[1:-1]
            yield part if start == 0 and not part else ("[" if start == 0 else ",") + part
        yield "]"
    else:
        yield json.dumps(value, default=persistence._json_default)


def _scoped_pieces(store: Any, depth: int) -> Iterator[str]:
    regional = isinstance(store, responses.AccountRegionScopedDict)
    yield '{"__account_region_scoped__":true,"data":' if regional else '{"__scoped__":true,"data":'
    entries = {"\x00".join([*key[:-1], repr(key[-1])]): value for key, value in list(store._data.items())}
    yield from _pieces(entries, depth)
    yield "}"


def _key(key: Any) -> str:
    if isinstance(key, str):
        return key
    if isinstance(key, bool) or key is None:
        return json.dumps(key)
    if isinstance(key, int | float):
        return str(key)
    raise TypeError(f"{key!r} cannot be a key in JSON")


def _read_in_place(module: ModuleType) -> None:
    """Lets a service return its plain-data state itself instead of a copy."""
    expect(module, "get_state", contains=("copy.deepcopy(",))
    source = module.get_state
    plain = SimpleNamespace(deepcopy=lambda value: value)
    in_place = type(source)(source.__code__, {**vars(module), "copy": plain}, source.__name__)

    def get_state() -> Any:
        # The function's globals are a copy made at start; stores are never rebound, which `expect` cannot see.
        return in_place()

    module.get_state = get_state  # type: ignore[attr-defined]


def _lambda_state() -> dict[str, Any]:
    """The Lambda service's state, with packages and layers as references to files."""
    functions = responses.AccountRegionScopedDict()
    for place, function in list(lambda_svc._functions._data.items()):
        versions = {number: _outsourced(version) for number, version in list(function["versions"].items())}
        functions._data[place] = {**_outsourced(function), "versions": versions}
    layers = responses.AccountRegionScopedDict()
    for place, layer in list(lambda_svc._layers._data.items()):
        versions_of = [_outsourced(version, "_zip_data") for version in layer["versions"]]
        layers._data[place] = {**layer, "versions": versions_of}
    return {
        "functions": functions,
        "layers": layers,
        "esms": lambda_svc._esms,
        "function_urls": lambda_svc._function_urls,
        "kinesis_positions": lambda_svc._kinesis_positions,
        "dynamodb_stream_positions": lambda_svc._dynamodb_stream_positions,
    }


def _outsourced(record: dict[str, Any], member: str = "code_zip") -> dict[str, Any]:
    content = record.get(member)
    if not isinstance(content, bytes):
        return record
    encoded = (record.get("config") or record.get("Content") or {})["CodeSha256"]
    digest = base64.b64decode(encoded).hex()
    path = Path(lambda_svc.CODE_BLOB_DIR) / f"{digest}.zip"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        partial = path.with_suffix(".partial")
        partial.write_bytes(content)
        partial.replace(path)
    reference = {lambda_svc._BLOB_REF_KEY: digest} if member == "code_zip" else {_BLOB: digest}
    return {**record, member: reference}


def _with_layers(data: dict[str, Any]) -> dict[str, Any]:
    layers = (data or {}).get("layers")
    for layer in getattr(layers, "_data", {}).values():
        for version in layer["versions"]:
            content = version.get("_zip_data")
            if isinstance(content, dict) and _BLOB in content:
                version["_zip_data"] = lambda_svc._read_code_blob(content[_BLOB])
    return data

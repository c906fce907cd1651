"""The Python runtime of one Lambda execution environment.

Runs as a script in an isolated interpreter (``python -I -S``) that must see nothing of this project: standard
library only. Requests come in on one pipe, replies leave on another, and everything the function prints goes to
the log pipe that is its standard output and error.
"""

from __future__ import annotations

import importlib
import json
import os
import struct
import sys
import time
import traceback
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any, BinaryIO

Handler = Callable[[Any, "_Context"], Any]
HEADER = struct.Struct(">II")
# A synchronous invocation may answer with so many bytes: 6 MiB and a little.
MAX_RESPONSE_BYTES = 6 * 1024 * 1024 + 100


class _Context:
    """The context object a handler receives."""

    def __init__(self, meta: dict[str, Any]) -> None:
        environ = os.environ
        self.aws_request_id = meta["request_id"]
        self.invoked_function_arn = meta["arn"]
        self.function_name = environ["AWS_LAMBDA_FUNCTION_NAME"]
        self.function_version = environ["AWS_LAMBDA_FUNCTION_VERSION"]
        self.memory_limit_in_mb = environ["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"]
        self.log_group_name = environ["AWS_LAMBDA_LOG_GROUP_NAME"]
        self.log_stream_name = environ["AWS_LAMBDA_LOG_STREAM_NAME"]
        self.identity = None
        self.client_context = None
        self._deadline: float = meta["deadline"]

    def get_remaining_time_in_millis(self) -> int:
        return max(0, int((self._deadline - time.time()) * 1000))


def _send(replies: BinaryIO, document: dict[str, Any]) -> None:
    body = json.dumps(document, default=_plain).encode()
    if len(body) > MAX_RESPONSE_BYTES + len('{"result": }'):
        message = f"Response payload size exceeded maximum allowed payload size ({MAX_RESPONSE_BYTES} bytes)."
        error = {"errorType": "Function.ResponseSizeTooLarge", "errorMessage": message, "stackTrace": []}
        body = json.dumps({"error": error}).encode()
    replies.write(HEADER.pack(len(body), 0) + body)
    replies.flush()


def _plain(value: object) -> float:
    if isinstance(value, Decimal):
        return float(value)
    raise TypeError(f"Object of type {type(value).__name__} is not JSON serializable")


def _read(requests: BinaryIO) -> tuple[dict[str, Any], bytes] | None:
    header = requests.read(HEADER.size)
    if len(header) < HEADER.size:
        return None
    meta_size, event_size = HEADER.unpack(header)
    return json.loads(requests.read(meta_size)), requests.read(event_size)


def _log_error(kind: str, message: str, trace: Sequence[str]) -> None:
    # One log event in CloudWatch, as the managed runtime writes it: lines joined by carriage returns.
    lines = [f"[ERROR] {kind}: {message}"] + (["Traceback (most recent call last):"] if trace else [])
    for frame in trace:
        lines += frame.rstrip("\n").split("\n")
    print("\r".join(lines), flush=True)


def _failure(kind: str, message: str, trace: Sequence[str] = ()) -> dict[str, Any]:
    _log_error(kind, message, list(trace))
    return {"errorMessage": message, "errorType": kind, "stackTrace": list(trace)}


def _frames(error: BaseException) -> list[str]:
    """The traceback below this file."""
    found = traceback.extract_tb(error.__traceback__)
    return traceback.format_list([frame for frame in found if frame.filename != __file__])


def _load(handler: str) -> tuple[Handler | None, dict[str, Any] | None]:
    """The handler function, or the error document that the managed runtime would answer."""
    module_name, _, function_name = handler.rpartition(".")
    try:
        module = importlib.import_module(module_name.replace("/", "."))
    except ImportError as error:
        message = f"Unable to import module '{module_name}': {error}"
        return None, _failure("Runtime.ImportModuleError", message)
    except SyntaxError as error:
        message = f"Syntax error in module '{module_name}': {error}"
        return None, _failure("Runtime.UserCodeSyntaxError", message)
    except Exception as error:  # noqa: BLE001 (whatever a module raises is reported)
        return None, _failure(type(error).__name__, str(error), _frames(error))
    found = getattr(module, function_name, None)
    if found is None:
        message = f"Handler '{function_name}' missing on module '{module_name}'"
        return None, _failure("Runtime.HandlerNotFound", message)
    return found, None


def _invoke(function: Handler, meta: dict[str, Any], event: bytes) -> dict[str, Any]:
    try:
        result = function(json.loads(event), _Context(meta))
    except Exception as error:  # noqa: BLE001 (whatever a handler raises is reported)
        return {"error": _failure(type(error).__name__, str(error), _frames(error))}
    return {"result": result}


def _answer(replies: BinaryIO, document: dict[str, Any]) -> None:
    try:
        _send(replies, document)
    except (TypeError, ValueError) as error:
        message = f"Unable to marshal response: {error}"
        _send(replies, {"error": _failure("Runtime.MarshalError", message)})


def _prepare(paths: dict[str, Any]) -> None:
    code, layers, sdk = paths["code"], paths["layers"], paths["sdk"]
    version = f"python{sys.version_info[0]}.{sys.version_info[1]}"
    first = [code]
    for layer in reversed(layers):
        first += [f"{layer}/python/lib/{version}/site-packages", f"{layer}/python"]
    sys.path[:] = [*first, *sys.path, sdk]
    sys.argv = [""]
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(line_buffering=True)  # type: ignore[union-attr]


def main() -> None:
    """Imports the handler, then serves one invocation after the other."""
    requests = os.fdopen(int(sys.argv[1]), "rb")
    replies = os.fdopen(int(sys.argv[2]), "wb")
    paths = json.loads(sys.argv[3])
    _prepare(paths)
    function, failure = _load(os.environ["_HANDLER"])
    sys.stdout.flush()
    _send(replies, {"ready": failure is None, "error": failure})
    if function is None:
        return
    while (request := _read(requests)) is not None:
        meta, event = request
        os.environ["_X_AMZN_TRACE_ID"] = meta["trace"]
        document = _invoke(function, meta, event)
        sys.stdout.flush()
        sys.stderr.flush()
        _answer(replies, document)


if __name__ == "__main__":
    main()

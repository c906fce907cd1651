"""A Fargate task that does what its environment asks for."""
# ruff: noqa: T201, PLC0415 (it prints, and imports late so as to be quick to react)

import importlib.util
import os
import signal
import sys
import time
from pathlib import Path


def end(*_):
    """Leave a trace of having been asked to end."""
    Path(os.environ["TERM_FILE"]).touch()
    sys.exit(0)


def main():
    """Act."""
    signal.signal(signal.SIGTERM, end)
    print("started", flush=True)
    if os.environ.get("HOG_MIB", "0") != "0":
        held = bytearray(int(os.environ["HOG_MIB"]) * 1024 * 1024)
        held[::4096] = b"x" * len(held[::4096])
        time.sleep(30)
    time.sleep(float(os.environ.get("SLEEP", "0")))
    if os.environ.get("EXIT", "0") != "0":
        print("failing as asked", flush=True)
        return int(os.environ["EXIT"])
    import boto3

    body = f"pandas={importlib.util.find_spec('pandas') is not None} cwd={Path.cwd()}"
    boto3.client("s3").put_object(
        Bucket=os.environ["BUCKET"], Key=f"task/{os.environ.get('RUN', 'run')}", Body=body
    )
    return 0


def handler(event, _context):
    """Answer as a function of the same image."""
    time.sleep(event.get("sleep", 0))
    if event.get("hog"):
        held = bytearray(event["hog"] * 1024 * 1024)
        held[::4096] = b"x" * len(held[::4096])
    packages = ("boto3", "pandas", "localcloud")
    return {
        "seen": [name for name in packages if importlib.util.find_spec(name)],
        "folder": str(Path.cwd()),
        "mode": os.environ["MODE"],
        "pid": os.getpid(),
        "name": os.environ["AWS_LAMBDA_FUNCTION_NAME"],
    }


if __name__ == "__main__":
    sys.exit(main())

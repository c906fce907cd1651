"""A Fargate task that does what its environment asks for."""

import importlib.util
import os
import signal
import sys
import time

import boto3


def main():
    """Act."""
    print("started", flush=True)
    if "TERM_FILE" in os.environ:
        signal.signal(signal.SIGTERM, lambda *_: (open(os.environ["TERM_FILE"], "w").close(), sys.exit(0)))
    if os.environ.get("HOG_MIB", "0") != "0":
        held = bytearray(int(os.environ["HOG_MIB"]) * 1024 * 1024)
        held[::4096] = b"x" * len(held[::4096])
        time.sleep(30)
    time.sleep(float(os.environ.get("SLEEP", "0")))
    if os.environ.get("EXIT", "0") != "0":
        print("failing as asked", flush=True)
        return int(os.environ["EXIT"])
    body = f"pandas={importlib.util.find_spec('pandas') is not None} cwd={os.getcwd()}"
    boto3.client("s3").put_object(Bucket=os.environ["BUCKET"], Key=f"task/{os.environ.get('RUN', 'run')}", Body=body)
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""A substitute for ``docker`` where the CDK CLI builds and pushes images (CDK_DOCKER).

Knows what the CLI uses: login, inspect, build, tag, push. A push registers the image in the emulated ECR with
the AWS variables of the environment.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from localcloud.errors import LocalCloudError
from localcloud.image_build import build
from localcloud.images import ImageStore

# Options of `docker build` that take a value and change nothing here, beside --tag and --file.
_VALUE_OPTIONS = ("--platform", "--output", "--cache-from", "--cache-to", "--network", "--ssh", "--secret")


def main(argv: list[str] | None = None) -> int:
    """Runs one command."""
    parser = argparse.ArgumentParser(prog="fakedocker", description=__doc__)
    parser.add_argument("--images", type=Path, required=True, help="folder of built images")
    parser.add_argument("command")
    arguments, rest = parser.parse_known_args(argv)
    store = ImageStore(arguments.images)
    try:
        return _run(store, arguments.command, rest)
    except LocalCloudError as error:
        print(f"{type(error).__name__}: {error}", file=sys.stderr)
        return 1


def _run(store: ImageStore, command: str, rest: list[str]) -> int:
    match command:
        case "login":
            sys.stdin.read()
        case "version" | "logout":
            print("fakedocker: images become processes")
        case "inspect":
            return 0 if store.key_of(rest[-1]) else 1
        case "build":
            _build(store, rest)
        case "tag":
            store.tag(_known(store, rest[-2]), rest[-1])
        case "push":
            _known(store, rest[-1])
            _register(rest[-1])
        case _:
            raise LocalCloudError(f"fakedocker does not support 'docker {command}'.")
    return 0


def _known(store: ImageStore, name: str) -> str:
    key = store.key_of(name)
    if key is None:
        raise LocalCloudError(f"The image {name} has not been built.")
    return key


def _build(store: ImageStore, rest: list[str]) -> None:
    parser = argparse.ArgumentParser(prog="fakedocker build")
    parser.add_argument("--tag", "-t", required=True)
    parser.add_argument("--file", "-f", default="Dockerfile")
    parser.add_argument("--build-arg", action="append", default=[])
    parser.add_argument("--target")
    for option in _VALUE_OPTIONS:
        parser.add_argument(option, action="append")
    parser.add_argument("context", type=Path)
    arguments = parser.parse_args(rest)
    if arguments.build_arg or arguments.target:
        raise LocalCloudError(
            "The embedded cloud supports neither build arguments nor targets of a Dockerfile."
        )
    context = arguments.context.resolve()
    key = build(store, context, context / arguments.file, lambda line: print(line, flush=True))
    store.tag(key, arguments.tag)
    for line in store.load(key).ignored:
        print(f"without effect on a process: {line}")


def manifest(tag: str) -> str:
    """The manifest under which an image is registered; images themselves stay in their folder."""
    return json.dumps(
        {"schemaVersion": 2, "mediaType": "application/vnd.docker.distribution.manifest.v2+json", "tag": tag}
    )


def _register(name: str) -> None:
    import boto3

    repository, _, tag = name.split("/", 1)[1].rpartition(":")
    boto3.client("ecr").put_image(repositoryName=repository, imageManifest=manifest(tag), imageTag=tag)


if __name__ == "__main__":
    sys.exit(main())

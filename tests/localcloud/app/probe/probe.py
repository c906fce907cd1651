"""A function that does what its event asks for."""
# ruff: noqa: T201, PLC0415 (it prints, and imports, when asked)

import base64
import gzip
import importlib
import json
import os
import sys
import time


class Quarantined(Exception):
    """An error with a name of its own."""


def handler(event, context):
    """Do what the first known key of the event says."""
    for key, act in ACTIONS.items():
        if isinstance(event, dict) and key in event:
            return act(event, context)
    return {"event": event, "version": context.function_version, "arn": context.invoked_function_arn}


def _raise(event, context):
    if event["raise"] == "Quarantined":
        raise Quarantined(event.get("message", "as asked"))
    raise ValueError(event.get("message", "as asked"))


def _import(event, context):
    return importlib.import_module(event["import"]).__file__


def _sleep(event, context):
    time.sleep(event["sleep"])
    return "slept"


def _hog(event, context):
    held = bytearray(event["hog"] * 1024 * 1024)
    held[::4096] = b"x" * len(held[::4096])
    time.sleep(event.get("hold", 0.3))
    return len(held)


def _print(event, context):
    for line in event["print"]:
        print(line if isinstance(line, str) else json.dumps(line))
    return "printed"


def _emf(event, context):
    directive = {"Namespace": event["emf"], "Dimensions": [["Model"]], "Metrics": [{"Name": event["name"]}]}
    document = {"_aws": {"Timestamp": int(time.time() * 1000), "CloudWatchMetrics": [directive]}}
    print(json.dumps({**document, "Model": event["model"], event["name"]: event["value"]}))
    return "measured"


def _put(event, context):
    import boto3

    boto3.client("s3").put_object(Bucket=event["put"], Key=event["key"], Body=b"from a function")
    return "put"


def _count(event, context):
    import boto3

    table = boto3.client("dynamodb")
    answer = table.update_item(
        TableName=os.environ["TABLE"],
        Key={"pk": {"S": event["count"]}, "sk": {"S": "count"}},
        UpdateExpression="ADD n :one",
        ExpressionAttributeValues={":one": {"N": "1"}},
        ReturnValues="ALL_NEW",
    )
    number = int(answer["Attributes"]["n"]["N"])
    if number <= event.get("fail_first", 0):
        raise Quarantined(f"attempt {number}")
    return {"attempts": number}


def _answer(event, context):
    sent = event.get("body") or "{}"
    if event.get("isBase64Encoded"):
        sent = gzip.decompress(base64.b64decode(sent))
    body = json.loads(sent)
    for key, act in ACTIONS.items():
        if key in body:
            return act(body, context)
    return {"statusCode": 200, "body": json.dumps({"version": context.function_version, "echo": body})}


ACTIONS = {
    "raise": _raise,
    "import": _import,
    "sleep": _sleep,
    "hog": _hog,
    "print": _print,
    "emf": _emf,
    "put": _put,
    "count": _count,
    "exit": lambda event, context: os._exit(event["exit"]),
    "large": lambda event, context: "x" * event["large"],
    "environment": lambda event, context: dict(os.environ),
    "path": lambda event, context: sys.path,
    "pid": lambda event, context: os.getpid(),
    "nothing": lambda event, context: None,
    "unserialisable": lambda event, context: object(),
    "rawPath": _answer,
}

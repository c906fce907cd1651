"""Acknowledged findings of cdk-nag: each rule that keepfit does not follow, with the reason."""

from __future__ import annotations

from enum import Enum

from aws_cdk import Acknowledgment, Validations
from constructs import IConstruct


class Acknowledged(Enum):
    """Rules of cdk-nag and the reason why a construct may break them.

    IAM5 is reported once per resource: ``acknowledge`` takes the resources.
    """

    OBJECTS_UNDER_A_PREFIX = (
        ("AwsSolutions-IAM5",),
        """Object keys are not known when the stack is deployed; every such resource is one prefix of one bucket that
        belongs to the model or the dataset of the function.""",
    )
    TABLES_OF_ONE_DATABASE = (
        ("AwsSolutions-IAM5",),
        "Each dataset is a table of the one database that belongs to keepfit; nothing else is in it.",
    )
    METRICS_HAVE_NO_ADDRESS = (
        ("AwsSolutions-IAM5",),
        "PutMetricData has no resource; a condition narrows it to the namespace of keepfit.",
    )
    VERSIONS_NOT_YET_PUBLISHED = (
        ("AwsSolutions-IAM5",),
        """A release is invoked by its version number before the alias moves, and Lambda gives the number when it is
        published; only versions of this one function match.""",
    )
    RUNS_NOT_YET_STARTED = (
        ("AwsSolutions-IAM5",),
        """Executions, tasks and streams of a log get their names when they start; only those of one state machine,
        cluster or log group match.""",
    )
    REVISIONS_NOT_YET_REGISTERED = (
        ("AwsSolutions-IAM5",),
        "A deployment registers the next revision while runs are in flight; only those of one task's family match.",
    )
    MODELS_NOT_YET_DEPLOYED = (
        ("AwsSolutions-IAM5",),
        """What serves all models is deployed before them; only state machines, and functions of one name, of keepfit's
        stacks match.""",
    )
    ACTION_WITHOUT_RESOURCES = (
        ("AwsSolutions-IAM5",),
        """IAM defines no resource for these: reading metrics, rules and task definitions, registering the latter,
        setting up log delivery, the login token of the registry.""",
    )
    NO_TRACING = (
        ("AwsSolutions-SF2", "Serverless-StepFunctionStateMachineXray", "Serverless-LambdaTracing"),
        "The X-Ray SDKs end in February 2027; execution histories and structured logs answer what traces would.",
    )
    CALLER_SEES_THE_FAILURE = (
        ("Serverless-LambdaDLQ",),
        "Invoked synchronously: the state machine retries and catches, API Gateway answers 500; nothing is lost.",
    )
    QUEUE_IS_A_DEAD_LETTER_QUEUE = (
        ("AwsSolutions-SQS3", "Serverless-SQSRedrivePolicy"),
        "This queue is where undeliverable events end; an alarm watches its depth.",
    )
    MAIL_IS_TRIED_BY_SNS = (
        ("Serverless-SNSRedrivePolicy",),
        """SNS itself tries mail again for hours, and each notice is on record where no mail server loses it; a letter
        that an address refuses is of no use to a queue.""",
    )
    RUNTIME_WITH_ALL_WHEELS = (
        ("AwsSolutions-L1", "Serverless-LambdaLatestVersion"),
        "Python 3.13 is the newest runtime that every locked wheel of the layers is published and tested for.",
    )
    NO_PEOPLE_IN_THE_POOL = (
        ("AwsSolutions-COG2", "AwsSolutions-COG8"),
        """The pool's users are programs, made by an administrator, with long random passwords that nobody chose: there
        is no second factor to ask for, and no leaked or guessed password for the Plus plan to find.""",
    )
    NETWORK_WITHOUT_LISTENERS = (
        ("AwsSolutions-VPC7",),
        """Training tasks only open connections to AWS endpoints over TLS and nothing may connect to them; what they
        read and write is in the bucket's access log.""",
    )
    RUNS_REPORT_THEMSELVES = (
        ("AwsSolutions-ECS4",),
        "Tasks live for minutes and leave times and errors in the run's report; Container Insights bills per task.",
    )
    TARGETS_HAVE_RANDOM_NAMES = (
        ("AwsSolutions-IAM5",),
        "Scalable targets are addressed by ids that AWS makes up; conditions narrow them to tasks of ECS services.",
    )
    API_LOGS_REQUESTS = (
        ("AwsSolutions-ELB2",),
        "Only the HTTP API reaches this load balancer, and logs every request with its client, status and latency.",
    )
    NAMES_ARE_NO_SECRETS = (
        ("AwsSolutions-ECS2",),
        "The variables are names of a model, a bucket and a table; there is no secret among them.",
    )


def acknowledge(construct: IConstruct, acknowledged: Acknowledged, *findings: str) -> None:
    """Acknowledges the rules for ``construct`` and its children, or only their ``findings``."""
    rules, text = acknowledged.value
    reason = " ".join(text.split())
    ids = [f"{rule}[{finding}]" for rule in rules for finding in findings] if findings else rules
    Validations.of(construct).acknowledge(*(Acknowledgment(id=rule, reason=reason) for rule in ids))

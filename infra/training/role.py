"""The role of the program of the training image, whatever runs it."""

from __future__ import annotations

from aws_cdk import aws_iam as iam
from constructs import Construct

from infra.constructs.access import grant, read_objects, write_objects
from infra.model_context import ModelContext
from keepfit.training.runs.run_files import SELECTION, SIGNATURE


def training_role(scope: Construct, *, context: ModelContext) -> iam.Role:
    """The role of training steps on Fargate and Lambda: reads runs, writes candidates and selections."""
    artifacts, runs = context.platform.artifacts, context.scope.runs
    services = [iam.ServicePrincipal(f"{name}.amazonaws.com") for name in ("ecs-tasks", "lambda")]
    role = iam.Role(scope, "TrainCandidateRole", assumed_by=iam.CompositePrincipal(*services))
    grant(
        role,
        (
            *read_objects(artifacts, runs),
            # All steps of a model have one role, which cannot distinguish the candidates' folders.
            *write_objects(artifacts, f"{runs}*/candidates/*"),
            *write_objects(artifacts, f"{runs}*/{SELECTION}"),
            # What the champion lets clients leave out.
            *read_objects(artifacts, f"{context.scope.versions}*/{SIGNATURE}"),
        ),
    )
    return role

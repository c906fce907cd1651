"""The processor architecture of functions, images and tasks, in the terms of each service.

Whichever machine builds, layers are installed and images are built for this one; `scripts/bundling/targets.py` names it
to the installer.
"""

from __future__ import annotations

from aws_cdk import aws_ecr_assets as ecr_assets
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_lambda as lambda_

FUNCTIONS = lambda_.Architecture.X86_64
IMAGES = ecr_assets.Platform.LINUX_AMD64
TASKS = ecs.RuntimePlatform(
    cpu_architecture=ecs.CpuArchitecture.X86_64,
    operating_system_family=ecs.OperatingSystemFamily.LINUX,
)
